"""Tickets as answers show them: a page of them costs as few statements as one.

Shape: docs/interface.md, "RPC". A list has everything but body, clocks and points.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from kernel import instants
from kernel.log.reading import newest_named
from kernel.refusals import Damaged
from services.feedback.domain.ticket.lease import Lease
from services.feedback.domain.ticket.states import stream_of
from services.feedback.projections.shapes import clocks_of, lease_of, listed_ticket, number
from services.feedback.queries.scope import sees_submitter
from services.feedback.storage.tables import LATENCY, LEASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from kernel.envelope import Event
    from kernel.identity.actor import Actor
    from services.feedback.domain.ticket.states import Ticket
    from services.feedback.storage.office import Office

Answer = dict[str, Any]
Texts = dict[tuple[str, str], "Event | None"]
_log = logging.getLogger(__name__)
SUBMITTED, REPLIED = "ticket_submitted", "ticket_replied"


class Shown:
    """The rows that a few tickets' answers are made of, read by one connection."""

    def __init__(self, office: Office, connection: Connection, actor: Actor, tickets: Sequence[Ticket]) -> None:
        """Read all of it."""
        # Tickets whose texts are not there or not as they were written.
        self.damaged: list[str] = []
        self._office = office
        self._actor = actor
        ids = [ticket.ticket_id for ticket in tickets]
        self._events = texts_of(connection, ids)
        self._leases = leases_of(connection, ids)
        self._stages = stages_of(connection, ids)
        # All keys at once; opened one by one each would be a statement.
        office.keys.get([ticket.key_id for ticket in tickets])

    def listed(self, ticket: Ticket) -> Answer:
        """A ticket in a list: one whose texts are damaged has none, and hides no other."""
        try:
            texts = self._texts(ticket)
        except Damaged:
            self.damaged.append(ticket.ticket_id)
            texts = {"title": None, "submitter": None, "reply": _reply(ticket)}
        return self._row(ticket) | texts

    def whole(self, ticket: Ticket) -> Answer:
        """The ticket; `Damaged`."""
        body = self._open(ticket, SUBMITTED, "body")
        more = {"body": body, "clocks": clocks_of(ticket), "points": []}
        return self._row(ticket) | self._texts(ticket) | more

    def _row(self, ticket: Ticket) -> Answer:
        lease = self._leases.get(ticket.ticket_id)
        return listed_ticket(ticket) | {
            "lease": lease_of(lease, self._actor, ticket.state),
            "latency": self._stages.get((ticket.ticket_id, ticket.round), {}),
        }

    def _texts(self, ticket: Ticket) -> Answer:
        reply = _reply(ticket)
        if reply is not None:
            event = found(self._events, ticket.ticket_id, REPLIED)
            reply |= {"text": self._open(ticket, REPLIED, "text"), "outcome": event.data.get("outcome")}
        return {
            "title": self._open(ticket, SUBMITTED, "title"),
            "submitter": self._submitter(ticket),
            "reply": reply,
        }

    def _submitter(self, ticket: Ticket) -> Answer | None:
        submission = found(self._events, ticket.ticket_id, SUBMITTED)
        if "submitter" not in submission.data or not sees_submitter(self._office, self._actor, ticket):
            return None
        opened = self._open(ticket, SUBMITTED, "submitter")
        return None if opened is None else orjson.loads(opened)

    def _open(self, ticket: Ticket, name: str, field: str) -> str | None:
        event = found(self._events, ticket.ticket_id, name)
        return self._office.keys.open(event.data.get(field), event.event_id, field)


def _reply(ticket: Ticket) -> Answer | None:
    """What a ticket's own row tells of its reply."""
    if ticket.replied_at is None:
        return None
    return {"text": None, "at": instants.to_text(ticket.replied_at), "outcome": None}


def found(events: Texts, ticket_id: str, name: str) -> Event:
    """A ticket's event of that name; `Damaged` where it is gone or not as it was written."""
    event = events.get((ticket_id, name))
    if event is None:
        raise Damaged
    return event


def warn_of(damaged: Sequence[str]) -> None:
    """One line for the operator, whatever the number of tickets; ids name nobody."""
    if damaged:
        _log.warning("events are damaged: ticket/%s and %s more", damaged[0], len(damaged) - 1)


def texts_of(connection: Connection, ids: Sequence[str], names: Iterable[str] = (SUBMITTED, REPLIED)) -> Texts:
    """The events that hold the texts, by ticket and name: what was submitted, and the last reply."""
    streams = {stream_of(ticket_id): ticket_id for ticket_id in ids}
    newest = newest_named(connection, list(streams), names)
    return {(streams[stream_id], name): event for (stream_id, name), event in newest.items()}


def leases_of(connection: Connection, ids: Sequence[str]) -> dict[str, Lease]:
    """The leases, valid or not, by ticket."""
    query = select(LEASE).where(LEASE.c.ticket_id.in_(ids))
    return {row["ticket_id"]: Lease(**row) for row in connection.execute(query).mappings()}


def stages_of(connection: Connection, ids: Sequence[str]) -> dict[tuple[str, int], Answer]:
    """The stages that have ended, by ticket and round, whether they are counted already or not."""
    ended: dict[tuple[str, int], Answer] = {}
    for name in ("stage", "stage_pending"):
        table = LATENCY[name]
        for row in connection.execute(select(table).where(table.c.ticket_id.in_(ids))).mappings():
            ended.setdefault((row["ticket_id"], row["round"]), {})[row["stage"]] = {
                "elapsed_seconds": number(row["elapsed_us"], instants.SECOND),
                "working_days": row["working_days"],
                "working_minutes": number(row["working_us"], instants.MINUTE),
                "provisional": bool(row["provisional"]),
            }
    return ended
