"""What the broker has given us and not yet got back: delivery tags, and messages that nobody can answer."""

from __future__ import annotations

import hashlib
import logging
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from kernel.refusals import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
_log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
"""After so many attempts at running it alone a message is parked as a dead letter."""


class DeadLetters(Protocol):
    """Where messages are kept that nobody can answer; durable, never a log line.

    Everything raises `Unavailable` while the store does not answer.
    """

    def dead_letter(self, consumer: str, reason: str, body: bytes, attempts: int) -> None:
        """Keep a message; returns when it is durable."""

    def attempts(self, fingerprint: str) -> int:
        """How often `count` was called for this message (64 hex digits)."""

    def count(self, fingerprint: str) -> None:
        """One more attempt is about to begin; returns when it is durable."""


class HeldBack:
    """Messages that wait, unacknowledged, for a dead letter store that is away.

    The store is then asked once every `pause` seconds and no more: each question may cost a connection's time
    limit, and the thread that asks has others to serve. At most `room` messages are held.
    """

    def __init__(self, pause: float, room: int) -> None:
        self._pause, self._room = pause, room
        self._messages: list[Any] = []
        self._ask_at = 0.0

    def ask(self, question: Callable[..., T], *words: Any) -> T:
        """What the store answers; `Unavailable`, at once where it was so a moment ago."""
        if time.monotonic() < self._ask_at:
            raise Unavailable
        try:
            answer = question(*words)
        except Unavailable:
            if not self._ask_at:
                _log.warning("dead letters wait: the database does not answer")
            self._ask_at = time.monotonic() + self._pause
            raise
        self._ask_at = 0.0
        return answer

    @property
    def full(self) -> bool:
        """Whether no more fit in, or the others would find no place in the prefetch window."""
        return len(self._messages) >= self._room

    def add(self, message: Any) -> None:
        """Hold a message until the store is asked again."""
        self._messages.append(message)

    def due(self) -> list[Any]:
        """Those to be tried now: all of them where the store may be asked, no longer held."""
        if not self._messages or time.monotonic() < self._ask_at:
            return []
        due, self._messages = self._messages, []
        return due


class Tags:
    """The open deliveries of one channel, and what to acknowledge when some are done.

    `multiple` acknowledges everything up to a tag, so it may only reach below the oldest open delivery: a
    query still running would otherwise be lost with its host. What is done above that is acknowledged one
    by one, or a slow query would keep the prefetch window shut for commands.
    """

    def __init__(self) -> None:
        self._open: dict[int, None] = {}
        self._done: list[int] = []

    def open(self, tag: int) -> None:
        """A delivery has come; tags grow."""
        self._open[tag] = None

    def done(self, tag: int) -> None:
        """Its answer is on the way."""
        del self._open[tag]
        self._done.append(tag)

    def acknowledgements(self) -> Iterator[tuple[int, bool]]:
        """(tag, multiple) for all that was done since the last time."""
        if not self._done:
            return
        oldest = next(iter(self._open), None)
        done, self._done = self._done, []
        below = done if oldest is None else [tag for tag in done if tag < oldest]
        if below:
            yield max(below), True
        if oldest is not None:
            yield from ((tag, False) for tag in done if tag > oldest)


def fingerprint(message: Any) -> str:
    """Names one message across deliveries: the same call repeated by its caller is another message."""
    digest = hashlib.sha256()
    correlation_id = message.properties.get("correlation_id") or ""
    for part in (message.delivery_info["routing_key"], correlation_id):
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(4, "big") + encoded)
    digest.update(message.body)
    return digest.hexdigest()
