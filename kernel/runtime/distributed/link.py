"""One AMQP connection for a process of plain threads: py-amqp speaks, this reads and writes in large pieces.

py-amqp reads a frame with three system calls and writes each message with one. Both host and client have
many messages to read and to write at a time, so the transport here takes what has arrived in one piece
and sends what was written since the last flush in one piece; frames are still py-amqp's to understand.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

import amqp
from amqp.exceptions import AMQPError, UnexpectedFrame
from amqp.spec import Basic
from amqp.transport import SSLTransport, TCPTransport
from kombu.utils.url import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable

HEARTBEAT = 60
"""Seconds after which either side of a silent connection begins to doubt the other."""

LOST = (OSError, AMQPError)
"""What is raised by anything on a link whose broker has gone."""

BEAT_EVERY = 5.0
_PIECE = 256 * 1024
_HEADER = struct.Struct(">BHI")
_FRAME_END = 0xCE
_HEADER_FRAME = 2
_BEFORE_PROPERTIES = 12
_NO_PROPERTIES = b"\0\0"


class _InPieces:
    """Mixed into a transport of py-amqp: whole frames out of one buffer, writes held until flushed."""

    sock: Any  # None once py-amqp has closed it

    def _setup_transport(self) -> None:
        super()._setup_transport()  # type: ignore[misc]  # the transport that this is mixed into
        self.arrived, self.offset = b"", 0
        self.held: deque[bytes] | None = None
        self.sending = threading.Lock()

    def fill(self) -> None:
        """Take one piece from the socket; waits where nothing has arrived."""
        piece = self.sock.recv(_PIECE)
        if not piece:
            raise OSError("the broker closed the connection")
        self.arrived, self.offset = self.arrived[self.offset :] + piece, 0

    def take(self) -> None:
        """Take what has arrived, without waiting; call it when the socket is readable."""
        self.fill()

    def next_frame(self) -> tuple[int, int, bytes] | None:
        """The next whole frame that is here, as (type, channel, payload)."""
        buffer, start = self.arrived, self.offset + _HEADER.size
        if len(buffer) <= start:
            return None
        kind, channel, size = _HEADER.unpack_from(buffer, self.offset)
        end = start + size
        if len(buffer) <= end:
            return None
        if buffer[end] != _FRAME_END:
            raise UnexpectedFrame("a frame does not end where it says")
        self.offset = end + 1
        return kind, channel, buffer[start:end]

    def read_frame(self, *_: Any) -> tuple[int, int, bytes]:
        """The next frame; waits for it (py-amqp's own hook, used while it waits for an answer)."""
        while (frame := self.next_frame()) is None:
            # Or it would wait for ever for the answer to a question that was never sent. It asks by itself
            # too: where the broker closes the channel, for a new one in the same breath.
            self.flush()
            self.fill()
        return frame

    def write(self, data: bytes | memoryview) -> None:
        """Send at once, or keep until `flush` where writes are held."""
        if self.held is None:
            super().write(data)  # type: ignore[misc]  # the transport that this is mixed into
        else:
            self.held.append(bytes(data))

    def flush(self) -> None:
        """Send what is held. A thread that finds another one sending leaves its messages to that one."""
        while self.held and self.sending.acquire(blocking=False):
            try:
                if self.sock is None:
                    raise OSError("the connection is closed")
                waiting = [self.held.popleft() for _ in range(len(self.held))]
                super().write(b"".join(waiting))  # type: ignore[misc]  # the transport that this is mixed into
            finally:
                self.sending.release()


class _TcpInPieces(_InPieces, TCPTransport):  # type: ignore[misc]  # py-amqp is not typed
    pass


class _TlsInPieces(_InPieces, SSLTransport):  # type: ignore[misc]  # py-amqp is not typed
    def take(self) -> None:
        """As over TCP; one thread at a time, because an SSL object bears no reader beside a writer.

        Readable may also mean a record that holds no data, hence no waiting in here.
        """
        with self.sending:
            self.sock.settimeout(0)
            try:
                while True:
                    self.fill()
            except ssl.SSLWantReadError:
                pass
            finally:
                self.sock.settimeout(None)
        self.flush()


class _Connection(amqp.Connection):  # type: ignore[misc]  # py-amqp is not typed
    """py-amqp's connection over our transport (its documented hook)."""

    def Transport(self, host: str, connect_timeout: float, tls: Any, *timeouts: float, **options: Any) -> Any:  # noqa: N802
        read_timeout, write_timeout = timeouts
        kind = _TlsInPieces if tls else _TcpInPieces
        return kind(
            host,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            write_timeout=write_timeout,
            **({"ssl": tls} if tls else {}),
            **options,
        )


class Link:
    """An open connection with one channel.

    Reading belongs to one thread; `publish` and `flush` may be called by any. Everything raises one of
    `LOST` once the broker has gone. `uri` may name TLS (`amqps://…?ssl_ca_certs=…`).
    """

    def __init__(self, uri: str, *, connect_timeout: float = 5.0, send_timeout: float | None = None) -> None:
        self.blocked = False
        self._connection = _Connection(
            **_address(uri),
            heartbeat=HEARTBEAT,
            connect_timeout=connect_timeout,
            write_timeout=send_timeout,
            # py-amqp's second would cut the connection while a broker short of memory does not read.
            socket_settings={socket.TCP_USER_TIMEOUT: HEARTBEAT * 1000},
            on_blocked=self._on_blocked,
            on_unblocked=self._on_unblocked,
        )
        try:
            self._connection.connect()
            self._transport = self._connection.transport
            self._transport.sock.settimeout(None)
            self.channel = self._connection.channel()
        except LOST:
            self.abandon()
            raise
        self.channel.auto_decode = False  # a body is judged as the bytes that came
        self._beaten = time.monotonic()

    def fileno(self) -> int:
        """The socket's number, for poll and select."""
        number: int = self._transport.sock.fileno()
        return number

    def hold(self) -> None:
        """From now on nothing is sent before `flush`."""
        self._transport.held = deque()

    def flush(self) -> None:
        """Send what was written since the last flush, in one piece."""
        self._transport.flush()

    def drain(self) -> None:
        """Handle what has arrived; call it when the socket is readable, it then does not wait."""
        self._transport.take()
        self.dispatch()

    def dispatch(self) -> None:
        """Handle what was read already.

        After a question and its answer (`basic_consume` …) deliveries may stand in the buffer, and no poll
        would ever tell of them.
        """
        transport, handle = self._transport, self._connection.on_inbound_frame
        while (frame := transport.next_frame()) is not None:
            try:
                handle(frame)
            except Exception:  # py-amqp's decoder lets out whatever Python raised, OSError included
                if frame[0] != _HEADER_FRAME:
                    raise
                handle(_without_properties(frame))

    def publish(
        self, exchange: str, routing_key: str, message: amqp.Message, *, mandatory: bool = False
    ) -> None:
        """Send a message without waiting for a confirm.

        Goes below `basic_publish`, which reads from the socket before each message to learn whether the
        broker blocks; here the reading thread learns that.
        """
        self.channel.send_method(Basic.Publish, "Bssbb", (0, exchange, routing_key, mandatory, False), message)

    def ack(self, delivery_tag: int, *, multiple: bool) -> None:
        """Acknowledge one delivery, or all up to it."""
        self.channel.basic_ack(delivery_tag, multiple=multiple)

    def beat(self, now: float) -> None:
        """Send and check heartbeats; cheap, call it whenever the thread is awake (monotonic seconds)."""
        if now - self._beaten >= BEAT_EVERY:
            self._beaten = now
            self._connection.heartbeat_tick()
            self._transport.flush()

    def close(self, *, patience: float = 5.0) -> None:
        """Say good-bye and wait for the answer, so that what was sent before has arrived."""
        with contextlib.suppress(*LOST):
            self._transport.flush()
            self._transport.held = None
            self._transport.sock.settimeout(patience)
            self._connection.close()
        self.abandon()

    def abandon(self) -> None:
        """Close the socket, whatever state the connection is in."""
        with contextlib.suppress(*LOST, AttributeError):
            self._connection.collect()

    def _on_blocked(self, _reason: str) -> None:
        self.blocked = True

    def _on_unblocked(self) -> None:
        self.blocked = False


class Readable(Protocol):
    """What can be polled: a link, a waker, a socket."""

    def fileno(self) -> int:
        """The number of its file descriptor."""


def poller(*sources: Readable) -> Callable[[float], set[int]]:
    """A function that waits up to some seconds and answers the numbers that can be read."""
    poll = select.poll()
    for source in sources:
        poll.register(source.fileno(), select.POLLIN)

    def wait(seconds: float) -> set[int]:
        return {number for number, _ in poll.poll(max(0, seconds * 1000))}

    return wait


def _address(uri: str) -> dict[str, Any]:
    parts = parse_url(uri)
    host, tls = parts["hostname"] or "localhost", parts["transport"] == "amqps"
    options = {name.removeprefix("ssl_"): value for name, value in (parts.get("ssl") or {}).items()}
    checked = options.pop("check_hostname", True)
    if tls and checked:
        options.setdefault("server_hostname", host)
    return {
        "host": f"{host}:{parts['port'] or (5671 if tls else 5672)}",
        "userid": parts["userid"] or "guest",
        "password": parts["password"] or "guest",
        "virtual_host": parts["virtual_host"] or "/",
        "login_method": "PLAIN",
        "ssl": (options or True) if tls else False,
    }


def _without_properties(frame: tuple[int, int, bytes]) -> tuple[int, int, bytes]:
    """The header frame of a message whose property list cannot be read, as one that has none.

    Otherwise one such message ends every host that it is delivered to, for ever.
    """
    kind, channel, payload = frame
    return kind, channel, payload[:_BEFORE_PROPERTIES] + _NO_PROPERTIES
