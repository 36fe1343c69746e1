"""What a row of a roster makes of a file (pure).

A roster states what is so today. What it says anew begins on the day it says, else on the day of the import;
what it says otherwise than before ends then and stays as history. What it does not say stays as it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from services.registry.domain.person import edits
from services.registry.domain.person.days import holds
from services.registry.domain.person.file import LISTS, standing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from services.registry.domain.person.file import File

_NAMED_BY: Final = {
    "units": ("unit",),
    "memberships": ("party",),
    "titles": ("name",),
    "tenures": ("kind", "post", "unit", "level"),
}
"""By what an entry that holds today is the one that a row speaks of."""
_ONCE: Final = {"education": ("level",), "studies_abroad": (), "groups": ("group",)}
"""Lists that only grow, and by what an entry is there already."""
_DAYS: Final = ("since", "until")


def merged(file: File, row: Mapping[str, Any], on: date) -> File:
    """The file after a row; the same file where the row says nothing new."""
    fields = {name: value for name, value in row.items() if name not in LISTS}
    after = edits.amended(file, fields)
    for name, own in _NAMED_BY.items():
        if name in row:
            after = _restated(after, name, own, row[name], on)
    for name, own in _ONCE.items():
        for entry in row.get(name, ()):
            if not any(_is(known, entry, own) for known in getattr(after, name)):
                after, _ = edits.with_entry(after, name, entry)
    return after


def _restated(file: File, name: str, own: tuple[str, ...], stated: list[Mapping[str, Any]], on: date) -> File:
    today = [entry for entry in stated if _speaks_of_today(name, entry, on)]
    held = [one for one in standing(getattr(file, name), on) if _restates(name, getattr(one, "kind", ""))]
    kept = {one.id for one in held if any(_is(one, entry, own) for entry in today)}
    fresh = [entry for entry in today if not any(_is(one, entry, own) for one in held)]
    begun = min((entry["since"] for entry in fresh if entry.get("since")), default=on.isoformat())
    listed = []
    for one in getattr(file, name):
        if today and one in held and one.id not in kept:
            listed.append(one._replace(until=begun))
        else:
            listed.append(_dated(one, today, own) if one.id in kept else one)
    over: dict[str, Any] = {name: tuple(listed)}
    after = replace(file, **over)
    others = [entry for entry in stated if entry not in today]
    for entry in [*others, *fresh]:
        if not any(_is(known, entry, (*own, "since")) for known in getattr(after, name)):
            after, _ = edits.with_entry(after, name, entry)
    return after


def _speaks_of_today(name: str, entry: Mapping[str, Any], on: date) -> bool:
    since, until = (entry.get(day) or "" for day in _DAYS)
    return _restates(name, entry.get("kind") or "") and holds(since, until, on)


def _restates(name: str, kind: str) -> bool:
    """Of the posts, a roster states those in the leadership; seats and party posts have forms of their own."""
    return name != "tenures" or kind == "leadership"


def _dated(known: Any, stated: list[Mapping[str, Any]], own: tuple[str, ...]) -> Any:
    """An entry with what the row says of it more exactly: days that were not known, a rank."""
    (entry, *_) = [one for one in stated if _is(known, one, own)]
    more = {
        field: value
        for field, value in entry.items()
        if value and field not in own and (field not in _DAYS or not getattr(known, field))
    }
    return known._replace(**more)


def _is(known: Any, entry: Mapping[str, Any], own: tuple[str, ...]) -> bool:
    return all(getattr(known, field) == (entry.get(field) or "") for field in own)
