"""The relay's way to RabbitMQ: many messages on the wire at a time, each confirmed."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import amqp

from kernel.log.relay import Published, PublisherUnavailable
from kernel.runtime.distributed.link import LOST, Link, poller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kernel.log.relay import Outgoing

WINDOW = 200
"""Messages sent and not yet confirmed: enough that nobody waits for a round trip per message."""

PATIENCE = 10.0
"""Seconds without a word of the broker after which a batch is given up and sent again."""


def events_exchange(service: str) -> str:
    """The exchange that carries a service's events."""
    return f"{service}.events"


def declare_events(channel: Any, service: str) -> None:
    """Exactly as nameko declares it: stock listeners declare it too, and the broker refuses a difference."""
    channel.exchange_declare(events_exchange(service), "topic", durable=True, auto_delete=False)


class AmqpPublisher:
    """`kernel.log.relay.Publisher` on `<service>.events`. Used by one thread."""

    def __init__(
        self,
        uri: str,
        service: str,
        *,
        topology_of_listeners: Callable[[Any], None] = lambda _channel: None,
        patience: float = PATIENCE,
    ) -> None:
        """Connect at the first use. `topology_of_listeners` declares on a channel what the exchange feeds."""
        self._uris = uri.split(";")
        self._service = service
        self._exchange = events_exchange(service)
        self._declare_listeners = topology_of_listeners
        self._patience = patience
        self._connected: _Confirming | None = None

    def publish(self, batch: Sequence[Outgoing]) -> Published:
        """Send in order, at most `WINDOW` unconfirmed at a time, and wait for the broker's word on each."""
        with self._link() as link:
            return link.publish(self._exchange, batch)

    def declare(self) -> None:
        """Exchange, and the listeners' queues and bindings: part of connecting, so connect anew."""
        self.close()
        with self._link():
            pass

    def idle(self) -> None:
        """Keep the connection alive while there is nothing to send; call it every few seconds."""
        if self._connected is not None:
            with self._link() as link:
                link.idle()

    def close(self) -> None:
        """Say good-bye to the broker."""
        link, self._connected = self._connected, None
        if link is not None:
            link.close()

    @contextlib.contextmanager
    def _link(self) -> Iterator[_Confirming]:
        try:
            if self._connected is None:
                self._connected = self._connect()
            yield self._connected
        except LOST as fault:
            link, self._connected = self._connected, None
            if link is not None:
                link.abandon()
            raise PublisherUnavailable(type(fault).__name__) from fault

    def _connect(self) -> _Confirming:
        *others, last = self._uris
        for uri in others:
            with contextlib.suppress(*LOST):
                return _Confirming(uri, self._patience, self._declare)
        return _Confirming(last, self._patience, self._declare)

    def _declare(self, channel: Any) -> None:
        declare_events(channel, self._service)
        self._declare_listeners(channel)


class _Confirming:
    """A link whose channel confirms what was published."""

    def __init__(self, uri: str, patience: float, declare: Callable[[Any], None]) -> None:
        self._link = Link(uri, send_timeout=patience)
        self._patience = patience
        self._wait = poller(self._link)
        self._sent = 0
        self._open: dict[int, int] = {}
        self._refused: list[int] = []
        self._returned: list[str] = []
        try:
            self._prepare(declare)
        except LOST:
            self._link.abandon()
            raise

    def _prepare(self, declare: Callable[[Any], None]) -> None:
        channel = self._link.channel
        declare(channel)
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        # Only now: a declaration waits for an answer to what would still be held here.
        self._link.hold()

    def publish(self, exchange: str, batch: Sequence[Outgoing]) -> Published:
        self._open, self._refused, self._returned = {}, [], []
        index = 0
        while index < len(batch) or self._open:
            for outgoing in batch[index : index + WINDOW - len(self._open)]:
                self._send(exchange, outgoing, index)
                index += 1
            self._link.flush()
            self._hear()
        unwanted = set(self._returned)
        return Published(
            min(self._refused, default=len(batch)),
            tuple(place for place, outgoing in enumerate(batch) if outgoing.event_id in unwanted),
        )

    def _send(self, exchange: str, outgoing: Outgoing, index: int) -> None:
        message = amqp.Message(
            outgoing.body,
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=2,
            message_id=outgoing.event_id,
        )
        self._link.publish(exchange, outgoing.name, message, mandatory=True)
        self._sent += 1
        self._open[self._sent] = index

    def _hear(self) -> None:
        if not self._wait(self._patience):
            raise TimeoutError("the broker does not confirm")
        self._link.drain()
        self._link.beat(time.monotonic())

    def idle(self) -> None:
        while self._wait(0):
            self._link.drain()
        self._link.beat(time.monotonic())

    def close(self) -> None:
        self._link.close()

    def abandon(self) -> None:
        self._link.abandon()

    def _on_ack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's signature
        self._settle(tag, multiple=multiple)

    def _on_nack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's signature
        self._refused += self._settle(tag, multiple=multiple)

    def _settle(self, tag: int, *, multiple: bool) -> list[int]:
        tags = [each for each in self._open if each <= tag] if multiple else [tag]
        return [self._open.pop(each) for each in tags if each in self._open]

    def _on_return(self, _error: Exception, _exchange: str, _key: str, message: Any) -> None:
        self._returned.append(message.properties["message_id"])
