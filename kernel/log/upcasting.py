"""Old events in today's shape: pure steps from one version of an event to the next.

Stored bytes never change; a reader applies the steps. An event newer than this code stops the reader loudly
(`UnknownEventVersion`), because skipping it would make a state that never was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel import envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kernel.envelope import Event

    Step = Callable[[Event], Event]


class UnknownEventVersion(Exception):
    """The event is of a name or version that this release does not know."""


class Upcaster:
    """`released`: the newest version of each event name. `steps`: from (name, version) to the next version."""

    def __init__(
        self, released: Mapping[str, int], steps: Mapping[tuple[str, int], Step] | None = None
    ) -> None:
        """Refuse to exist where a step is missing: every version ever released must stay readable."""
        self.released = dict(released)
        self._steps = dict(steps or {})
        needed = {(name, version) for name, newest in released.items() for version in range(1, newest)}
        if needed != set(self._steps):
            raise ValueError(f"steps and released versions disagree on {sorted(needed ^ set(self._steps))}")

    def upcast(self, event: Event) -> Event:
        """The event in its newest version; `UnknownEventVersion`."""
        newest = self.released.get(event.name)
        if newest is None or event.schema_version > newest:
            raise UnknownEventVersion(f"{event.name}:{event.schema_version}")
        while event.schema_version < newest:
            event = self._steps[event.name, event.schema_version](event)
        return event

    def upcast_known(self, event: Event) -> Event:
        """As `upcast`; an event of another name, which its reader has no use for, stays as it is."""
        return self.upcast(event) if event.name in self.released else event

    def read(self, body: bytes) -> Event:
        """The event of stored bytes, in its newest version."""
        return self.upcast(envelope.from_body(body))
