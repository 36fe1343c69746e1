"""What somebody else's program hears on RabbitMQ, by plain kombu and nothing of ours."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kombu import Connection, Consumer, Exchange, Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Listener:
    """A queue of one's own on the events of a service; `heard` grows while one waits."""

    def __init__(self, connection: Connection, service: str) -> None:
        self._connection = connection
        self.heard: list[Any] = []
        exchange = Exchange(f"{service}.events", type="topic", durable=True)
        queue = Queue("", exchange, routing_key="#", exclusive=True, auto_delete=True)
        # The bytes as they came: what a decoder makes of them is asked afterwards.
        Consumer(connection.channel(), [queue], on_message=self._hear, accept=["json"]).consume()

    def _hear(self, message: Any) -> None:
        message.ack()
        self.heard.append(message)

    def wait(self, enough: Callable[[list[Any]], bool], seconds: float = 20.0) -> list[Any]:
        """All messages heard, once they are enough."""
        limit = time.monotonic() + seconds
        while not enough(self.heard):
            assert time.monotonic() < limit, f"heard only {len(self.heard)} messages"
            try:
                self._connection.drain_events(timeout=0.2)
            except socket.timeout:  # noqa: UP041 - kombu's documented time-out
                continue
        return self.heard


@contextmanager
def listening(uri: str, service: str = "feedback") -> Iterator[Listener]:
    """A listener for the block."""
    with Connection(uri) as connection:
        yield Listener(connection, service)


class Machine:
    """A department's own system at its queue: takes one message at a time and acknowledges it itself."""

    def __init__(self, connection: Connection, queue: str) -> None:
        self._queue = Queue(queue, no_declare=True)(connection.channel())

    def next(self, seconds: float = 20.0) -> Any:
        """The next message, not acknowledged yet; none within that time."""
        limit = time.monotonic() + seconds
        while (message := self._queue.get(no_ack=False)) is None and time.monotonic() < limit:
            time.sleep(0.05)
        return message


@contextmanager
def at_queue(uri: str, queue: str) -> Iterator[Machine]:
    """A department's system for the block."""
    with Connection(uri) as connection:
        yield Machine(connection, queue)
