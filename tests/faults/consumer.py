"""A consumer as another service will be: applies every event by position into a database of its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select

from kernel.log.database import Database
from kernel.log.schema import log_tables
from kernel.log.subscription import Subscription
from kernel.runtime.distributed.client import RpcClient
from kernel.runtime.distributed.doorbell import AmqpDoorbell
from tests.support.letters import Letters

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from kernel.envelope import Event

METADATA = MetaData()
log_tables(METADATA)
APPLIED = Table(
    "applied",
    METADATA,
    Column("place", Integer, primary_key=True),
    Column("event_id", Text, unique=True),
    Column("subject", Text),
    Column("name", Text),
)


class Copy:
    """Runs in threads of this process until `stop`."""

    def __init__(self, uri: str, home: Path, token: str) -> None:
        self.database = Database(f"sqlite:///{home}/copy.db")
        with self.database.write() as connection:
            METADATA.create_all(connection)
        self._client = RpcClient(uri, context={"auth_token": token}, timeout=5.0)
        self.dead = Letters()
        self.subscription = Subscription(self.database, "copy", "feedback", _apply, self._read_log)
        self._bell = AmqpDoorbell(uri, self.subscription, self.dead, look_every=1.0)
        self._thread = threading.Thread(target=self._bell.run, daemon=True)
        self._thread.start()

    def _read_log(self, after: int, limit: int) -> dict[str, Any]:
        return self._client.call("feedback.read_log", {"after": after, "limit": limit})

    def applied(self) -> list[tuple[str, str, str]]:
        """(event id, subject, name) in the order in which they were applied."""
        columns = (APPLIED.c.event_id, APPLIED.c.subject, APPLIED.c.name)
        with self.database.read() as connection:
            rows = connection.execute(select(*columns).order_by(APPLIED.c.place))
            return [tuple(row) for row in rows]

    def stop(self) -> None:
        self._bell.stop()
        self._thread.join(30)
        self._client.close()
        self.database.close()


def _apply(connection: Connection, events: list[Event]) -> None:
    rows = [{"event_id": event.event_id, "subject": event.stream_id, "name": event.name} for event in events]
    connection.execute(insert(APPLIED), rows)
