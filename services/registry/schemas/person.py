"""Arguments of the registry's methods on a person (docs/interface.md, "Registry")."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from kernel.schemas import (
    ArgumentSchema,
    Paged,
    boolean,
    choice,
    day,
    identifier,
    integer,
    listed,
    text,
    uuid_text,
)
from services.registry.domain.person import entries
from services.registry.domain.person.reading import PURPOSES
from services.registry.schemas.file import FileFields, code, known_day, short

NOTE = 2_000
_BIG = 2**31 - 1
VALUE_ID = r"[a-z][a-z0-9_]{0,39}\Z"
ERASURE_REASONS = ("own_request", "purpose_ended", "unlawful", "mistake")
_CLEARED = tuple(
    name for name in FileFields().fields if name not in ("units", "memberships", "tenures", "titles", "groups")
)


class PoolOrList(ArgumentSchema):
    """A pool or a reserve list of the pack."""

    pool = identifier(VALUE_ID, optional=True)
    reserve_list = identifier(VALUE_ID, optional=True)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        """One of the two."""
        given = (data["pool"] is not None) + (data["reserve_list"] is not None)
        if given != 1:
            raise ValidationError("one_needed" if not given else "not_both", "pool")


class RegisterPerson(FileFields):
    command_id = uuid_text()
    institution = identifier()
    name = short(optional=False, limit=100)


class PersonCommand(ArgumentSchema):
    """A command on a person."""

    command_id = uuid_text()
    person_id = uuid_text()
    expected_version = integer(0, _BIG, optional=True)


class AmendPerson(PersonCommand, FileFields):
    name = short(limit=100)
    clear = listed(choice(_CLEARED), limit=len(_CLEARED), optional=True, default=list)
    reason = text(NOTE, optional=True)
    correction_id = uuid_text(optional=True)


class RetirePerson(PersonCommand):
    reason = choice(entries.LEFT_REASONS)
    on = known_day()
    note = text(NOTE, optional=True)


class ErasePerson(PersonCommand):
    reason = choice(ERASURE_REASONS)


class GetPerson(ArgumentSchema):
    person_id = uuid_text()
    as_of = day()
    purpose = choice(PURPOSES, default="registry")


class ExplainScope(GetPerson):
    """As a file that is read."""


class _OnDay(ArgumentSchema):
    institution = identifier()
    as_of = day()


class GetRatio(_OnDay):
    ratio = identifier(VALUE_ID, optional=True)
    names = boolean()


class ListPool(PoolOrList, _OnDay):
    """Who is in it."""


class ListMembers(_OnDay):
    group = identifier()


class ListTrainings(Paged, _OnDay):
    """Plans and sessions held by a day."""


class GetOwnFile(ArgumentSchema):
    as_of = day()


class ListAdopted(Paged):
    institution = identifier(optional=True)


class ListReads(Paged):
    person_id = uuid_text(optional=True)


class SearchPeople(Paged):
    institution = identifier(optional=True)
    text = short(limit=50)
    words = short(limit=50)
    unit = identifier(optional=True)
    left = boolean()
    as_of = day()


class SearchFiles(SearchPeople):
    institution = identifier()
    party = code("political_status")
