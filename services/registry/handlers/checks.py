"""What a file may say: units and groups that there are, days in order, a number and a login of one's own."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel.refusals import InvalidInput
from services.registry.domain.person.days import backwards, to_come
from services.registry.domain.person.file import LISTS
from services.registry.storage.tables import PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from services.registry.domain.person.file import File
    from services.registry.domain.person.states import Person
    from services.registry.storage.office import Office


# The file's field, and the id that stands in it.
_Named = tuple[str, str]


class Places:
    """The units and groups of an institution, read once for all that is checked in one command."""

    def __init__(self, office: Office, institution: str) -> None:
        """Read them when they are first asked for."""
        self._office = office
        self.institution = institution

    @cached_property
    def _units(self) -> frozenset[str]:
        return self._office.unit_ids(self.institution)

    @cached_property
    def _groups(self) -> frozenset[str]:
        return self._office.group_ids(self.institution)

    def refuse_unknown(self, before: File | None, after: File) -> None:
        """`InvalidInput` for a unit or group that there is not; what stood there before may stay."""
        _refuse(lambda: self._units, _units(after), _units(before), "no_such_unit")
        _refuse(lambda: self._groups, _groups(after), _groups(before), "unknown_group")


def refuse_disorder(before: File | None, after: File, today: date, argument: str | None = None) -> None:
    """`InvalidInput` for an end before its beginning, and for a birth to come; what was so before may stay.

    It names the field of the file, or the argument in which a command says when something ends.
    """
    spans = [span for span in _spans(after) if backwards(*span[1:])]
    for span in spans:
        if before is None or span not in _spans(before):
            raise InvalidInput.of(**{argument or span[0]: "period_order"})
    if to_come(after.birth, today) and (before is None or before.birth != after.birth):
        raise InvalidInput.of(birth="in_the_future")


def refuse_taken(office: Office, institution: str, file: File, person: Person | None) -> None:
    """`InvalidInput` where the staff number or the login is somebody else's.

    Two at once meet at the unique index; the slower one is decided anew, and refused here.
    """
    marks = {
        "staff_number": (PERSON.c.number_mark, office.number_mark(institution, file.staff_number)),
        "subject": (PERSON.c.login_mark, office.login_mark(institution, file.subject)),
    }
    with office.database.read(by_index=True) as connection:
        for field, (column, mark) in marks.items():
            if mark is None:
                continue
            query = select(PERSON.c.person_id).where(column == mark, column.is_not(None))
            owner = connection.execute(query).scalar_one_or_none()
            if owner is not None and (person is None or owner != person.person_id):
                raise InvalidInput.of(**{field: "taken"})


def _refuse(there: Callable[[], frozenset[str]], named: list[_Named], known: list[_Named], code: str) -> None:
    for field, value in named:
        if (field, value) not in known and value not in there():
            raise InvalidInput.of(**{field: code})


def _spans(file: File) -> Iterator[tuple[str, str, str]]:
    """The field, the beginning and the end of all that a file says of days; empty where it does not say."""
    yield "left", file.joined, file.left
    for name in LISTS:
        for entry in getattr(file, name):
            if name == "recommendations":
                yield name, entry.since, entry.decided_on
            elif name != "contributions":
                yield name, entry.since, entry.until


def _units(file: File | None) -> list[_Named]:
    return list(_named_units(file)) if file else []


def _groups(file: File | None) -> list[_Named]:
    return [("groups", place.group) for place in file.groups] if file else []


def _named_units(file: File) -> Iterator[_Named]:
    for place in file.units:
        yield "units", place.unit
    for tenure in file.tenures:
        for unit in (tenure.unit, *tenure.portfolio):
            if unit:
                yield "tenures", unit
    for liaison in file.liaisons:
        yield "liaisons", liaison.unit
