"""Arguments of the feedback service's methods (docs/interface.md, "RPC")."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from kernel.schemas import (
    CHANNEL_ID,
    ArgumentSchema,
    Paged,
    boolean,
    choice,
    day,
    identifier,
    identifiers,
    instant,
    integer,
    listed,
    text,
    uuid_text,
)
from services.feedback.domain.ticket.lease import LONGEST_SECONDS
from services.feedback.domain.ticket.states import Confidentiality, State

TITLE, BODY, NOTE = 200, 10_000, 2_000
_STATES = (*tuple(State), "merged")
_BIG = 2**31 - 1


class _Submitter(ArgumentSchema):
    person_id = text(100, optional=True)
    name = text(100, optional=True)
    contact = text(200, optional=True)

    @validates_schema
    def at_least_one(self, data: dict[str, Any], **_: Any) -> None:
        """An empty submitter is nobody, and nobody is said by leaving it out."""
        if not any(data.values()):
            raise ValidationError("one_needed")


class _Source(ArgumentSchema):
    system = text(100)
    ref = text(200)


class SubmitSuggestion(ArgumentSchema):
    command_id = uuid_text()
    institution = identifier()
    channel = identifier(CHANNEL_ID)
    title = text(TITLE)
    body = text(BODY)
    category = identifier(CHANNEL_ID, optional=True)
    submitter = fields.Nested(_Submitter, load_default=None, allow_none=True)
    confidentiality = choice(tuple(Confidentiality), default="named")
    received_at = instant(optional=True)
    source = fields.Nested(_Source, load_default=None, allow_none=True)


class _TicketCommand(ArgumentSchema):
    command_id = uuid_text()
    ticket_id = uuid_text()
    expected_version = integer(0, _BIG, optional=True)


class AcceptTicket(_TicketCommand):
    category = identifier(CHANNEL_ID, optional=True)
    note = text(NOTE, optional=True)


class DeclineTicket(_TicketCommand):
    reason = text(NOTE)


class AssignTicket(_TicketCommand):
    lead = identifier()
    assisting = identifiers()
    note = text(NOTE, optional=True)


class ReturnTicket(_TicketCommand):
    reason = text(NOTE)
    proposed_lead = identifier(optional=True)
    lease_token = integer(0, _BIG, optional=True)


class ClaimTicket(_TicketCommand):
    lease_seconds = integer(60, LONGEST_SECONDS, optional=True, default=3600)
    lease_token = integer(0, _BIG, optional=True)


class ReleaseTicket(_TicketCommand):
    lease_token = integer(0, _BIG)


class ReplyTicket(_TicketCommand):
    text = text(BODY)
    outcome = identifier(CHANNEL_ID, optional=True)
    lease_token = integer(0, _BIG, optional=True)


class CloseTicket(_TicketCommand):
    outcome = identifier(CHANNEL_ID, optional=True)
    note = text(NOTE, optional=True)


class WithdrawTicket(_TicketCommand):
    reason = text(NOTE, optional=True)


class CloseTickets(ArgumentSchema):
    command_id = uuid_text()
    institution = identifier()
    ticket_ids = listed(uuid_text(), limit=1000, optional=True)
    source_batch = uuid_text(optional=True)
    note = text(NOTE, optional=True)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        """Either a list or a batch."""
        given = (data["ticket_ids"] is not None) + (data["source_batch"] is not None)
        if given != 1:
            raise ValidationError("one_needed" if not given else "not_both", "ticket_ids")


class _ImportedLetter(ArgumentSchema):
    ref = text(100)
    submitter = text(200, optional=True)
    title = text(TITLE)
    body = text(BODY)
    received_at = instant()
    reply = text(BODY, optional=True)
    replied_at = instant(optional=True)


class ImportLetters(ArgumentSchema):
    """The rows are read by `ImportedLetter`, one by one, so that a bad one is refused alone."""

    command_id = uuid_text()
    institution = identifier()
    channel = identifier(CHANNEL_ID)
    batch = uuid_text()
    rows = listed(fields.Raw(allow_none=True), limit=1000)
    dry_run = boolean()


class UndoImport(ArgumentSchema):
    command_id = uuid_text()
    batch = uuid_text()


class ImportCalendar(ArgumentSchema):
    command_id = uuid_text()
    year = integer(1992, 2100)
    source = text(500)
    off = listed(text(10), limit=366)
    work = listed(text(10), limit=366)


class GetTicket(ArgumentSchema):
    ticket_id = uuid_text()


class _StateOrStates(fields.Field[list[str]]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> list[str]:  # noqa: ARG002
        states = [value] if isinstance(value, str) else value
        if not isinstance(states, list) or not all(state in _STATES for state in states):
            raise ValidationError("not_a_choice")
        if not states:
            raise ValidationError("empty")
        return list(dict.fromkeys(states))


class ListTickets(Paged):
    institution = identifier(optional=True)
    state = _StateOrStates(load_default=None, allow_none=True)
    channel = identifier(CHANNEL_ID, optional=True)
    lead = identifier(optional=True)
    category = identifier(CHANNEL_ID, optional=True)
    submitted_from = day()
    submitted_to = day()
    order = choice(("-submitted_at", "submitted_at"), default="-submitted_at")


class ListDepartmentQueue(Paged):
    unit = identifier()
    institution = identifier(optional=True)
    claimed = boolean(default=None)


class GetLatency(ArgumentSchema):
    institution = identifier(optional=True)
    by = choice(("department", "channel", "month"), optional=True)
    submitted_from = day()
    submitted_to = day()


class FollowReceipt(ArgumentSchema):
    receipt = text(60)


ImportedLetter = _ImportedLetter
