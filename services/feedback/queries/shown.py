"""Tickets as answers show them: a page of them costs as few statements as one.

Shape: docs/interface.md, "RPC". A list has everything but body, clocks and points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from kernel import instants
from kernel.keys.keyring import SEALED
from services.feedback.domain.ticket.lease import Lease
from services.feedback.projections.shapes import clocks_of, lease_of, listed_ticket, number
from services.feedback.queries.scope import sees_submitter
from services.feedback.storage.tables import LATENCY, LEASE, REPLY, SUGGESTION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table

    from kernel.identity.actor import Actor
    from services.feedback.domain.ticket.states import Ticket
    from services.feedback.storage.office import Office

Answer = dict[str, Any]
_Rows = dict[str, "Mapping[str, Any]"]


class Shown:
    """The rows that a few tickets' answers are made of, read by one connection."""

    def __init__(self, office: Office, connection: Connection, actor: Actor, tickets: Sequence[Ticket]) -> None:
        """Read all of it."""
        self._office = office
        self._actor = actor
        ids = [ticket.ticket_id for ticket in tickets]
        self._texts = _by_ticket(connection, SUGGESTION, ids)
        self._replies = _by_ticket(connection, REPLY, ids)
        self._leases = _by_ticket(connection, LEASE, ids)
        self._stages = stages_of(connection, ids)
        # All keys at once; opened one by one each would be a statement.
        office.keys.get([ticket.key_id for ticket in tickets])

    def listed(self, ticket: Ticket) -> Answer:
        """A ticket in a list."""
        texts = self._texts[ticket.ticket_id]
        lease = self._leases.get(ticket.ticket_id)
        return listed_ticket(ticket) | {
            "title": self._open(texts, "title"),
            "submitter": self._submitter(ticket, texts),
            "lease": lease_of(Lease(**lease) if lease else None, self._actor, ticket.state),
            "reply": self._reply(ticket),
            "latency": self._stages.get((ticket.ticket_id, ticket.round), {}),
        }

    def whole(self, ticket: Ticket) -> Answer:
        """The ticket."""
        body = self._open(self._texts[ticket.ticket_id], "body")
        return self.listed(ticket) | {"body": body, "clocks": clocks_of(ticket), "points": []}

    def _reply(self, ticket: Ticket) -> Answer | None:
        reply = self._replies.get(ticket.ticket_id)
        if reply is None:
            return None
        at = instants.to_text(ticket.replied_at or 0)
        return {"text": self._open(reply, "text"), "at": at, "outcome": reply["outcome"]}

    def _submitter(self, ticket: Ticket, texts: Mapping[str, Any]) -> Answer | None:
        if texts["submitter"] is None or not sees_submitter(self._office, self._actor, ticket):
            return None
        opened = self._open(texts, "submitter")
        return None if opened is None else orjson.loads(opened)

    def _open(self, row: Mapping[str, Any], field: str) -> str | None:
        return self._office.keys.open({SEALED: row[field]}, row["event_id"], field)


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


def _by_ticket(connection: Connection, table: Table, ids: Sequence[str]) -> _Rows:
    rows = connection.execute(select(table).where(table.c.ticket_id.in_(ids))).mappings()
    return {row["ticket_id"]: row for row in rows}
