"""What a file may name: units and groups that there are, a number and a login that are nobody else's."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel.refusals import InvalidInput
from services.registry.storage.tables import PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
