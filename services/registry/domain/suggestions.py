"""Named suggestions on their way to being adopted, as the feedback service's events tell of them (pure).

Nobody's name is kept, and no person: a mark tells whether a suggestion is somebody's, once a person is named
(docs/decisions/0010). Whoever's name is withheld, and the anonymous, are never here (DT-18, DT-16.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from kernel.envelope import Event

OPEN: Final = "open"
ADOPTED: Final = "adopted"
RECORDED: Final = "recorded"
# Outcomes by which a suggestion counts as adopted (docs/interface.md).
ADOPTING: Final = frozenset({"adopted", "partly_adopted"})
_LEFT: Final = frozenset({"ticket_declined", "ticket_withdrawn"})
HEARD: Final = dict.fromkeys(("ticket_submitted", "ticket_replied", "ticket_closed", *sorted(_LEFT)), 1)
"""The events that are understood, and up to which version."""


class Suggestion(NamedTuple):
    """One suggestion; `closed_at` is when it was closed as adopted, `owner` empty once it is recorded."""

    ticket_id: str
    institution: str
    owner: str
    state: str = OPEN
    closed_at: int | None = None

    @property
    def creditable(self) -> bool:
        """Whether it was adopted, is closed, and stands in nobody's file yet."""
        return self.state == ADOPTED and self.closed_at is not None


def after(one: Suggestion | None, event: Event) -> Suggestion | None:
    """The suggestion after an event of `HEARD`; none where it can no longer be anybody's contribution."""
    data = event.data
    if event.name == "ticket_submitted":
        owner = data.get("owner") if data["confidentiality"] == "named" else None
        return one or (Suggestion(data["ticket_id"], event.institution, owner) if owner else None)
    if one is None or one.state == RECORDED:
        return one
    if event.name in _LEFT:
        return None
    state = one.state if data["outcome"] is None else ADOPTED if data["outcome"] in ADOPTING else OPEN
    if event.name == "ticket_replied":
        return one._replace(state=state)
    return one._replace(state=state, closed_at=event.occurred_at) if state == ADOPTED else None
