"""Department queues: durable quorum queues that a unit's own system takes assigned tickets from.

The names and arguments stand here once, for this publisher and for the definitions file of a cluster: the
broker refuses a second declaration that differs in anything.
"""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from amqp.exceptions import ChannelError
from amqp.spec import Queue

from kernel.runtime.distributed.confirming import PATIENCE, BrokerSilent, Confirming, Posted
from kernel.runtime.distributed.link import LOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEAD_TICKETS: Final = "tickets.dead"
"""Where a message goes that was delivered more often than `DELIVERY_LIMIT` allows and never acknowledged."""

DELIVERY_LIMIT: Final = 10
"""How often a message is delivered again after the first time."""

WORK_QUEUE: Final[dict[str, str | int]] = {
    "x-queue-type": "quorum",
    "x-delivery-limit": DELIVERY_LIMIT,
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": DEAD_TICKETS,
    # Otherwise a dead letter is lost when its queue cannot take it at that moment; this needs the next line.
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}
"""Arguments of every department queue."""

DEAD_QUEUE: Final[dict[str, str | int]] = {
    "x-queue-type": "quorum",
    # A machine that fails on the same ticket for a year must not fill the broker's disk; the newest are kept.
    "x-max-length": 10_000,
}
"""Arguments of `DEAD_TICKETS`."""

SILENCE: Final = 15.0
MAKE_ANEW_AFTER: Final = 60.0
"""Seconds after which a queue that says nothing, while its like takes letters, is deleted and made again."""

_DECLARE: Final = "BsbbbbbF"
_LOG = logging.getLogger(__name__)


def tickets_queue(institution: str, unit: str) -> str:
    """The queue of a unit; ids hold no dot, so no two units share one."""
    return f"tickets.{institution}.{unit}"


class Letter(NamedTuple):
    """One message for a queue: JSON, utf-8, persistent."""

    queue: str
    message_id: str
    body: bytes


class QueuesUnavailable(Exception):
    """The broker does not answer now; nothing of what was given is known to have arrived."""


class _QueueRefused(Exception):
    """The broker answers, and does not let us declare or look at this one queue."""


class WorkQueues:
    """Puts letters into work queues, each confirmed by the broker. Used by one thread."""

    def __init__(
        self,
        uri: str,
        *,
        patience: float = PATIENCE,
        silence: float = SILENCE,
        make_anew_after: float = MAKE_ANEW_AFTER,
    ) -> None:
        """Connect at the first use. `patience`: seconds without a word of the broker, then it is given up.

        `silence`: seconds for which a queue that said nothing is left alone.
        """
        self._uri = uri
        self._patience, self._silence, self._make_anew_after = patience, silence, make_anew_after
        self._line: Confirming | None = None
        self._declared: set[str] = set()
        self._foreign: set[str] = set()
        self._silent_since: dict[str, float] = {}
        self._silent_until: dict[str, float] = {}

    def put(self, letters: Sequence[Letter]) -> list[bool]:
        """Send in order; answers for each whether it now stands in its queue. `QueuesUnavailable`.

        Queues are made where they do not exist. One that refuses its letters, or says nothing to them, keeps
        no other from its own.
        """
        by_queue: dict[str, list[Letter]] = {}
        for letter in letters:
            by_queue.setdefault(letter.queue, []).append(letter)
        kept: set[str] = set()
        for queue, own in by_queue.items():
            if time.monotonic() >= self._silent_until.get(queue, 0.0) and self._made(queue):
                kept |= self._put(queue, own)
        return [letter.message_id in kept for letter in letters]

    def _put(self, queue: str, letters: Sequence[Letter]) -> set[str]:
        try:
            with self._connected() as line:
                outcome = line.publish("", [Posted(*letter) for letter in letters])
        except BrokerSilent:
            self._note_silence(queue)
            return set()
        self._silent_since.pop(queue, None)
        lost = outcome.refused | outcome.returned
        if lost:
            # Perhaps somebody deleted the queue; the next letter makes it again.
            self._declared.discard(queue)
        return {letter.message_id for place, letter in enumerate(letters) if place not in lost}

    def _note_silence(self, queue: str) -> None:
        # It has no leader. The broker then keeps back every confirm of the channel that it was written to:
        # others would be sent again and again.
        self._abandon()
        now = time.monotonic()
        lasted = now - self._silent_since.setdefault(queue, now)
        _LOG.warning("the queue %s takes no letters; tried again in %d s", queue, self._silence)
        if lasted >= self._make_anew_after and queue not in self._foreign and self._another_takes():
            self._delete(queue)
        self._silent_until[queue] = time.monotonic() + self._silence

    def _another_takes(self) -> bool:
        """Whether a queue of the same kind on the same nodes takes a letter, which it forgets at once.

        Not while the broker is blocked, or the node that we reach is cut off from the others of its cluster.
        """
        try:
            with self._connected() as line:
                return line.publish("", [Posted(DEAD_TICKETS, "probe", b"{}", expiration="0")]) == (
                    set(),
                    set(),
                )
        except BrokerSilent:
            self._abandon()
            return False

    def _delete(self, queue: str) -> None:
        """Delete a queue that has no leader; the next letter makes it again.

        RabbitMQ 3.10 does not get a quorum queue back that was killed in its first second. Nothing is lost:
        every letter in a work queue can be written again by whoever put it there, and is missed there.
        """
        try:
            with self._connected() as line:
                line.channel.send_method(Queue.Delete, "Bsbbb", (0, queue, False, False, False))
                line.channel.wait(Queue.DeleteOk, timeout=self._patience)
        except _QueueRefused:
            return
        _LOG.warning("the queue %s was dead and is made anew", queue)
        self._declared.discard(queue)
        del self._silent_since[queue]

    def ready(self, queue: str) -> int | None:
        """How many letters wait in a queue, none in a consumer's hands counted; it is made where it is not.

        `None` where the broker does not let us look. `QueuesUnavailable`.
        """
        try:
            return self._declare(queue)
        except _QueueRefused:
            return None

    def idle(self) -> None:
        """Keep the connection alive while there is nothing to send; call it every few seconds."""
        if self._line is not None:
            with self._connected() as line:
                line.idle()

    def close(self) -> None:
        """Say good-bye to the broker."""
        line, self._line = self._line, None
        self._declared.clear()
        if line is not None:
            line.close()

    def _abandon(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.abandon()

    def _made(self, queue: str) -> bool:
        return queue in self._declared or self.ready(queue) is not None

    def _declare(self, queue: str) -> int:
        if queue != DEAD_TICKETS and DEAD_TICKETS not in self._declared:
            # First: a dead letter that finds no queue would wait for ever in the queue it comes from.
            self.ready(DEAD_TICKETS)
        if queue not in self._foreign:
            with contextlib.suppress(_QueueRefused), self._connected() as line:
                return self._noted(queue, self._count(line, queue))
            # Made by others with other arguments, or by a definitions file where we may not make any.
            _LOG.warning("the queue %s is not ours to declare; used as it is", queue)
            self._foreign.add(queue)
        try:
            with self._connected() as line:
                return self._noted(queue, self._count(line, queue, passive=True))
        except _QueueRefused:
            self._foreign.discard(queue)
            raise

    def _count(self, line: Confirming, queue: str, *, passive: bool = False) -> int:
        """How many letters are ready."""
        arguments = DEAD_QUEUE if queue == DEAD_TICKETS else WORK_QUEUE
        # As `queue_declare`, which would wait for ever.
        fields = (0, queue, passive, True, False, False, False, arguments)
        line.channel.send_method(Queue.Declare, _DECLARE, fields)
        _, ready, _ = line.channel.wait(Queue.DeclareOk, timeout=self._patience, returns_tuple=True)
        return int(ready)

    def _noted(self, queue: str, ready: int) -> int:
        self._declared.add(queue)
        return ready

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Confirming]:
        try:
            if self._line is None:
                self._line = Confirming(self._uri, self._patience)
            yield self._line
        except LOST as fault:
            self._abandon()
            if isinstance(fault, ChannelError):
                raise _QueueRefused(str(fault)) from fault
            self._declared.clear()
            raise QueuesUnavailable(type(fault).__name__) from fault
