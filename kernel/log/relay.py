"""The relay: sealed events go to the broker, in order, and a cursor says how far.

The log itself is the outbox. A crash between the broker's confirmation and the cursor sends some events
again, never skips one; listeners apply by position and ignore the second copy.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel import envelope
from kernel.log import faults, heads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from kernel.log.database import Database

CONSUMER = "relay"
BATCH = 500


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event on its way out: the routing key is its name, the body ends with its position and hash."""

    position: int
    event_id: str
    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a batch: so many first messages are settled; those at `returned` no queue wanted."""

    confirmed_prefix: int
    returned: tuple[int, ...] = ()


class PublisherUnavailable(Exception):
    """The broker does not answer now; nothing of the batch is known to have arrived."""


class Publisher(Protocol):
    """Sends events to a broker that may lose its memory."""

    def publish(self, batch: Sequence[Outgoing]) -> Published:
        """Send in order and wait for the broker's word on each; `PublisherUnavailable`."""

    def declare(self) -> None:
        """Make again whatever exchanges, queues and bindings should exist; `PublisherUnavailable`."""

    def idle(self) -> None:
        """Keep the connection alive while there is nothing to send; `PublisherUnavailable`."""

    def close(self) -> None:
        """End the connection."""


_START = text("SELECT position FROM cursor WHERE consumer = :consumer AND source = :source")
_FIRST = text(
    "INSERT INTO cursor (consumer, source, epoch, position) VALUES (:consumer, :source, :epoch, 0)"
    " ON CONFLICT (consumer, source) DO NOTHING"
)
_NEXT = text(
    "SELECT entry.position, event.event_id, event.name, event.body, event.event_hash"
    " FROM log_entry AS entry JOIN event ON event.event_id = entry.event_id"
    " WHERE entry.position > :after AND entry.position <= :until ORDER BY entry.position"
)
_MOVE = text(
    # From where it was read: of two relays, one just fenced and one new, only one moves the cursor.
    "UPDATE cursor SET position = :position"
    " WHERE consumer = :consumer AND source = :source AND position = :after"
)
_SESSION = (
    # Losing the last cursor positions in a crash of the database sends some events twice, which is allowed.
    "SET synchronous_commit = off",
    "SET plan_cache_mode = force_custom_plan",
    "SET enable_seqscan = off",
)


class Relay:
    """Sends one service's sealed events. Used by one thread."""

    def __init__(
        self, database: Database, service: str, publisher: Publisher, subscribed: frozenset[str] = frozenset()
    ) -> None:
        """`subscribed`: the event names for which the topology holds a queue, so that none may be returned."""
        self._database = database
        self._publisher = publisher
        self._subscribed = subscribed
        self._key = {"consumer": CONSUMER, "source": service}
        self._connection: Connection | None = None
        self._position: int | None = None
        self.sent = 0
        self.returned = 0

    def step(self, limit: int = BATCH) -> int:
        """Send the next events, at most `limit`; answer how many the cursor moved over.

        `PublisherUnavailable` and SQLAlchemy's `DBAPIError` leave the cursor where it was; `reset` then, wait
        and call again.
        """
        connection = self._connection or self._open()
        after = self._start(connection) if self._position is None else self._position
        batch = self._read(connection, after, limit)
        if not batch:
            return 0
        settled = self._send(batch)
        faults.point("relay.confirmed")
        if settled:
            self._move(connection, after, batch[settled - 1].position)
            faults.point("relay.cursor")
        if settled < len(batch):
            raise PublisherUnavailable("not every event was confirmed")
        return settled

    def _open(self) -> Connection:
        connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        for setting in _SESSION:
            connection.exec_driver_sql(setting)
        self._connection = connection
        return connection

    def _start(self, connection: Connection) -> int:
        position = connection.execute(_START, self._key).scalar_one_or_none()
        if position is None:
            epoch, _, _ = heads.current(connection)
            connection.execute(_FIRST, self._key | {"epoch": epoch})
        self._position = int(position or 0)
        return self._position

    @staticmethod
    def _read(connection: Connection, after: int, limit: int) -> list[Outgoing]:
        rows = connection.execute(_NEXT, {"after": after, "until": after + limit}).all()
        return [
            Outgoing(position, event_id, name, envelope.published(body, position, digest))
            for position, event_id, name, body, digest in rows
        ]

    def _send(self, batch: Sequence[Outgoing]) -> int:
        """How many of the first events are settled: confirmed, or returned because no queue wants them."""
        published = self._publisher.publish(batch)
        faults.point("relay.published")
        wanted = [batch[index] for index in published.returned if batch[index].name in self._subscribed]
        if wanted:
            # A queue that should exist does not: the broker forgot. One more try; what is returned even then
            # waits in the log, where its listener finds it by position.
            self._publisher.declare()
            if self._publisher.publish(wanted).confirmed_prefix < len(wanted):
                return 0
        self.sent += published.confirmed_prefix
        self.returned += len(published.returned)
        return published.confirmed_prefix

    def _move(self, connection: Connection, after: int, position: int) -> None:
        moved = connection.execute(_MOVE, self._key | {"position": position, "after": after}).rowcount
        # Not moved: another relay was here; go on from where it stands.
        self._position = position if moved else None

    def reset(self) -> None:
        """Forget connection and position after an error, or when another process leads."""
        connection, self._connection = self._connection, None
        self._position = None
        if connection is not None:
            with suppress(DBAPIError):
                connection.close()


def lag(connection: Connection, service: str) -> int:
    """How many sealed events the relay has not yet moved over."""
    position = connection.execute(_START, {"consumer": CONSUMER, "source": service}).scalar_one_or_none()
    return heads.current(connection)[1] - int(position or 0)
