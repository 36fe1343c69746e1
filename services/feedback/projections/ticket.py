"""The live rows that a ticket's events make: one function for the command's transaction and the rebuild."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.feedback.domain.ticket.evolve import evolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kernel.envelope import Event
    from services.feedback.domain.ticket.states import Ticket

Rows = dict[str, dict[str, dict[str, Any]]]


def ticket_row(ticket: Ticket) -> dict[str, Any]:
    """The live row of a ticket."""
    return ticket._asdict()


def apply(ticket: Ticket | None, events: Iterable[Event]) -> tuple[Ticket | None, Rows]:
    """The ticket after the events, and every live row to write, by table and key."""
    rows: Rows = {}
    for event in events:
        before, ticket = ticket, evolve(ticket, event)
        for stage in event.data.get("stages", ()):
            row = _stage(before or ticket, event, stage)
            key = f"{row['ticket_id']}/{row['round']}/{row['stage']}"
            rows.setdefault("stage_pending", {})[key] = row
        if event.data.get("undone"):
            # A letter imported by mistake was never answered by anybody.
            rows.pop("stage_pending", None)
            rows["stage_undone"] = {ticket.ticket_id: {"ticket_id": ticket.ticket_id}}
    if ticket is not None:
        rows["ticket"] = {ticket.ticket_id: ticket_row(ticket)}
    return ticket, rows


def _stage(ticket: Ticket, event: Event, stage: dict[str, Any]) -> dict[str, Any]:
    return {
        "ticket_id": ticket.ticket_id,
        "round": event.data["round"],
        "stage": stage["stage"],
        "institution": event.institution,
        "channel": ticket.channel,
        "department": event.data.get("lead") or "",
        "submitted_at": ticket.received_at,
        "elapsed_us": stage["elapsed_us"],
        "working_days": stage["working_days"],
        "working_us": stage["working_us"],
        "provisional": int(stage["provisional"]),
    }
