"""Tickets as answers show them: a page of them costs as few statements as one.

Shape: docs/interface.md, "RPC". A list has everything but body, clocks and points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from kernel import instants
from kernel.log.reading import newest_named
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
SUBMITTED, REPLIED = "ticket_submitted", "ticket_replied"


class Shown:
    """The rows that a few tickets' answers are made of, read by one connection."""

    def __init__(self, office: Office, connection: Connection, actor: Actor, tickets: Sequence[Ticket]) -> None:
        """Read all of it."""
        self._office = office
        self._actor = actor
        ids = [ticket.ticket_id for ticket in tickets]
        self._events = texts_of(connection, ids)
        self._leases = leases_of(connection, ids)
        self._stages = stages_of(connection, ids)
        # All keys at once; opened one by one each would be a statement.
        office.keys.get([ticket.key_id for ticket in tickets])

    def listed(self, ticket: Ticket) -> Answer:
        """A ticket in a list."""
        submission = self._events[ticket.ticket_id, SUBMITTED]
        lease = self._leases.get(ticket.ticket_id)
        return listed_ticket(ticket) | {
            "title": self._open(submission, "title"),
            "submitter": self._submitter(ticket, submission),
            "lease": lease_of(lease, self._actor, ticket.state),
            "reply": self._reply(ticket),
            "latency": self._stages.get((ticket.ticket_id, ticket.round), {}),
        }

    def whole(self, ticket: Ticket) -> Answer:
        """The ticket."""
        body = self._open(self._events[ticket.ticket_id, SUBMITTED], "body")
        return self.listed(ticket) | {"body": body, "clocks": clocks_of(ticket), "points": []}

    def _reply(self, ticket: Ticket) -> Answer | None:
        reply = self._events.get((ticket.ticket_id, REPLIED))
        if reply is None:
            return None
        at = instants.to_text(ticket.replied_at or 0)
        return {"text": self._open(reply, "text"), "at": at, "outcome": reply.data.get("outcome")}

    def _submitter(self, ticket: Ticket, submission: Event) -> Answer | None:
        if "submitter" not in submission.data or not sees_submitter(self._office, self._actor, ticket):
            return None
        opened = self._open(submission, "submitter")
        return None if opened is None else orjson.loads(opened)

    def _open(self, event: Event, field: str) -> str | None:
        return self._office.keys.open(event.data[field], event.event_id, field)


def texts_of(
    connection: Connection, ids: Sequence[str], names: Iterable[str] = (SUBMITTED, REPLIED)
) -> dict[tuple[str, str], Event]:
    """The events that hold the texts, by ticket and name: what was submitted, and the last reply."""
    streams = {stream_of(ticket_id): ticket_id for ticket_id in ids}
    found = newest_named(connection, list(streams), names)
    return {(streams[stream_id], name): event for (stream_id, name), event in found.items()}


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
