"""A department's hold on a ticket: a lease with a fencing token (pure).

The token grows with each claim; whoever comes late with an old one is refused, so that two handlers can
never both answer. It is no secret: it keeps the late away, and not a colleague. So the lease is its holder's
to renew and to release, while to answer the token is enough: a queue may hand it on.

A lease is coordination, not history: claiming and releasing are events, renewing is not, and what a lease row
says beyond its events is lost without harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kernel.refusals import LeaseHeld, LeaseLost

LONGEST_SECONDS: Final = 86_400
"""The longest that a claim or a renewal may ask for."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The live row `lease`; `expires_at` 0 for one that was given back."""

    ticket_id: str
    token: int
    holder: str
    expires_at: int

    def is_valid(self, now: int) -> bool:
        """Whether it still keeps others away."""
        return self.expires_at > now


def check(lease: Lease | None, token: int | None, now: int) -> None:
    """`LeaseHeld` without a token while a lease is valid; `LeaseLost` with one that is not its token."""
    valid = lease is not None and lease.is_valid(now)
    if token is None:
        if valid:
            raise LeaseHeld
    elif lease is None or not valid or lease.token != token:
        raise LeaseLost


def held(lease: Lease | None, token: int, holder: str, now: int) -> Lease:
    """The valid lease with this token, where it is the caller's own; `LeaseLost` otherwise."""
    if lease is None or not lease.is_valid(now) or (lease.token, lease.holder) != (token, holder):
        raise LeaseLost
    return lease
