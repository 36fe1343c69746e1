"""The commands on one ticket: load, decide, append, project, answer."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kernel import instants
from kernel.application import Needs
from kernel.refusals import InvalidInput, NotFound
from services.feedback.domain.ticket import decide
from services.feedback.domain.ticket.decide import Moment
from services.feedback.domain.ticket.lease import Lease
from services.feedback.domain.ticket.states import Ticket, stream_of
from services.feedback.projections.shapes import due_of
from services.feedback.projections.ticket import apply
from services.feedback.queries.scope import OWNING, admit, known_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernel.envelope import Event
    from kernel.facts import Fact
    from kernel.log.work import Work
    from services.feedback.storage.office import Office

Arguments = dict[str, Any]
Answer = dict[str, Any]


def needs_ticket(arguments: Arguments) -> Needs:
    """The ticket, its stream and its lease."""
    ticket_id = arguments["ticket_id"]
    return Needs((stream_of(ticket_id),), {"ticket": (ticket_id,), "lease": (ticket_id,)})


def needs_nothing(_arguments: Arguments) -> Needs:
    """A new stream: there is nothing to read but the command itself."""
    return Needs()


class TicketCommands:
    """Handlers by method name; each answers at least `A` of the interface."""

    def __init__(self, office: Office) -> None:
        """Work with an office's rules and keys."""
        self.office = office

    def in_institution(self, work: Work, arguments: Arguments) -> None:
        """Scope of what names an institution."""
        self.office.institutions(work.actor, arguments["institution"])

    def in_scope(self, work: Work, arguments: Arguments) -> None:
        """Scope of what names a ticket."""
        admit(self.office, work.actor, self.ticket(work, arguments["ticket_id"]))

    def accept_ticket(self, work: Work, arguments: Arguments) -> Answer:
        """See `decide.accept`."""
        ticket = self._expected(work, arguments)
        moment = self.moment(work, ticket.institution, ticket)
        facts = decide.accept(ticket, moment, category=arguments["category"], note=arguments["note"])
        return self.answer(work, self.record(work, ticket, facts))

    def decline_ticket(self, work: Work, arguments: Arguments) -> Answer:
        """See `decide.decline`."""
        ticket = self._expected(work, arguments)
        moment = self.moment(work, ticket.institution, ticket)
        facts = decide.decline(ticket, moment, reason=arguments["reason"])
        return self.answer(work, self.record(work, ticket, facts))

    def assign_ticket(self, work: Work, arguments: Arguments) -> Answer:
        """See `decide.assign`; units come from the pack."""
        ticket = self._expected(work, arguments)
        lead, assisting = arguments["lead"], list(dict.fromkeys(arguments["assisting"]))
        for field, unit in (("lead", lead), *(("assisting", unit) for unit in assisting)):
            known_units(self.office, [ticket.institution], **{field: unit})
        if lead in assisting:
            raise InvalidInput.of(assisting="lead_assists")
        moment = self.moment(work, ticket.institution, ticket)
        facts = decide.assign(ticket, moment, lead=lead, assisting=assisting, note=arguments["note"])
        self._end_lease(work, ticket)
        assigned = self.record(work, ticket, facts)
        return self.answer(work, assigned) | {"lead": lead, "assisting": assisting}

    def return_ticket(self, work: Work, arguments: Arguments) -> Answer:
        """See `decide.give_back`."""
        ticket = self._of_lead(work, arguments)
        proposed = arguments["proposed_lead"]
        known_units(self.office, [ticket.institution], proposed_lead=proposed)
        facts = decide.give_back(
            ticket,
            self.lease(work, ticket),
            self.moment(work, ticket.institution, ticket),
            reason=arguments["reason"],
            proposed_lead=proposed,
            lease_token=arguments["lease_token"],
        )
        self._end_lease(work, ticket)
        return self.answer(work, self.record(work, ticket, facts))

    def claim_ticket(self, work: Work, arguments: Arguments) -> Answer:
        """See `decide.claim`."""
        ticket = self._of_lead(work, arguments)
        facts, taken = decide.claim(
            ticket,
            self.lease(work, ticket),
            self.moment(work, ticket.institution, ticket),
            holder=work.actor.subject,
            lease_seconds=arguments["lease_seconds"],
            lease_token=arguments["lease_token"],
        )
        work.put("lease", ticket.ticket_id, asdict(taken))
        # Two renewals or a renewal and a reply at once: only one may be decided on this version.
        work.hold(stream_of(ticket.ticket_id))
        claimed = self.record(work, ticket, facts) if facts else ticket
        lease = {"lease_token": taken.token, "lease_expires_at": instants.to_text(taken.expires_at)}
        return self.answer(work, claimed) | lease

    def release_ticket(self, work: Work, arguments: Arguments) -> Answer:
        """See `decide.release`."""
        ticket = self._of_lead(work, arguments)
        facts = decide.release(
            ticket,
            self.lease(work, ticket),
            self.moment(work, ticket.institution, ticket),
            holder=work.actor.subject,
            lease_token=arguments["lease_token"],
        )
        self._end_lease(work, ticket)
        return self.answer(work, self.record(work, ticket, facts))

    def reply_ticket(self, work: Work, arguments: Arguments) -> Answer:
        """See `decide.reply`."""
        ticket = self._of_lead(work, arguments)
        facts = decide.reply(
            ticket,
            self.lease(work, ticket),
            self.moment(work, ticket.institution, ticket),
            text=arguments["text"],
            outcome=arguments["outcome"],
            lease_token=arguments["lease_token"],
        )
        self._end_lease(work, ticket)
        return self.answer(work, self.record(work, ticket, facts))

    def close_ticket(self, work: Work, arguments: Arguments) -> Answer:
        """See `decide.close`."""
        ticket = self._expected(work, arguments)
        moment = self.moment(work, ticket.institution, ticket)
        facts = decide.close(ticket, moment, outcome=arguments["outcome"], note=arguments["note"])
        return self.answer(work, self.record(work, ticket, facts))

    def withdraw_ticket(self, work: Work, arguments: Arguments) -> Answer:
        """See `decide.withdraw`."""
        ticket = self._expected(work, arguments)
        moment = self.moment(work, ticket.institution, ticket)
        facts = decide.withdraw(ticket, moment, reason=arguments["reason"])
        self._end_lease(work, ticket)
        return self.answer(work, self.record(work, ticket, facts))

    def ticket(self, work: Work, ticket_id: str) -> Ticket:
        """The ticket as the batch sees it; `NotFound`."""
        known: Ticket | None = work.memory.get(ticket_id)
        if known is None:
            row = work.row("ticket", ticket_id)
            if row is None:
                raise NotFound
            known = work.memory[ticket_id] = Ticket(**row)
        return known

    def lease(self, work: Work, ticket: Ticket) -> Lease | None:
        """The lease on a ticket, valid or not."""
        row = work.row("lease", ticket.ticket_id)
        return Lease(**row) if row else None

    def record(self, work: Work, ticket: Ticket, facts: Sequence[Fact]) -> Ticket:
        """Append the facts and project them."""
        sealed = ticket.confidentiality != "named" and work.actor.role in OWNING
        key = work.keys.get([ticket.key_id])[ticket.key_id] if any(fact.texts for fact in facts) else None
        events = work.record(
            stream_of(ticket.ticket_id),
            ticket.institution,
            facts,
            key=key,
            policy=self.office.pack(ticket.institution).version,
            sealed_actor=sealed,
        )
        return self.project(work, ticket, events)

    def answer(self, work: Work, ticket: Ticket) -> Answer:
        """`A`: what every command on a ticket answers."""
        return {
            "ticket_id": ticket.ticket_id,
            "version": ticket.version,
            "state": ticket.state,
            "round": ticket.round,
            "due": due_of(ticket),
            "event_hash": work.last_hash(stream_of(ticket.ticket_id)),
        }

    def project(self, work: Work, ticket: Ticket | None, events: Sequence[Event]) -> Ticket:
        """Apply events to a ticket and write its live rows."""
        after, rows = apply(ticket, events)
        for table, keyed in rows.items():
            for key, row in keyed.items():
                work.put(table, key, row)
        if after is None:
            raise NotFound
        work.memory[after.ticket_id] = after
        return after

    def moment(self, work: Work, institution: str, ticket: Ticket | None = None) -> Moment:
        """Now, by the institution's clock."""
        now = work.instant(stream_of(ticket.ticket_id) if ticket else None)
        # A confidential submitter's unit would tell whom to ask.
        unit = None if work.actor.role in OWNING else work.actor.unit
        return Moment(now, self.office.clock(institution), unit)

    def _expected(self, work: Work, arguments: Arguments) -> Ticket:
        ticket = self.ticket(work, arguments["ticket_id"])
        decide.expect(ticket, arguments["expected_version"])
        return ticket

    def _of_lead(self, work: Work, arguments: Arguments) -> Ticket:
        ticket = self._expected(work, arguments)
        decide.only_lead(ticket, work.actor)
        return ticket

    def _end_lease(self, work: Work, ticket: Ticket) -> None:
        lease = self.lease(work, ticket)
        if lease is not None and lease.expires_at:
            work.put("lease", ticket.ticket_id, asdict(lease) | {"expires_at": 0})
