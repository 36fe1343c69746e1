"""One ticket: as it stands, as it came about, and by receipt."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kernel import instants
from kernel.log.reading import stream_events
from kernel.refusals import Damaged, NotFound, Unavailable
from services.feedback.domain.ticket.states import Ticket, stream_of
from services.feedback.queries.scope import OWNING, admit
from services.feedback.queries.shown import REPLIED, Shown, stages_of, warn_of
from services.feedback.storage.tables import TICKET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from kernel.envelope import Event
    from kernel.identity.actor import Actor
    from services.feedback.storage.office import Office

Answer = dict[str, Any]
_WRONG_RECEIPT_SECONDS = 0.5
_STEPS = {
    "ticket_submitted": "submitted",
    "ticket_accepted": "accepted",
    "ticket_assigned": "assigned",
    "ticket_replied": "replied",
    "ticket_closed": "closed",
    "ticket_declined": "declined",
    "ticket_withdrawn": "withdrawn",
}
_TEXT_OF = ("body", "text", "reason", "note")
# Their texts go from office to office; what is for the submitter stands in the other events.
_BETWEEN_OFFICES = frozenset({"ticket_accepted", "ticket_assigned", "ticket_returned"})
_HIDDEN = frozenset(
    {"title", "submitter", "owner", "receipt_index", "source_key", "import_key", "import_digest", "stages"}
    | {"ticket_id", "round", "institution", "channel", "actor_unit"}
    | set(_TEXT_OF)
)


@contextmanager
def _told(ticket: Ticket) -> Iterator[None]:
    """Tell the operator too that a ticket cannot be read."""
    try:
        yield
    except Damaged:
        warn_of([ticket.ticket_id])
        raise


def _events_of(connection: Connection, ticket: Ticket) -> list[tuple[Event, int | None]]:
    """A ticket's events with their positions; `Damaged`."""
    events = [found[:2] for found in stream_events(connection, stream_of(ticket.ticket_id))]
    if len(events) != ticket.version:
        raise Damaged
    return events


class TicketQueries:
    """Handlers of the queries on one ticket."""

    def __init__(self, office: Office) -> None:
        """Read from the office's database with its keys."""
        self.office = office
        self._guessing = threading.Lock()

    def get_ticket(self, actor: Actor, arguments: Answer) -> Answer:
        """The ticket; see docs/interface.md for its shape."""
        with self.office.database.read() as connection:
            ticket = self._ticket(connection, actor, arguments["ticket_id"])
            with _told(ticket):
                return Shown(self.office, connection, actor, [ticket]).whole(ticket)

    def get_timeline(self, actor: Actor, arguments: Answer) -> Answer:
        """Every event of the ticket, oldest first, with the latency of the stages that ended."""
        with self.office.database.read() as connection:
            ticket = self._ticket(connection, actor, arguments["ticket_id"])
            latency = stages_of(connection, [ticket.ticket_id]).get((ticket.ticket_id, ticket.round), {})
            with _told(ticket):
                events = _events_of(connection, ticket)
                entries = [self._entry(actor, event, position) for event, position in events]
        return {
            "ticket_id": ticket.ticket_id,
            "number": ticket.number,
            "state": ticket.state,
            "entries": entries,
            "latency": latency,
        }

    def follow_receipt(self, _actor: Actor | None, arguments: Answer) -> Answer:
        """What a submitter without account may see; a wrong receipt costs time."""
        # Never `None`, which SQL would read as "has no receipt": an imported letter.
        index = self.office.receipt_index(arguments["receipt"]) or ""
        with self.office.database.read() as connection:
            row = connection.execute(select(TICKET).where(TICKET.c.receipt_index == index)).mappings().first()
            if row is not None:
                ticket = Ticket(**row)
                with _told(ticket):
                    return self._followed(connection, ticket)
        # One at a time waits; the others are turned away unanswered, or a few guessers would keep every
        # thread that answers queries.
        if not self._guessing.acquire(blocking=False):
            raise Unavailable
        try:
            time.sleep(_WRONG_RECEIPT_SECONDS)
        finally:
            self._guessing.release()
        raise NotFound

    def _followed(self, connection: Connection, ticket: Ticket) -> Answer:
        events = _events_of(connection, ticket)
        reply = next((event for event, _ in reversed(events) if event.name == REPLIED), None)
        return {
            "number": ticket.number,
            "state": ticket.state,
            "steps": [
                {"step": _STEPS[event.name], "at": instants.to_text(event.occurred_at)}
                for event, _ in events
                if event.name in _STEPS
            ],
            "reply": reply and self.office.keys.open(reply.data.get("text"), reply.event_id, "text"),
            "may_rate": False,
        }

    def _ticket(self, connection: Connection, actor: Actor, ticket_id: str) -> Ticket:
        row = connection.execute(select(TICKET).where(TICKET.c.ticket_id == ticket_id)).mappings().one_or_none()
        if row is None:
            raise NotFound
        ticket = Ticket(**row)
        admit(self.office, actor, ticket)
        return ticket

    def _entry(self, actor: Actor, event: Event, position: int | None) -> Answer:
        field = next((name for name in _TEXT_OF if name in event.data), None)
        if event.name in _BETWEEN_OFFICES and actor.role in OWNING:
            field = None
        return {
            "version": event.stream_version,
            "position": position,
            "event": event.name,
            "at": instants.to_text(event.occurred_at),
            "recorded_at": instants.to_text(event.recorded_at),
            "actor": {"role": event.actor.partition(":")[0], "unit": event.data.get("actor_unit")},
            "text": self.office.keys.open(event.data[field], event.event_id, field) if field else None,
            "details": {name: value for name, value in event.data.items() if name not in _HIDDEN},
        }
