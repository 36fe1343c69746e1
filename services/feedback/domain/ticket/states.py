"""A ticket as its events made it (pure)."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """The states of a ticket; `merged` is reserved by the interface and reached by no step yet."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    REPLIED = "replied"
    CLOSED = "closed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


OPEN = (State.SUBMITTED, State.ACCEPTED, State.ASSIGNED)


class Confidentiality(StrEnum):
    """Who may know the submitter."""

    NAMED = "named"
    WITHHELD = "withheld"
    ANONYMOUS = "anonymous"


class Ticket(NamedTuple):
    """One ticket; the live row `ticket` has exactly these columns. Instants are UTC microseconds.

    A named tuple, because every event makes a new one: copying a frozen dataclass of this many fields costs
    as much as sealing a text.

    No text and no identity: `owner` is a keyed hash of ticket and subject, `receipt_index`, `source_key`,
    `import_key` and `import_digest` are keyed hashes too.
    """

    ticket_id: str
    institution: str
    number: str
    channel: str
    category: str | None
    state: str
    round: int
    version: int
    confidentiality: str
    received_at: int
    key_id: str
    policy: str
    accepted_at: int | None = None
    first_assigned_at: int | None = None
    assigned_at: int | None = None
    replied_at: int | None = None
    closed_at: int | None = None
    ended_at: int | None = None
    lead: str | None = None
    # Unit ids joined by commas, which no id contains; empty for none.
    assisting: str = ""
    outcome: str | None = None
    due_at: int | None = None
    due_working_days: int | None = None
    due_provisional: int = 0
    lease_token: int = 0
    owner: str | None = None
    receipt_index: str | None = None
    source_key: str | None = None
    import_key: str | None = None
    import_digest: str | None = None
    batch: str | None = None

    @property
    def assisting_units(self) -> list[str]:
        """The assisting units, in the order of assignment."""
        return self.assisting.split(",") if self.assisting else []

    def concerns(self, unit: str) -> bool:
        """Whether the unit leads or assists."""
        return unit == self.lead or unit in self.assisting_units


def stream_of(ticket_id: str) -> str:
    """The stream that holds a ticket's events."""
    return f"ticket/{ticket_id}"
