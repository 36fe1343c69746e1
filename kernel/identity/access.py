"""Who may call what: one table per service, complete or the service does not start.

Role and scope are two questions. What lies outside the caller's scope is `NotFound` whatever the role;
inside it, a role that the table does not name is `NotAllowed` (docs/interface.md, "Authorisation").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.identity.actor import Actor, Role
from kernel.refusals import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ANYBODY: frozenset[Role] = frozenset(Role)
# The method answers without a token.
OPEN: frozenset[Role] = frozenset()


class RouteWithoutPolicy(Exception):
    """A method that the access table does not name, or a row for no method: the service must not start."""


class AccessTable:
    """Roles by method."""

    def __init__(self, rows: Mapping[str, frozenset[Role]], methods: Iterable[str]) -> None:
        """Refuse to exist where table and methods disagree."""
        self.rows = dict(rows)
        named, offered = set(self.rows), set(methods)
        if named != offered:
            raise RouteWithoutPolicy(f"access table and methods disagree on {sorted(named ^ offered)}")

    def is_open(self, method: str) -> bool:
        """Whether the method needs no token."""
        return not self.rows[method]

    def check(self, method: str, actor: Actor) -> None:
        """`NotAllowed` where the role is not named for the method."""
        if actor.role not in self.rows[method]:
            raise NotAllowed
