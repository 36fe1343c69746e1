"""The commands on many tickets at once: closing in bulk, undoing an import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kernel.application import Needs
from kernel.identity.actor import EVERYWHERE
from kernel.refusals import NotFound, Refusal
from services.feedback.domain.ticket import decide
from services.feedback.domain.ticket.decide import Moment
from services.feedback.domain.ticket.states import stream_of
from services.feedback.storage.tables import TICKET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kernel.log.work import Work
    from services.feedback.domain.ticket.states import Ticket
    from services.feedback.handlers.ticket import TicketCommands
    from services.feedback.storage.office import Office

Arguments = dict[str, Any]
Answer = dict[str, Any]


def needs_listed(arguments: Arguments) -> Needs:
    """The tickets of a bulk command, where it lists them."""
    ids = arguments["ticket_ids"] or ()
    return Needs([stream_of(ticket_id) for ticket_id in ids], {"ticket": ids})


class BulkCommands:
    """Handlers of bulk commands; each is one transaction."""

    def __init__(self, office: Office, tickets: TicketCommands) -> None:
        """Work with an office and the single-ticket handlers."""
        self.office = office
        self.tickets = tickets

    def undo_import(self, work: Work, arguments: Arguments) -> Answer:
        """Withdraw every ticket of a batch that nobody has worked on since; the others are refused."""
        answer: Answer = {"undone": 0, "refused": []}
        for ticket in self._of_batch(work, arguments["batch"], None):
            try:
                moment = self._moment(work, ticket)
                facts = decide.withdraw(ticket, moment, reason=None, command="undo_import")
            except Refusal as refusal:
                answer["refused"].append({"ticket_id": ticket.ticket_id, "code": refusal.code})
            else:
                self.tickets.record(work, ticket, facts)
                answer["undone"] += 1
        return answer

    def close_tickets(self, work: Work, arguments: Arguments) -> Answer:
        """Close each ticket that is replied; the others are refused one by one."""
        answer: Answer = {"closed": 0, "refused": []}
        if arguments["source_batch"]:
            chosen: Iterable[str] = [
                ticket.ticket_id
                for ticket in self._of_batch(work, arguments["source_batch"], arguments["institution"])
            ]
        else:
            chosen = dict.fromkeys(arguments["ticket_ids"])
        for ticket_id in chosen:
            try:
                self._close(work, ticket_id, arguments)
            except Refusal as refusal:
                answer["refused"].append({"ticket_id": ticket_id, "code": refusal.code})
            else:
                answer["closed"] += 1
        return answer

    def of_whole_batch(self, work: Work, arguments: Arguments) -> None:
        """Scope of an imported batch: its tickets' institution."""
        self._of_batch(work, arguments["batch"], None)

    def everywhere(self, work: Work, _arguments: Arguments) -> None:
        """Scope of what concerns every institution."""
        if work.actor.institution != EVERYWHERE:
            raise NotFound

    def _close(self, work: Work, ticket_id: str, arguments: Arguments) -> None:
        ticket = self.tickets.ticket(work, ticket_id)
        if ticket.institution != arguments["institution"]:
            raise NotFound
        moment = self._moment(work, ticket)
        facts = decide.close(ticket, moment, outcome=None, note=arguments["note"], command="close_tickets")
        self.tickets.record(work, ticket, facts)

    def _moment(self, work: Work, ticket: Ticket) -> Moment:
        return Moment(work.instant(stream_of(ticket.ticket_id)), self.office.clock(ticket.institution))

    def _of_batch(self, work: Work, batch: str, institution: str | None) -> list[Ticket]:
        query = select(TICKET.c.ticket_id, TICKET.c.institution, TICKET.c.key_id).where(TICKET.c.batch == batch)
        with self.office.database.read() as connection:
            rows = connection.execute(query.order_by(TICKET.c.ticket_id)).all()
        mine = [row for row in rows if work.actor.covers(row.institution)]
        if not mine or (institution is not None and mine[0].institution != institution):
            raise NotFound
        ids = [row.ticket_id for row in mine]
        work.keys.get(row.key_id for row in mine)
        work.load([stream_of(ticket_id) for ticket_id in ids], {"ticket": ids, "lease": ids})
        return [self.tickets.ticket(work, ticket_id) for ticket_id in ids]
