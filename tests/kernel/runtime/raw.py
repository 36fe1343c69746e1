"""A caller that says on the wire whatever a test wants said."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import amqp
import orjson
from kombu.utils.url import parse_url

from kernel.runtime.distributed import topology

if TYPE_CHECKING:
    from collections.abc import Iterator


class RawCaller:
    """One connection with a reply queue."""

    def __init__(self, connection: amqp.Connection) -> None:
        self._connection = connection
        self.channel = connection.channel()
        self.channel.auto_decode = False
        self.replies: dict[str, dict[str, Any]] = {}
        self._sent = 0
        self.key = "raw-replies"
        queue = topology.declare_replies(self.channel, self.key)
        self.channel.basic_consume(queue, no_ack=True, callback=self._on_reply)

    def _on_reply(self, message: Any) -> None:
        self.replies[message.properties["correlation_id"]] = orjson.loads(message.body)

    def send(self, key: str, body: bytes, **properties: Any) -> str:
        """Publish; the correlation id is ours to wait for."""
        self._sent += 1
        headed = {
            "content_type": "application/json",
            "content_encoding": "utf-8",
            "reply_to": self.key,
            "correlation_id": f"c{self._sent}",
            **properties,
        }
        message = amqp.Message(body, **{name: value for name, value in headed.items() if value is not None})
        self.channel.basic_publish(message, topology.RPC_EXCHANGE, key)
        return headed["correlation_id"]

    def reply(self, correlation_id: str, seconds: float = 10.0) -> dict[str, Any]:
        """The reply, as it came."""
        until = time.monotonic() + seconds
        while correlation_id not in self.replies:
            self._connection.drain_events(timeout=max(0.01, until - time.monotonic()))
        return self.replies.pop(correlation_id)

    def is_refused(self, correlation_id: str, code: str) -> bool:
        """Whether the reply is a refusal with this code."""
        return bool(orjson.loads(self.reply(correlation_id)["error"]["value"])["code"] == code)

    def code(self, key: str, body: bytes, **properties: Any) -> str:
        """The refusal code that a message is answered with."""
        return orjson.loads(self.reply(self.send(key, body, **properties))["error"]["value"])["code"]


def connection(uri: str) -> amqp.Connection:
    """A plain connection of py-amqp's own."""
    parts = parse_url(uri)
    return amqp.Connection(
        f"{parts['hostname']}:{parts['port']}", virtual_host=parts["virtual_host"], connect_timeout=5
    )


@contextlib.contextmanager
def raw_caller(uri: str) -> Iterator[RawCaller]:
    """A caller for the block."""
    with connection(uri) as opened:
        yield RawCaller(opened)
