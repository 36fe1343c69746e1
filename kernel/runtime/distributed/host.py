"""Runs a nameko service class on plain threads and answers nameko's wire.

One thread reads, decides and writes: it takes every call that has arrived, hands up to a batch of commands
to the application at once, and when that is committed sends all replies and one acknowledgement. What
arrives meanwhile is the next batch, so commits are shared without a timer. Queries run beside it.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

import amqp
from amqp.exceptions import AccessRefused, NotAllowed
from nameko.exceptions import MethodNotFound

from kernel.refusals import MalformedMessage, Refusal, TooLarge, Unavailable
from kernel.runtime.calls import Call, Deferred
from kernel.runtime.distributed import topology, wire
from kernel.runtime.distributed.deliveries import MOST_ATTEMPTS, DeadLetters, HeldBack, Tags, fingerprint
from kernel.runtime.distributed.entrypoints import Entrypoints
from kernel.runtime.distributed.link import BEAT_EVERY, LOST, Link, poller
from kernel.runtime.distributed.queries import QueryThreads
from kernel.runtime.distributed.waking import Waker
from kernel.trouble import internal_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.runtime.calls import Application

_log = logging.getLogger(__name__)
STOP_PATIENCE = 20.0
"""Seconds that running queries have to end after `stop`."""


class BrokerGone(Exception):
    """The broker closed the connection; unanswered calls come again to the next host."""


class Host:
    """Hosts one service. `run` blocks; `ready` is set while calls are taken; `stop` may come from a signal.

    The application is the one given, or built by the class's desk and then closed at the end. At most
    `prefetch` calls are held at a time, at most `batch` commands share a commit.
    """

    def __init__(
        self,
        service_class: type,
        amqp_uri: str,
        *,
        dead_letters: DeadLetters,
        application: Application | None = None,
        prefetch: int = 64,
        batch: int = 32,
    ) -> None:
        self.ready = threading.Event()
        self._entrypoints = Entrypoints(service_class, application)
        self._application = self._entrypoints.application
        self._owned = application is None
        self._uri = amqp_uri
        self._dead_letters = dead_letters
        self._prefetch, self._batch = prefetch, batch
        self._stopping = False
        self._waker = Waker()
        self._inbox: deque[Any] = deque()
        self._tags = Tags()
        self._held_back = HeldBack(BEAT_EVERY, prefetch // 2)
        self._consumer = topology.rpc_queue(self._entrypoints.service)

    def stop(self) -> None:
        """Let `run` finish what has begun, give back what has not, and return."""
        self._stopping = True
        self._waker.set()

    def run(self) -> None:
        """Serve until `stop`; raises `BrokerGone`. Waits for a broker that is not up yet."""
        link, self._queries = None, QueryThreads(self._waker)
        try:
            link = self._connect()
            if link is not None:
                self._consume(link)
                self._serve(link)
                link.close()
        except LOST as error:
            raise BrokerGone(type(error).__name__) from error
        finally:
            self.ready.clear()
            self._queries.close()
            if link is not None:
                link.abandon()
            self._waker.close()
            if self._owned:
                self._application.close()

    def _connect(self) -> Link | None:
        pause, pauses = 0.1, poller(self._waker)
        while not self._stopping:
            for uri in self._uri.split(";"):
                try:
                    return Link(uri)
                except (AccessRefused, NotAllowed):
                    raise
                except LOST as error:
                    _log.warning("the broker does not answer yet (%s)", type(error).__name__)
            pauses(pause)
            pause = min(2 * pause, 2.0)
        return None

    def _consume(self, link: Link) -> None:
        self._link = link
        queue = topology.declare_service(link.channel, self._entrypoints.service)
        link.channel.basic_qos(0, self._prefetch, a_global=False)
        link.channel.basic_consume(queue, callback=self._on_delivery)
        link.hold()
        link.dispatch()
        self.ready.set()

    def _on_delivery(self, message: Any) -> None:
        self._tags.open(message.delivery_info["delivery_tag"])
        message.body = message.body or b""  # py-amqp leaves a text where there is no body
        self._inbox.append(message)

    def _serve(self, link: Link) -> None:
        socket, wait = link.fileno(), poller(link, self._waker)
        while not self._stopping:
            busy = self._inbox and not link.blocked and not self._held_up()
            readable = wait(0 if busy else BEAT_EVERY)
            if socket in readable:
                link.drain()
            if len(readable) > (socket in readable):
                self._waker.clear()
            self._reply_to_queries()
            self._inbox.extend(self._held_back.due())
            if not link.blocked:
                self._take_a_batch()
            self._send()
            link.beat(time.monotonic())
        self.ready.clear()
        self._finish_queries(wait)

    def _held_up(self) -> bool:
        """Whether the next message must wait for running queries, because it is to run alone."""
        return bool(self._queries.running and self._inbox[0].delivery_info["redelivered"])

    def _take_a_batch(self) -> None:
        batch: list[tuple[Any, Call]] = []
        while self._inbox and len(batch) < self._batch:
            if self._inbox[0].delivery_info["redelivered"]:
                if not batch and not self._queries.running:
                    self._send()  # what is answered must have left before a message that may end us begins
                    message = self._inbox.popleft()
                    with self._or_hold_back(message):
                        self._run_alone(message)
                break
            message = self._inbox.popleft()
            with self._or_hold_back(message):
                call = self._begin(message, alone=False)
                if call is not None:
                    batch.append((message, call))
        if batch:
            self._run_batch(batch)

    @contextlib.contextmanager
    def _or_hold_back(self, message: Any) -> Iterator[None]:
        """Hold a message back, unanswered, while there is no store to keep or count it in.

        Where too many are, who waits for an answer is told: it can send again, and others have to be served.
        """
        try:
            yield
        except Unavailable as away:
            if self._held_back.full and message.properties.get("reply_to"):
                self._reply(message, wire.error_body(away))
            else:
                self._held_back.add(message)

    def _begin(self, message: Any, *, alone: bool) -> Call | None:
        """The command in a message; all else is answered or started here. `Unavailable`: see `_park`."""
        method = message.delivery_info["routing_key"].partition(".")[2]
        try:
            arguments = wire.arguments_of(message.body, message.properties)
            self._entrypoints.check(method)
            context = wire.context_of(message.headers)
            enter = partial(self._entrypoints.enter, method, arguments, context)
            if method not in self._entrypoints.commands and not alone:
                self._queries.start(message, partial(_answer, enter, method))
                return None
            outcome = enter()
            if isinstance(outcome, Deferred):
                return outcome.call
            self._reply(message, _encoded(outcome, method))
        except (MalformedMessage, TooLarge) as refusal:
            self._park(message, refusal.code, 1, refusal)
        except (Refusal, MethodNotFound) as refusal:
            self._reply(message, wire.error_body(refusal))
        except Exception as error:  # noqa: BLE001 - whatever a method raises is this call's answer, not our end
            self._reply(message, wire.error_body(internal_error(error, method)))
        return None

    def _run_batch(self, batch: list[tuple[Any, Call]]) -> None:
        calls = [call for _, call in batch]
        try:
            outcomes = self._application.run_batch(calls)
        except Refusal as refusal:
            outcomes = [refusal] * len(calls)
        except Exception as error:  # noqa: BLE001 - the batch is lost, the host is not
            outcomes = [internal_error(error, "batch")] * len(calls)
        for (message, call), outcome in zip(batch, outcomes, strict=True):
            self._reply(message, _encoded(outcome, call.method))

    def _run_alone(self, message: Any) -> None:
        """Run a message that came back: its last host may have died of it, and this one may. `Unavailable`."""
        name = fingerprint(message)
        attempts = self._held_back.ask(self._dead_letters.attempts, name)
        if attempts >= MOST_ATTEMPTS:
            parked = internal_error(RuntimeError(), f"parked after {attempts} attempts")
            self._park(message, "ends_its_host", attempts, parked)
            return
        self._held_back.ask(self._dead_letters.count, name)
        call = self._begin(message, alone=True)
        if call is not None:
            self._run_batch([(message, call)])

    def _park(self, message: Any, reason: str, attempts: int, refusal: Refusal) -> None:
        """Keep a message as a dead letter, then refuse it; `Unavailable` where it cannot be kept now."""
        keep = self._dead_letters.dead_letter
        self._held_back.ask(keep, self._consumer, reason, message.body, attempts)
        self._reply(message, wire.error_body(refusal))

    def _reply(self, message: Any, body: bytes) -> None:
        headed = message.properties
        reply_to = headed.get("reply_to")
        if reply_to:
            properties = wire.properties(correlation_id=headed.get("correlation_id"))
            self._link.publish(topology.RPC_EXCHANGE, reply_to, amqp.Message(body, **properties))
        self._tags.done(message.delivery_info["delivery_tag"])

    def _reply_to_queries(self) -> None:
        for message, body in self._queries.finished():
            self._reply(message, body)

    def _send(self) -> None:
        for tag, multiple in self._tags.acknowledgements():
            self._link.ack(tag, multiple=multiple)
        self._link.flush()

    def _finish_queries(self, wait: Any) -> None:
        until = time.monotonic() + STOP_PATIENCE
        while self._queries.running and time.monotonic() < until:
            if self._link.fileno() in wait(0.1):
                self._link.drain()
            self._waker.clear()
            self._reply_to_queries()
        self._send()


def _answer(enter: Any, method: str) -> bytes:
    try:
        outcome = enter()
    except Refusal as refusal:
        outcome = refusal
    except Exception as error:  # noqa: BLE001 - whatever a query raises is this call's answer, not our end
        outcome = internal_error(error, method)
    return _encoded(outcome, method)


def _encoded(outcome: Any, method: str) -> bytes:
    if isinstance(outcome, Refusal):
        return wire.error_body(outcome)
    try:
        return wire.answer_body(outcome)
    except TypeError as error:
        return wire.error_body(internal_error(error, method))
