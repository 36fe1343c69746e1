"""How a ticket looks in answers (docs/interface.md, "RPC")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel import instants
from services.feedback.domain.ticket.states import OPEN, Ticket

if TYPE_CHECKING:
    from kernel.identity.actor import Actor
    from services.feedback.domain.ticket.lease import Lease

Answer = dict[str, Any]


def number(value: int, unit: int) -> float | int:
    """A duration in a unit: a whole number where it is one, not rounded otherwise."""
    return value // unit if value % unit == 0 else value / unit


def listed_ticket(ticket: Ticket) -> Answer:
    """What a ticket's own row tells of it."""
    return {
        "ticket_id": ticket.ticket_id,
        "number": ticket.number,
        "institution": ticket.institution,
        "channel": ticket.channel,
        "state": ticket.state,
        "round": ticket.round,
        "version": ticket.version,
        "category": ticket.category,
        "confidentiality": ticket.confidentiality,
        "received_at": instants.to_text(ticket.received_at),
        "submitted_at": instants.to_text(ticket.received_at),
        "lead": ticket.lead,
        "assisting": ticket.assisting_units,
        "due": due_of(ticket),
        "outcome": ticket.outcome,
    }


def due_of(ticket: Ticket) -> Answer:
    """`{"reply": {"due_at","working_days","provisional","local"}}`; every clock is local today."""
    if ticket.due_at is None:
        return {}
    return {
        "reply": {
            "due_at": instants.to_text(ticket.due_at),
            "working_days": ticket.due_working_days,
            "provisional": bool(ticket.due_provisional),
            "local": True,
        }
    }


def clocks_of(ticket: Ticket) -> Answer:
    """The reply clock: running, met, missed or stopped without an answer."""
    if ticket.due_at is None:
        return {}
    stopped_at = ticket.replied_at or ticket.ended_at
    if ticket.state in OPEN:
        state = "running"
    elif ticket.replied_at is None:
        state = "stopped"
    else:
        state = "met" if ticket.replied_at <= ticket.due_at else "missed"
    return {
        "reply": {
            "started_at": instants.to_text(ticket.received_at),
            "due_at": instants.to_text(ticket.due_at),
            "stopped_at": instants.to_text(stopped_at) if stopped_at else None,
            "state": state,
        }
    }


def lease_of(lease: Lease | None, actor: Actor, state: str) -> Answer | None:
    """`{"expires_at","mine"}` while a lease is valid."""
    if lease is None or state != "assigned" or not lease.is_valid(instants.now()):
        return None
    return {"expires_at": instants.to_text(lease.expires_at), "mine": lease.holder == actor.subject}
