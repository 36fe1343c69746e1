"""Calls services from a process of threads: one connection, one reader, any number of callers."""

from __future__ import annotations

import itertools
import logging
import random
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

import amqp

from kernel import instants
from kernel.refusals import Unavailable
from kernel.runtime.calls import LOGIN, request_body
from kernel.runtime.distributed import topology, wire
from kernel.runtime.distributed.link import BEAT_EVERY, LOST, Link, poller
from kernel.runtime.distributed.waking import Waker

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

_log = logging.getLogger(__name__)
_SEND_TIMEOUT = 15.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


class RpcClient:
    """A client that any number of threads may share; connects at the first call, and again when needed.

    `amqp_uri` may name several brokers with `;` between them. `context` goes with every call (`auth_token`,
    `traceparent`). A call waits at most `timeout` seconds, and is not run by anybody after that.
    """

    def __init__(
        self, amqp_uri: str, *, context: Mapping[str, Any] | None = None, timeout: float = 10.0
    ) -> None:
        self._uris = amqp_uri.split(";")
        self._context = dict(context or {})
        self._timeout = timeout
        self._key = str(uuid.uuid4())
        self._numbers = itertools.count(1)
        self._session: _Session | None = None
        self._connecting = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        context: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """The answer of `service.method`; raises the refusal that the service gave.

        `Unavailable` (details: `service`, `timeout` or `part`) when nobody serves it, nobody answered in
        time, or the broker is gone: whether a command was done is then unknown, and the same command id
        may be sent again. `NotFound` with `details.method` for a method that the service does not have.
        """
        patience = self._timeout if timeout is None else timeout
        until = time.monotonic() + patience
        body = request_body(arguments)
        headers = wire.context_headers({**self._context, **(context or {})})
        session = self._connected(until)
        left = until - time.monotonic()
        headers.setdefault("nameko.deadline", instants.to_text(instants.now() + int(left * instants.SECOND)))
        correlation_id = f"{self._key}.{next(self._numbers)}"
        properties = wire.properties(
            application_headers=headers,
            correlation_id=correlation_id,
            reply_to=self._key,
            expiration=str(max(1, int(left * 1000))),
        )
        slot = session.send(name, correlation_id, amqp.Message(body, **properties))
        if not slot.arrived(left):
            session.forget(correlation_id)
            raise Unavailable({"timeout": patience})
        return slot.answer()

    def call_with_retry(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        patience: float,
        context: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """As `call`, repeated while it is `Unavailable`, for `patience` seconds in all.

        The arguments, and so the command id, stay the same: a command is done once however often it is sent.
        """
        until = time.monotonic() + patience
        pause = _FIRST_PAUSE
        while True:
            left = until - time.monotonic()
            try:
                once = min(left, self._timeout if timeout is None else timeout)
                return self.call(name, arguments, context=context, timeout=once)
            except Unavailable:
                if time.monotonic() + pause >= until:
                    raise
            time.sleep(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def close(self) -> None:
        """Close the connection; callers that wait are told `Unavailable`. A later call opens a new one."""
        with self._connecting:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def _connected(self, until: float) -> _Session:
        session = self._session
        if session is not None and session.open:
            return session
        if not self._connecting.acquire(timeout=max(0.0, until - time.monotonic())):
            raise Unavailable({"part": "broker"})
        try:
            if self._session is None or not self._session.open:
                self._session = self._connect(until)
            return self._session
        finally:
            self._connecting.release()

    def _connect(self, until: float) -> _Session:
        refused = False
        for uri in self._uris:
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                link = Link(uri, connect_timeout=min(5.0, left), send_timeout=_SEND_TIMEOUT)
                return _Session(link, self._key)
            except amqp.AccessRefused:
                refused = True
            except LOST as error:
                _log.debug("the broker does not answer (%s)", type(error).__name__)
        raise Unavailable({"part": LOGIN if refused else "broker"})


class _Slot:
    """Where one caller waits."""

    __slots__ = ("_outcome", "_wanted")

    def __init__(self) -> None:
        self._outcome: bytes | Unavailable = b""
        self._wanted = threading.Lock()
        self._wanted.acquire()

    def put(self, outcome: bytes | Unavailable) -> None:
        self._outcome = outcome
        self._wanted.release()

    def arrived(self, seconds: float) -> bool:
        return self._wanted.acquire(timeout=max(0.0, seconds))

    def answer(self) -> Any:
        if isinstance(self._outcome, Unavailable):
            raise self._outcome
        return wire.answer_of(self._outcome)


class _Session:
    """One connection, its reader, and the callers that wait on it."""

    def __init__(self, link: Link, key: str) -> None:
        self.open = True
        self._link = link
        self._waker = Waker()
        self._waiting: dict[str, _Slot] = {}
        try:
            self._consume(key)
        except LOST:
            self._give_back()
            raise
        self._reader = threading.Thread(target=self._read, name="rpc-replies", daemon=True)
        self._reader.start()

    def send(self, name: str, correlation_id: str, message: amqp.Message) -> _Slot:
        """Send a request and answer the slot of its reply.

        The slot stands before the request leaves and before `open` is asked: whoever closes the session
        first takes `open` away and then empties the slots, so no caller is left in one that nobody reads.
        """
        slot = self._waiting[correlation_id] = _Slot()
        try:
            if self.open:
                self._link.publish(topology.RPC_EXCHANGE, name, message, mandatory=True)
                self._link.flush()
        except LOST:
            self.open = False
            self._waker.set()
        if not self.open:
            self._release()
        return slot

    def forget(self, correlation_id: str) -> None:
        """Nobody waits for this reply any more."""
        self._waiting.pop(correlation_id, None)

    def close(self) -> None:
        """Close with a handshake."""
        self.open = False
        self._waker.set()
        if self._reader is not threading.current_thread():
            self._reader.join()

    def _consume(self, key: str) -> None:
        link = self._link
        queue = topology.declare_replies(link.channel, key)
        link.channel.events["basic_return"].add(self._on_return)
        link.channel.basic_consume(queue, no_ack=True, callback=self._on_reply)
        link.hold()
        link.dispatch()

    def _on_reply(self, message: Any) -> None:
        slot = self._waiting.pop(message.properties.get("correlation_id"), None)
        if slot is not None:
            slot.put(message.body)

    def _on_return(self, _error: Any, _exchange: str, routing_key: str, message: Any) -> None:
        slot = self._waiting.pop(message.properties.get("correlation_id"), None)
        if slot is not None:
            slot.put(Unavailable({"service": routing_key.partition(".")[0]}))

    def _read(self) -> None:
        link, wait = self._link, poller(self._link, self._waker)
        socket = link.fileno()
        try:
            while self.open:
                if socket in wait(BEAT_EVERY):
                    link.drain()
                link.beat(time.monotonic())
            link.close()
        except LOST as error:
            _log.warning("the broker is gone (%s)", type(error).__name__)
        finally:
            self.open = False
            self._release()
            self._give_back()

    def _give_back(self) -> None:
        self._link.abandon()
        self._waker.close()

    def _release(self) -> None:
        for correlation_id in list(self._waiting):
            slot = self._waiting.pop(correlation_id, None)
            if slot is not None:
                slot.put(Unavailable({"part": "broker"}))
