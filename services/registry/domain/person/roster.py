"""What a row of a roster makes of a file (pure).

A roster states what is so today. What it says anew begins on the day it says, else, where it takes the place of
something, on the day of the import; what it takes the place of ends then and stays as history. What it does not
say stays as it is, and so does what it says less exactly than it is known.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from services.registry.domain.person import edits
from services.registry.domain.person.days import holds
from services.registry.domain.person.entries import CPC_MEMBER, CPC_PROBATIONARY, DEMOCRATIC_PARTIES
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
_SAME: Final = {"education": ("level", "degree"), "studies_abroad": ("since", "until"), "groups": ("group",)}
"""Lists that only grow, and the fields that tell two entries apart, as far as both say them."""
_SPAN: Final = ("since", "until")
_DAYS: Final = (*_SPAN, "birth", "joined", "left", "retired")
_PARTIES: Final = {CPC_MEMBER, CPC_PROBATIONARY, *DEMOCRATIC_PARTIES}


def merged(file: File, row: Mapping[str, Any], on: date) -> File:
    """The file after a row; the same file where the row says nothing new."""
    fields = {
        name: _exact(name, getattr(file, name), value) for name, value in row.items() if name not in LISTS
    }
    after = edits.amended(file, fields)
    for name, own in _NAMED_BY.items():
        if name in row:
            after = _restated(after, name, own, row[name], on)
    for name, own in _SAME.items():
        for entry in row.get(name, ()):
            after = _grown(after, name, own, entry)
    return after


def _restated(file: File, name: str, own: tuple[str, ...], stated: list[Mapping[str, Any]], on: date) -> File:
    today = [entry for entry in stated if _speaks_of_today(name, entry, on)]
    held = [one for one in standing(getattr(file, name), on) if _restates(name, getattr(one, "kind", ""))]
    fresh = [dict(entry) for entry in today if not any(_is(one, entry, own) for one in held)]
    ended = {
        one.id
        for one in held
        if fresh and not any(_is(one, entry, own) for entry in today) and not _stands_beside(name, one, fresh)
    }
    begun = min((entry["since"] for entry in fresh if entry.get("since")), default=on.isoformat())
    listed = [
        one._replace(until=begun) if one.id in ended else _more_exact(one, today, own) if one in held else one
        for one in getattr(file, name)
    ]
    over: dict[str, Any] = {name: tuple(listed)}
    after = replace(file, **over)
    for entry in fresh if ended else ():
        entry.setdefault("since", begun)
    for more in [*(entry for entry in stated if entry not in today), *fresh]:
        if not any(_is(known, more, (*own, "since")) for known in getattr(after, name)):
            after, _ = edits.with_entry(after, name, more)
    return after


def _grown(file: File, name: str, own: tuple[str, ...], entry: Mapping[str, Any]) -> File:
    for known in getattr(file, name):
        if all(_agree(field, getattr(known, field), entry.get(field) or "") for field in own):
            return edits.with_changed(file, name, known.id, **_said_more(known, entry))
    return edits.with_entry(file, name, entry)[0]


def _stands_beside(name: str, held: Any, fresh: list[dict[str, Any]]) -> bool:
    """Two parties at once are legal, so one that a row says anew ends no other, only that there was none."""
    if name != "memberships":
        return False
    said = {entry["party"] for entry in fresh}
    admitted = held.party == CPC_PROBATIONARY and CPC_MEMBER in said
    return {held.party, *said} <= _PARTIES and not admitted


def _speaks_of_today(name: str, entry: Mapping[str, Any], on: date) -> bool:
    since, until = (entry.get(day) or "" for day in _SPAN)
    return _restates(name, entry.get("kind") or "") and holds(since, until, on)


def _restates(name: str, kind: str) -> bool:
    """Of the posts, a roster states those in the leadership; seats and party posts have forms of their own."""
    return name != "tenures" or kind == "leadership"


def _more_exact(known: Any, stated: list[Mapping[str, Any]], own: tuple[str, ...]) -> Any:
    """An entry with what the row adds to it: days that were not known, or less exactly; a rank."""
    for entry in stated:
        if _is(known, entry, own):
            return known._replace(**_said_more(known, {**entry, **dict.fromkeys(own, "")}))
    return known


def _said_more(known: Any, entry: Mapping[str, Any]) -> dict[str, Any]:
    more = {field: _exact(field, getattr(known, field), value) for field, value in entry.items() if value}
    return {
        field: value
        for field, value in more.items()
        # A day that is known otherwise is not a mistake of the file's that a roster could mend.
        if field not in _SPAN or not getattr(known, field) or value.startswith(getattr(known, field))
    }


def _exact(field: str, known: Any, said: Any) -> Any:
    """What is said, but not a day less exactly than it is known.

    Several values are a tuple, as a file holds them: in a list, as a row has them, they would be a change.
    """
    if isinstance(said, list):
        return tuple(said)
    return known if field in _DAYS and said and str(known).startswith(said) else said


def _agree(field: str, known: str, said: str) -> bool:
    if not known or not said or known == said:
        return True
    return field in _SPAN and (known.startswith(said) or said.startswith(known))


def _is(known: Any, entry: Mapping[str, Any], own: tuple[str, ...]) -> bool:
    return all(getattr(known, field) == (entry.get(field) or "") for field in own)
