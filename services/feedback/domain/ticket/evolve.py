"""What each event makes of a ticket (pure). Never refuses, so history always loads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel import instants
from services.feedback.domain.ticket.lifecycle import STATE_AFTER
from services.feedback.domain.ticket.states import Ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kernel.envelope import Event

_KEY_ID_OF = "title"


def _submitted(event: Event) -> Ticket:
    data = event.data
    due = data.get("due") or {}
    return Ticket(
        ticket_id=data["ticket_id"],
        institution=event.institution,
        number=data["number"],
        channel=data["channel"],
        category=data.get("category"),
        state="submitted",
        round=data["round"],
        version=event.stream_version,
        confidentiality=data["confidentiality"],
        received_at=event.occurred_at,
        key_id=data[_KEY_ID_OF]["$sealed"].partition(":")[0],
        policy=event.policy or "",
        due_at=instants.parse(due["due_at"]) if due else None,
        due_working_days=due.get("working_days"),
        due_provisional=int(due.get("provisional", False)),
        owner=data.get("owner"),
        receipt_index=data.get("receipt_index"),
        source_key=data.get("source_key"),
        import_key=data.get("import_key"),
        import_digest=data.get("import_digest"),
        batch=data.get("batch"),
    )


def _accepted(ticket: Ticket, event: Event) -> dict[str, Any]:
    return {"accepted_at": event.occurred_at, "category": event.data.get("category", ticket.category)}


def _assigned(ticket: Ticket, event: Event) -> dict[str, Any]:
    return {
        "assigned_at": event.occurred_at,
        "first_assigned_at": ticket.first_assigned_at or event.occurred_at,
        "lead": event.data["lead"],
        "assisting": ",".join(event.data["assisting"]),
    }


def _returned(_ticket: Ticket, _event: Event) -> dict[str, Any]:
    return {"lead": None, "assisting": "", "assigned_at": None}


def _claimed(_ticket: Ticket, event: Event) -> dict[str, Any]:
    return {"lease_token": event.data["lease_token"]}


def _replied(_ticket: Ticket, event: Event) -> dict[str, Any]:
    return {"replied_at": event.occurred_at, "outcome": event.data.get("outcome")}


def _closed(ticket: Ticket, event: Event) -> dict[str, Any]:
    return {
        "closed_at": event.occurred_at,
        "ended_at": event.occurred_at,
        "outcome": event.data.get("outcome") or ticket.outcome,
    }


def _ended(_ticket: Ticket, event: Event) -> dict[str, Any]:
    return {"ended_at": event.occurred_at}


def _withdrawn(ticket: Ticket, event: Event) -> dict[str, Any]:
    # An undone import frees its row identity, so that the corrected file can be imported.
    undone = event.data.get("undone", False)
    return {"ended_at": event.occurred_at, "import_key": None if undone else ticket.import_key}


_CHANGES: dict[str, Callable[[Ticket, Event], dict[str, Any]]] = {
    "ticket_accepted": _accepted,
    "ticket_assigned": _assigned,
    "ticket_returned": _returned,
    "ticket_claimed": _claimed,
    "ticket_replied": _replied,
    "ticket_closed": _closed,
    "ticket_declined": _ended,
    "ticket_withdrawn": _withdrawn,
}


def evolve(ticket: Ticket | None, event: Event) -> Ticket:
    """The ticket after an event."""
    if ticket is None:
        return _submitted(event)
    change = _CHANGES.get(event.name)
    changed = change(ticket, event) if change else {}
    return ticket._replace(state=STATE_AFTER[event.name], version=event.stream_version, **changed)


def fold(events: Iterable[Event]) -> Ticket | None:
    """The ticket that a stream's events make."""
    ticket = None
    for event in events:
        ticket = evolve(ticket, event)
    return ticket
