"""What the log makes of one stream, for rebuild, diff and replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.feedback.domain.ticket.evolve import fold
from services.feedback.projections.calendar import calendar_rows
from services.feedback.projections.ticket import Rows, apply

if TYPE_CHECKING:
    from kernel.envelope import Event


def rows_of(events: list[Event]) -> Rows:
    """Every live row that belongs to the stream, by table and key."""
    if events[0].stream_id.startswith("ticket/"):
        return apply(None, events)[1]
    return calendar_rows(events)


def state_of(events: list[Event]) -> str | None:
    """The state of the ticket that the events make; `None` for other streams."""
    ticket = fold(events) if events[0].stream_id.startswith("ticket/") else None
    return ticket.state if ticket else None
