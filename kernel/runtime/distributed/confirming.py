"""A connection to RabbitMQ on which every message is accounted for: many on the wire, each confirmed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import amqp

from kernel.runtime.distributed import wire
from kernel.runtime.distributed.link import LOST, Link, poller

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WINDOW = 200
"""Messages sent and not yet confirmed: enough that nobody waits for a round trip per message."""

PATIENCE = 10.0
"""Seconds without a word of the broker after which a batch is given up and sent again."""


class Posted(NamedTuple):
    """One message: JSON, utf-8, persistent, mandatory; kept for `expiration` milliseconds, or for ever."""

    routing_key: str
    message_id: str
    body: bytes
    expiration: str | None = None


class Outcome(NamedTuple):
    """What became of a batch, by places: all others stand in every queue that wants them."""

    refused: set[int]
    returned: set[int]


class BrokerSilent(Exception):
    """The connection stands, and nothing comes to what was sent."""


class Confirming:
    """Used by one thread; everything raises one of `LOST` once the broker has gone or closed the channel."""

    def __init__(self, uri: str, patience: float, prepare: Callable[[Any], None] | None = None) -> None:
        """Connect to the first that answers of the brokers in `uri`. `prepare` declares on the channel.

        `patience`: seconds without a word of the broker, then it is given up.
        """
        self._patience = patience
        self._link = _first(uri, patience)
        self._wait = poller(self._link)
        self._sent = 0
        self._open: dict[int, int] = {}
        self._refused: set[int] = set()
        self._returned: set[str] = set()
        self.channel = self._link.channel
        try:
            if prepare:
                prepare(self.channel)
            self.channel.confirm_select()
        except LOST:
            self._link.abandon()
            raise
        self.channel.events["basic_ack"].add(self._on_ack)
        self.channel.events["basic_nack"].add(self._on_nack)
        self.channel.events["basic_return"].add(self._on_return)
        self._link.hold()

    def publish(self, exchange: str, batch: Sequence[Posted]) -> Outcome:
        """Send in order, `WINDOW` at most unconfirmed, and wait for the word on each; `BrokerSilent`."""
        self._open, self._refused, self._returned = {}, set(), set()
        index = 0
        while index < len(batch) or self._open:
            for posted in batch[index : index + WINDOW - len(self._open)]:
                self._send(exchange, posted, index)
                index += 1
            self._link.flush()
            self._hear()
        returned = {place for place, posted in enumerate(batch) if posted.message_id in self._returned}
        return Outcome(self._refused, returned)

    def idle(self) -> None:
        """Hear what has come and keep the connection alive; call it every few seconds."""
        while self._wait(0):
            self._link.drain()
        self._link.beat(time.monotonic())

    def close(self) -> None:
        """Say good-bye to the broker."""
        self._link.close()

    def abandon(self) -> None:
        """Close the socket."""
        self._link.abandon()

    def _send(self, exchange: str, posted: Posted, place: int) -> None:
        properties = wire.properties(delivery_mode=2, message_id=posted.message_id)
        if posted.expiration is not None:
            properties["expiration"] = posted.expiration
        message = amqp.Message(posted.body, **properties)
        self._link.publish(exchange, posted.routing_key, message, mandatory=True)
        self._sent += 1
        self._open[self._sent] = place

    def _hear(self) -> None:
        if not self._wait(self._patience):
            raise BrokerSilent
        self._link.drain()
        self._link.beat(time.monotonic())

    def _on_ack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's signature
        self._settle(tag, multiple=multiple)

    def _on_nack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's signature
        self._refused.update(self._settle(tag, multiple=multiple))

    def _settle(self, tag: int, *, multiple: bool) -> list[int]:
        tags = [each for each in self._open if each <= tag] if multiple else [tag]
        return [self._open.pop(each) for each in tags if each in self._open]

    def _on_return(self, _error: Exception, _exchange: str, _key: str, message: Any) -> None:
        self._returned.add(message.properties["message_id"])


def _first(uri: str, patience: float) -> Link:
    *others, last = uri.split(";")
    for each in others:
        try:
            return Link(each, send_timeout=patience)
        except LOST:
            continue
    return Link(last, send_timeout=patience)
