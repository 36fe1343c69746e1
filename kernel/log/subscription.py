"""The listening side: another service's events applied by position, each exactly once in effect.

The broker's message is a doorbell that happens to carry the event. It is applied directly where its position
is the next one; a gap is fetched from the source's log; a repeat is ignored. So lost, repeated and reordered
messages, and a broker that lost its memory, cost seconds and no data.

What cannot be applied stops this subscription where it stands, visibly, and is tried again later: skipping
an event would make a state that never was.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from kernel import envelope
from kernel.refusals import Damaged, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection

    from kernel.envelope import Event
    from kernel.log.database import Database

    Apply = Callable[[Connection, list[Event]], None]
    ReadLog = Callable[[int, int], dict[str, Any]]

BATCH = 500
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
# A source or a database that does not answer comes back by itself: the pause must not outlast its absence.
_AWAY, _LONGEST_WAIT = (Unavailable, OperationalError), 2.0
_LOG = logging.getLogger(__name__)
_WHERE = " WHERE consumer = :consumer AND source = :source"
_LOAD = text(f"SELECT epoch, position FROM cursor{_WHERE}")
_BEGIN = text(
    "INSERT INTO cursor (consumer, source, epoch, position) VALUES (:consumer, :source, :epoch, 0)"
    " ON CONFLICT (consumer, source) DO NOTHING"
)
_MOVE = text(f"UPDATE cursor SET position = :position{_WHERE} AND position = :after")


class MalformedEvent(ValueError):
    """The message is not an event of this source."""


class LogChanged(Exception):
    """The source's log is another one than before: restored shorter, or with positions missing."""


class _Overtaken(Exception):
    """Another process of the same consumer applied these positions."""


@dataclass(frozen=True, slots=True)
class Status:
    """Where a subscription stands: `state` is running, failing (tried again) or stopped (needs a person)."""

    consumer: str
    source: str
    state: str
    position: int
    lag: int
    error: str | None


class Subscription:
    """One consumer's reading of one source. Safe for several threads and several processes.

    `apply` gets a connection in the transaction that also moves the cursor, and events in order, at most 500.
    `read_log` asks the source (`(after, limit)` as the RPC of that name). `upcast` brings an event to the
    version this consumer knows and raises for a newer one.
    """

    def __init__(
        self,
        database: Database,
        consumer: str,
        source: str,
        apply: Apply,
        read_log: ReadLog,
        *,
        upcast: Callable[[Event], Event] = lambda event: event,
    ) -> None:
        """Nothing is read yet."""
        self._database = database
        self._key = {"consumer": consumer, "source": source}
        self._apply = apply
        self._read_log = read_log
        self._upcast = upcast
        self._lock = threading.Lock()
        self._position: int | None = None
        self._epoch = 0
        self._head = 0
        self._state = "running"
        self._error: str | None = None
        self._pause, self._retry_at = _FIRST_PAUSE, 0.0

    @property
    def status(self) -> Status:
        """For health and operators; names no content."""
        position = self._position or 0
        lag = max(0, self._head - position)
        return Status(self._key["consumer"], self._key["source"], self._state, position, lag, self._error)

    def offer(self, body: bytes) -> None:
        """Take one message of the broker; `MalformedEvent` where it is none of the source's events."""
        refused = self.offer_all([body])
        if refused:
            raise MalformedEvent

    def offer_all(self, bodies: Iterable[bytes]) -> list[bytes]:
        """Take the messages that have arrived, in whatever order; answer those that are no events.

        On return what could be applied is committed. Where it could not, `status` says so, and the log still
        has everything: the messages need not be kept.
        """
        arrived: dict[int, Event] = {}
        malformed = []
        for body in bodies:
            try:
                position, event = self._read(body)
                arrived[position] = event
            except MalformedEvent:
                malformed.append(body)
        if arrived:
            self._attempt(lambda: self._take(arrived))
        return malformed

    def catch_up(self) -> None:
        """Apply whatever the source's log has and this does not; the answer to a lost doorbell."""
        self._attempt(self._pull_all)

    def resume(self) -> None:
        """Try again at once, after a person has seen to it."""
        with self._lock:
            self._state, self._retry_at, self._pause, self._position = "running", 0.0, _FIRST_PAUSE, None

    def _read(self, body: bytes) -> tuple[int, Event]:
        try:
            document = orjson.loads(body)
            position, event = document["position"], envelope.read(document)
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise MalformedEvent from fault
        if event.service != self._key["source"] or type(position) is not int or position < 1:
            raise MalformedEvent
        return position, event

    def _attempt(self, work: Callable[[], None]) -> None:
        with self._lock:
            if self._state == "stopped" or time.monotonic() < self._retry_at:
                return
            try:
                work()
            except _Overtaken:
                self._position = None
            except (LogChanged, Damaged) as fault:
                self._fail("stopped", fault)
            except Exception as fault:  # noqa: BLE001 - whatever it is, this subscription waits and no other does
                self._fail("failing", fault)
            else:
                self._state, self._error, self._pause = "running", None, _FIRST_PAUSE

    def _fail(self, state: str, fault: Exception) -> None:
        # The class alone: an error's words may quote the event.
        told, self._error = self._error, type(fault).__name__
        self._state = state
        longest = _LONGEST_WAIT if isinstance(fault, _AWAY) else _LONGEST_PAUSE
        pause = min(self._pause, longest)
        self._retry_at = time.monotonic() + pause
        self._pause = min(pause * 2, longest)
        # Once, however often it is tried: a source that is not there at all would fill the log.
        if told != self._error:
            _LOG.error(
                "%s does not apply %s after position %s: %s", *self._key.values(), self._position, self._error
            )

    def _take(self, arrived: dict[int, Event]) -> None:
        position = self._where()
        self._head = max(self._head, *arrived)
        while True:
            ready: list[Event] = []
            while position + len(ready) + 1 in arrived and len(ready) < BATCH:
                ready.append(arrived[position + len(ready) + 1])
            if ready:
                position = self._commit(position, ready)
            elif position < max(arrived):
                position = self._pull(position)
            else:
                return

    def _pull_all(self) -> None:
        position = self._where()
        while (reached := self._pull(position)) > position:
            position = reached

    def _pull(self, position: int) -> int:
        """Apply one page of the source's log; answer the position reached."""
        page = self._read_log(position, BATCH)
        self._head = page["head"]
        if page["epoch"] != self._epoch or self._head < position:
            raise LogChanged("the log was restored")
        documents = page["events"]
        expected = range(position + 1, position + 1 + len(documents))
        if [document["position"] for document in documents] != list(expected):
            raise LogChanged("positions are missing")
        if not documents:
            if self._head > position:
                raise LogChanged("positions are missing")
            return position
        return self._commit(position, [envelope.read(document) for document in documents])

    def _where(self) -> int:
        """The cursor's position; begins a new one at 0, in the epoch that the source's log has now."""
        if self._position is None:
            with self._database.read() as connection:
                row = connection.execute(_LOAD, self._key).one_or_none()
            if row is None:
                epoch = self._read_log(0, 1)["epoch"]
                with self._database.write() as connection:
                    connection.execute(_BEGIN, self._key | {"epoch": epoch})
                    row = connection.execute(_LOAD, self._key).one()
            self._epoch, self._position = row.epoch, row.position
        return self._position

    def _commit(self, after: int, events: Sequence[Event]) -> int:
        try:
            return self._write(after, [self._upcast(event) for event in events])
        except _Overtaken:
            raise
        except Exception:
            if len(events) == 1:
                raise
        # One of them cannot be applied; those before it can.
        for event in events:
            after = self._write(after, [self._upcast(event)])
        return after

    def _write(self, after: int, events: list[Event]) -> int:
        position = after + len(events)
        with self._database.write() as connection:
            # First, so that a second process of this consumer waits here instead of applying them too.
            moved = connection.execute(_MOVE, self._key | {"position": position, "after": after})
            if not moved.rowcount:
                raise _Overtaken
            self._apply(connection, events)
        self._position = position
        return position
