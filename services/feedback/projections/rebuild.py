"""What the log makes of the feedback service's streams, for rebuild, diff and replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, union

from kernel.log.rebuild import LiveTable, Projection
from kernel.log.upcasting import Upcaster
from services.feedback.domain.ticket.evolve import fold
from services.feedback.domain.ticket.lifecycle import STATE_AFTER
from services.feedback.projections.calendar import calendar_rows
from services.feedback.projections.lease import CLAIMED, lease_agrees, lease_rows
from services.feedback.projections.ticket import Rows, apply
from services.feedback.storage.latency import ALL_INSTITUTIONS, rebuild
from services.feedback.storage.latency_check import check
from services.feedback.storage.tables import CALENDAR_YEAR, LATENCY, LEASE, TICKET

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kernel.envelope import Event

# The newest version of every event ever released; a new version comes with a step from the one before.
RELEASED: dict[str, int] = dict.fromkeys((*STATE_AFTER, "calendar_imported"), 1)


def rows_of(events: list[Event]) -> Rows:
    """Every live row that belongs to the stream, by table and key."""
    if not events[0].stream_id.startswith("ticket/"):
        return calendar_rows(events)
    _, rows = apply(None, events)
    rows |= lease_rows(events)
    rows.pop("stage_undone", None)
    if "stage_pending" in rows:
        rows["stage"] = rows.pop("stage_pending")
    return rows


def state_of(events: list[Event]) -> str | None:
    """The state of the ticket that the events make; `None` for other streams."""
    ticket = fold(events) if events[0].stream_id.startswith("ticket/") else None
    return ticket.state if ticket else None


def count_anew(connection: Connection, dialect: str) -> None:
    """Make the latency counters from the rows of `stage`."""
    connection.execute(delete(LATENCY["stage_undone"]))
    known = union(*(select(LATENCY[name].c.institution) for name in ("stage", "latency_root")))
    for institution in {*connection.execute(known).scalars(), ALL_INSTITUTIONS}:
        rebuild(connection, dialect, institution)


PROJECTION = Projection(
    upcaster=Upcaster(RELEASED),
    tables=(
        LiveTable(TICKET),
        LiveTable(LATENCY["stage"], also=LATENCY["stage_pending"]),
        LiveTable(CALENDAR_YEAR),
        LiveTable(LEASE, agrees=lease_agrees),
    ),
    project=rows_of,
    state=state_of,
    checks={"latency_root": lambda snapshot: check(snapshot.connection)},
    refill=count_anew,
    # Renewing a lease holds the stream and adds no event.
    held_after=frozenset({CLAIMED}),
)
