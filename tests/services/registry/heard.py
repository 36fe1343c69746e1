"""Events of the feedback service as the registry hears them."""

from __future__ import annotations

import uuid
from typing import Any

from kernel.envelope import Event

TICKET = "a5a5a5a5-0000-4000-8000-000000000001"
MARK = "0a" * 32


def event(
    name: str, *, ticket_id: str = TICKET, institution: str = "datong", at: int = 5, **told: Any
) -> Event:
    """An event of a ticket with what the registry reads of it; what is told as `...` is not in it."""
    data = {"ticket_id": ticket_id, "outcome": None}
    if name == "ticket_submitted":
        data = {"ticket_id": ticket_id, "confidentiality": "named", "owner": MARK}
    return Event(
        event_id=str(uuid.uuid4()),
        service="feedback",
        name=name,
        schema_version=1,
        stream_id=f"ticket/{ticket_id}",
        stream_version=1,
        institution=institution,
        occurred_at=at,
        recorded_at=at,
        actor="operator:o-1",
        command_id=str(uuid.uuid4()),
        data={key: value for key, value in (data | told).items() if value is not ...},
    )
