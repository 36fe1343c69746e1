"""What a file may name: units and groups that there are, a number and a login that are nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel.refusals import InvalidInput
from services.registry.storage.tables import PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.registry.domain.person.file import File
    from services.registry.domain.person.states import Person
    from services.registry.storage.office import Office


def refuse_unknown(office: Office, institution: str, before: File | None, after: File) -> None:
    """`InvalidInput` for a unit or group that there is not; what stood there before may stay."""
    _refuse(office.unit_ids(institution), _units(after), _units(before), "no_such_unit")
    named, known = _groups(after), _groups(before)
    if set(named) - set(known):
        _refuse(office.group_ids(institution), named, known, "unknown_group")


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


def _refuse(
    there: frozenset[str], named: list[tuple[str, str]], known: list[tuple[str, str]], code: str
) -> None:
    for field, value in named:
        if value not in there and (field, value) not in known:
            raise InvalidInput.of(**{field: code})


def _units(file: File | None) -> list[tuple[str, str]]:
    return list(_named_units(file)) if file else []


def _groups(file: File | None) -> list[tuple[str, str]]:
    return [("groups", place.group) for place in file.groups] if file else []


def _named_units(file: File) -> Iterator[tuple[str, str]]:
    for place in file.units:
        yield "units", place.unit
    for tenure in file.tenures:
        for unit in (tenure.unit, *tenure.portfolio):
            if unit:
                yield "tenures", unit
    for liaison in file.liaisons:
        yield "liaisons", liaison.unit
