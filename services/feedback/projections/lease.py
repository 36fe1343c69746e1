"""The live row of a ticket's lease, as far as the events determine it.

Token and holder stand in the claim, and so does that a lease has ended. A renewal is no event: until when a
lease that goes on is valid, the log does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel import instants
from services.feedback.domain.ticket.lease import LONGEST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kernel.envelope import Event

CLAIMED = "ticket_claimed"
_ENDING = frozenset(
    {"ticket_assigned", "ticket_returned", "ticket_released", "ticket_replied", "ticket_withdrawn"}
)
_LONGEST = LONGEST_SECONDS * instants.SECOND


def lease_rows(events: Sequence[Event]) -> dict[str, dict[str, dict[str, Any]]]:
    """The row that a ticket's claims leave; none where nobody ever claimed it."""
    row: dict[str, Any] = {}
    for event in events:
        if event.name == CLAIMED:
            row = {
                "ticket_id": event.data["ticket_id"],
                "token": event.data["lease_token"],
                "holder": event.actor.partition(":")[2],
                "expires_at": instants.parse(event.data["lease_expires_at"]),
            }
        elif row and event.name in _ENDING:
            row["expires_at"] = 0
    return {"lease": {row["ticket_id"]: row}} if row else {}


def lease_agrees(found: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """Whether a stored lease may have come of these claims: a renewal moves its end, but not far back."""
    if (found["token"], found["holder"]) != (made["token"], made["holder"]):
        return False
    if made["expires_at"] == 0:
        return bool(found["expires_at"] == 0)
    return bool(found["expires_at"] > made["expires_at"] - _LONGEST)
