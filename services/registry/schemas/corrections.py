"""Arguments about what people ask to have corrected (docs/registry.md)."""

from __future__ import annotations

from kernel.schemas import ArgumentSchema, Paged, boolean, choice, identifier, listed, text, uuid_text
from services.registry.domain.person.corrections import CorrectionState
from services.registry.domain.person.fields import FIELDS
from services.registry.schemas.person import NOTE


class RequestCorrection(ArgumentSchema):
    command_id = uuid_text()
    text = text(NOTE)
    fields = listed(choice(tuple(FIELDS)), limit=len(FIELDS), optional=True, default=list)


class AnswerCorrection(ArgumentSchema):
    command_id = uuid_text()
    correction_id = uuid_text()
    accepted = boolean(optional=False)
    reason = text(NOTE)


class ListCorrections(Paged):
    institution = identifier(optional=True)
    state = choice(tuple(CorrectionState), optional=True)
