"""How a command changes a file (pure): whole fields replaced, entries added and ended."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from services.registry.domain.person.days import begun, holds, never_held
from services.registry.domain.person.file import LISTS, NAMES, File

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

REPLACED: Final = ("units", "memberships", "tenures", "titles", "education", "studies_abroad", "groups")
"""The lists that a registration or an amendment states as a whole."""


def new_entry_id() -> str:
    """An id for an entry: it says nothing, and is unique within a file."""
    return os.urandom(6).hex()


def made(given: Mapping[str, Any]) -> File:
    """The file that somebody is registered with."""
    return File.from_document(_identified(given, None))


def amended(file: File, given: Mapping[str, Any]) -> File:
    """The file with what is given beside what stays. An entry that is given as it was keeps its id."""
    return File.from_document({**file.document(), **_identified(given, file)})


def changed_fields(before: File | None, after: File) -> list[str]:
    """The names of the fields that differ, in the file's order."""
    old = before or File(name="")
    return [name for name in NAMES if getattr(old, name) != getattr(after, name)]


def with_entry(file: File, name: str, entry: Mapping[str, Any]) -> tuple[File, str]:
    """The file with one entry more in a list, and the entry's id."""
    entry_id = new_entry_id()
    document = file.document()
    document[name] = [*document.get(name, ()), {"id": entry_id, **entry}]
    return File.from_document(document), entry_id


def with_changed(file: File, name: str, entry_id: str, **changed: Any) -> File:
    """The file with one entry changed."""
    entries = getattr(file, name)
    over: dict[str, Any] = {
        name: tuple(one._replace(**changed) if one.id == entry_id else one for one in entries)
    }
    return replace(file, **over)


def ended(file: File, names: Iterable[str], on: date, today: date) -> File:
    """The file with every entry of some lists that still goes on ended on a day.

    What has not begun by today never does: it ends on the day it would have begun.
    """
    over: dict[str, Any] = {}
    for name in names:
        entries = getattr(file, name)
        over[name] = tuple(one._replace(until=_end_of(one, on, today)) for one in entries)
    return replace(file, **over)


def _end_of(one: Any, on: date, today: date) -> str:
    if not holds("", one.until, on) or never_held(one.since, one.until):
        return str(one.until)
    return on.isoformat() if begun(one.since, max(on, today)) else str(one.since)


def find(file: File, names: Sequence[str], entry_id: str) -> tuple[str, Any] | None:
    """The list that an entry stands in, and the entry."""
    for name in names:
        for entry in getattr(file, name):
            if entry.id == entry_id:
                return name, entry
    return None


def _identified(given: Mapping[str, Any], file: File | None) -> dict[str, Any]:
    told = dict(given)
    for name in LISTS:
        if told.get(name):
            known = _known(file, name)
            told[name] = [{**entry, "id": _id_of(entry, known) or new_entry_id()} for entry in told[name]]
    return told


def _id_of(entry: Mapping[str, Any], known: dict[str, str]) -> str | None:
    """The id of an entry that says the same; each is given once."""
    return known.pop(_same(entry), None) if known else None


def _known(file: File | None, name: str) -> dict[str, str]:
    """The ids of a list's entries by what the entries say."""
    entries = (file.document().get(name, ()) if file else ()) or ()
    return {_same(entry): entry["id"] for entry in entries}


def _same(entry: Mapping[str, Any]) -> str:
    return repr(sorted((key, value) for key, value in entry.items() if value and key != "id"))
