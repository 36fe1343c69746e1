"""Handing in a suggestion: who may be known, what is keyed, and the receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kernel import instants
from kernel.identifiers import unguessable
from kernel.identity.actor import Role
from kernel.refusals import InvalidInput
from services.feedback.domain.ticket import decide
from services.feedback.domain.ticket.decide import Suggestion
from services.feedback.domain.ticket.states import stream_of
from services.feedback.queries.scope import OWNING
from services.feedback.storage.office import ticket_number

if TYPE_CHECKING:
    from kernel.identity.actor import Actor
    from kernel.log.work import Work
    from services.feedback.handlers.ticket import TicketCommands
    from services.feedback.storage.office import Office

Arguments = dict[str, Any]
Answer = dict[str, Any]


class SubmissionCommands:
    """Handler of `submit_suggestion`."""

    def __init__(self, office: Office, tickets: TicketCommands) -> None:
        """Work with an office and the single-ticket handlers."""
        self.office = office
        self.tickets = tickets

    def submit_suggestion(self, work: Work, arguments: Arguments) -> Answer:
        """A new ticket; a second one of a source that the caller named before answers as the first did."""
        pack = self.office.pack(arguments["institution"])
        if arguments["channel"] not in pack.channels:
            raise InvalidInput.of(channel="unknown_channel")
        source_key = self._source_key(work.actor, arguments)
        if source_key is not None:
            earlier = self.office.submitted_by_source(pack.id, source_key)
            if earlier is not None:
                return earlier
        suggestion = self._suggestion(work, arguments, source_key)
        moment = self.tickets.moment(work, pack.id)
        anonymous = suggestion.confidentiality != "named"
        identity_key = None
        if suggestion.submitter and anonymous:
            (identity_key,) = work.keys.take()
        events = work.record(
            stream_of(suggestion.ticket_id),
            pack.id,
            decide.submit(suggestion, moment),
            key=work.keys.take()[0],
            identity_key=identity_key,
            policy=pack.version,
            sealed_actor=anonymous and work.actor.role in OWNING,
        )
        ticket = self.tickets.project(work, None, events)
        return self.tickets.answer(work, ticket) | {"number": ticket.number, "receipt_of": work.command_id}

    def reveal_receipt(self, answer: Answer, _command_id: str) -> Answer:
        """Derive the receipt anew: it is in no table, and an answer that is given again has it again."""
        shown = dict(answer)
        return shown | {"receipt": self.office.receipt(shown.pop("receipt_of"))}

    def _source_key(self, actor: Actor, arguments: Arguments) -> str | None:
        source = arguments["source"]
        if source is None:
            return None
        # Names of other systems are easily guessed: whoever named another's would be given the receipt of
        # somebody else's ticket. So a source is the caller's own.
        whose = (arguments["institution"], actor.subject)
        return self.office.keyed("source", *whose, source["system"], source["ref"])

    def _suggestion(self, work: Work, arguments: Arguments, source_key: str | None) -> Suggestion:
        received_at = self._received_at(work, arguments)
        submitter = _submitter(work.actor, arguments)
        ticket_id = unguessable()
        # By their own mark and by nothing else a submitter finds a ticket again; the anonymous have none.
        person = work.actor.subject if work.actor.role is Role.SUBMITTER else (submitter or {}).get("person_id")
        pack = self.office.pack(arguments["institution"])
        return Suggestion(
            ticket_id=ticket_id,
            institution=pack.id,
            number=ticket_number(instants.shanghai(received_at)),
            channel=arguments["channel"],
            category=arguments["category"],
            confidentiality=arguments["confidentiality"],
            title=arguments["title"],
            body=arguments["body"],
            received_at=received_at,
            reply_days=pack.clocks["reply"].working_days,
            submitter=orjson.dumps(submitter).decode() if submitter else None,
            keyed={
                "owner": self.office.owner(ticket_id, person) if person and submitter else None,
                "receipt_index": self.office.receipt_index(self.office.receipt(work.command_id)),
                "source_key": source_key,
            },
        )

    def _received_at(self, work: Work, arguments: Arguments) -> int:
        now = work.instant()
        received_at: int = now if arguments["received_at"] is None else arguments["received_at"]
        if received_at > now:
            raise InvalidInput.of(received_at="in_the_future")
        return received_at


def _submitter(actor: Actor, arguments: Arguments) -> dict[str, Any] | None:
    submitter: dict[str, Any] | None = arguments["submitter"]
    if arguments["confidentiality"] == "anonymous":
        if submitter is not None:
            raise InvalidInput.of(submitter="anonymous_submitter")
    elif actor.role is Role.SUBMITTER:
        if submitter is None:
            return {"person_id": actor.subject, "name": None, "contact": None}
        if submitter["person_id"] not in (None, actor.subject):
            raise InvalidInput.of(submitter="somebody_else")
    return submitter
