"""The doorbell of one process: whoever wrote rings, whoever listens wakes.

A change that another process made rings nothing here, so a listener also looks once a second.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_EVERY = 1.0


class Doorbell:
    """Rung by any thread, waited for by any number."""

    def __init__(self) -> None:
        """Not rung yet."""
        self._changed = threading.Condition()
        self._rung = 0

    def ring(self, *_: object) -> None:
        """Wake every listener; fits as a callback of whatever commits."""
        with self._changed:
            self._rung += 1
            self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        """Return at once if it was rung since `seen`, else at the next ring or when the seconds are over.

        Answers what to pass as `seen` the next time; begin with 0.
        """
        with self._changed:
            if self._rung == seen:
                self._changed.wait(seconds)
            return self._rung


class Listener:
    """A thread that looks whenever the bell rings, and once a second."""

    def __init__(self, doorbell: Doorbell, look: Callable[[], object], name: str = "listener") -> None:
        """`look` is `Subscription.catch_up` or the like, and raises nothing."""
        self._doorbell = doorbell
        self._look = look
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Look for the first time, and go on."""
        self._thread.start()

    def stop(self) -> None:
        """Return when the thread has ended."""
        self._stopping = True
        self._doorbell.ring()
        self._thread.join()

    def _run(self) -> None:
        seen = 0
        while not self._stopping:
            self._look()
            seen = self._doorbell.wait(seen, LOOK_EVERY)
