"""Arguments about units, groups and training (docs/interface.md, "Registry")."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from kernel.policy.pack import AUDIENCES, GROUP_KINDS, UNIT_KINDS
from kernel.schemas import ArgumentSchema, choice, day, identifier, listed, text, uuid_text
from services.registry.domain.person.entries import DEMOCRATIC_PARTIES
from services.registry.domain.units import PARTY_FORMS
from services.registry.schemas.file import code, known_day, short

TRAINING_KINDS = ("plan", "session", "study", "selection")


class RegisterUnit(ArgumentSchema):
    command_id = uuid_text()
    institution = identifier()
    unit = identifier()
    name = short(optional=False)
    kind = choice(UNIT_KINDS)
    form = choice(PARTY_FORMS, optional=True)
    parent = identifier(optional=True)
    head = uuid_text(optional=True)
    since = known_day()
    until = known_day()


class RegisterGroup(ArgumentSchema):
    command_id = uuid_text()
    institution = identifier()
    group = identifier()
    name = short(optional=False)
    kind = choice(GROUP_KINDS)
    party = code("political_status")
    unit = identifier(optional=True)
    since = known_day()
    until = known_day()

    @validates_schema
    def of_a_democratic_party(self, data: dict[str, Any], **_: Any) -> None:
        """The base organisation of a party is one of a democratic party."""
        if data["kind"] == "party_branch" and data["party"] not in (None, *DEMOCRATIC_PARTIES):
            raise ValidationError("not_a_choice", "party")


class RecordTraining(ArgumentSchema):
    command_id = uuid_text()
    institution = identifier()
    kind = choice(TRAINING_KINDS)
    audience = choice(AUDIENCES)
    title = short(optional=False)
    organiser = short()
    held_on = known_day(optional=False)
    note = text(2_000, optional=True)
    attendees = listed(uuid_text(), limit=500, optional=True, default=list)


class ListUnits(ArgumentSchema):
    institution = identifier()
    as_of = day()


ListGroups = ListUnits
