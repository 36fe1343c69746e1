"""The doorbell on RabbitMQ: a durable queue per consumer, whose messages wake a subscription.

Messages are acknowledged after the transaction that applied them, and also when they could not be applied:
the source's log keeps the event, the subscription says why it waits.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Final

from kernel.refusals import Unavailable
from kernel.runtime.distributed.link import BEAT_EVERY, LOST, Link, poller
from kernel.runtime.distributed.publisher import declare_events, events_exchange
from kernel.runtime.distributed.waking import Waker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kernel.log.subscription import Subscription
    from kernel.runtime.distributed.deliveries import DeadLetters

PREFETCH = 500
# A consumer that is away for a month must not fill the broker's disk: the oldest bells are dropped, and what
# they announced is read from the log.
MOST_WAITING = 100_000
BELL_QUEUE: Final = {"x-max-length": MOST_WAITING, "x-overflow": "drop-head"}
_LONGEST_PAUSE = 5.0
_LOG = logging.getLogger(__name__)


def bell_queue(consumer: str, source: str) -> str:
    """The queue in which a source's events wait for a consumer."""
    return f"{source}.events--{consumer}"


def declare_bell(channel: Any, consumer: str, source: str, keys: Sequence[str] = ("#",)) -> str:
    """Exchange, queue and bindings; answers the queue's name. The relay calls this for a broker that forgot."""
    declare_events(channel, source)
    queue = bell_queue(consumer, source)
    channel.queue_declare(queue, durable=True, auto_delete=False, arguments=dict(BELL_QUEUE))
    for key in keys:
        channel.queue_bind(queue, events_exchange(source), key)
    return queue


class AmqpDoorbell:
    """Feeds a subscription. `run` works until `stop`, which any thread may call.

    Bound to all keys, or every message would show a gap that has to be read from the log; `keys` is for a
    consumer that wants few of many events and accepts that.
    """

    def __init__(
        self,
        uri: str,
        subscription: Subscription,
        dead_letters: DeadLetters,
        *,
        keys: Sequence[str] = ("#",),
        look_every: float = BEAT_EVERY,
    ) -> None:
        """`look_every`: seconds of silence after which the source's log is asked."""
        self._uris = uri.split(";")
        self._subscription = subscription
        self._dead_letters = dead_letters
        self._keys = keys
        self._look_every = look_every
        self._waker = Waker()
        self._stopping = False
        self._inbox: list[Any] = []

    def run(self) -> None:
        """Listen until stopped; a broker that is away is waited for, and the log read meanwhile.

        So is a database that cannot keep a dead letter: the broker gives the message again.
        """
        pause, wait = 0.1, poller(self._waker)
        while not self._stopping:
            for uri in self._uris:
                try:
                    self._listen(uri)
                    pause = 0.1
                except (*LOST, Unavailable) as fault:
                    _LOG.warning("no doorbell: %s", type(fault).__name__)
            if not self._stopping:
                self._subscription.catch_up()
                wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        self._waker.close()

    def stop(self) -> None:
        """End `run` after the batch at hand."""
        self._stopping = True
        self._waker.set()

    def _listen(self, uri: str) -> None:
        link = Link(uri)
        try:
            self._consume(link)
            self._subscription.catch_up()
            self._serve(link, poller(link, self._waker))
            link.close()
        finally:
            link.abandon()

    def _consume(self, link: Link) -> None:
        status = self._subscription.status
        queue = declare_bell(link.channel, status.consumer, status.source, self._keys)
        self._inbox = []
        link.channel.basic_qos(0, PREFETCH, a_global=False)
        link.channel.basic_consume(queue, callback=self._inbox.append)
        link.hold()
        link.dispatch()

    def _serve(self, link: Link, wait: Callable[[float], set[int]]) -> None:
        looked = time.monotonic()
        while not self._stopping:
            readable = wait(0 if self._inbox else min(self._look_every, BEAT_EVERY))
            if link.fileno() in readable:
                link.drain()
            if self._inbox:
                self._take(link)
                looked = time.monotonic()
            elif time.monotonic() - looked >= self._look_every:
                self._subscription.catch_up()
                looked = time.monotonic()
            link.flush()
            link.beat(time.monotonic())

    def _take(self, link: Link) -> None:
        messages = self._inbox[:]
        self._inbox.clear()
        for body in self._subscription.offer_all([bytes(message.body or b"") for message in messages]):
            self._dead_letters.dead_letter(self._subscription.status.consumer, "malformed_message", body, 1)
        link.ack(messages[-1].delivery_info["delivery_tag"], multiple=True)
