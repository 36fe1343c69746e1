"""The relay's way to RabbitMQ."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from kernel.log.relay import Published, PublisherUnavailable
from kernel.runtime.distributed.confirming import PATIENCE, BrokerSilent, Confirming, Posted
from kernel.runtime.distributed.link import LOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kernel.log.relay import Outgoing


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
        self._uri = uri
        self._service = service
        self._exchange = events_exchange(service)
        self._declare_listeners = topology_of_listeners
        self._patience = patience
        self._connected: Confirming | None = None

    def publish(self, batch: Sequence[Outgoing]) -> Published:
        """Send in order and wait for the broker's word on each; `PublisherUnavailable`."""
        with self._link() as link:
            posted = [Posted(outgoing.name, outgoing.event_id, outgoing.body) for outgoing in batch]
            outcome = link.publish(self._exchange, posted)
        return Published(min(outcome.refused, default=len(batch)), tuple(sorted(outcome.returned)))

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
    def _link(self) -> Iterator[Confirming]:
        try:
            if self._connected is None:
                self._connected = Confirming(self._uri, self._patience, self._declare)
            yield self._connected
        except (*LOST, BrokerSilent) as fault:
            link, self._connected = self._connected, None
            if link is not None:
                link.abandon()
            raise PublisherUnavailable(type(fault).__name__) from fault

    def _declare(self, channel: Any) -> None:
        declare_events(channel, self._service)
        self._declare_listeners(channel)
