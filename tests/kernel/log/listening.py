"""A listener that counts what it applies, in the transaction that moves its cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from kernel.log.reading import read_log
from kernel.log.subscription import Subscription
from tests.kernel.log.support import SERVICE, rows_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kernel.envelope import Event
    from kernel.log.database import Database

CONSUMER = "evaluation"


class Counting:
    """Applies events into the table `effect`, which refuses none: a second application would show."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.poison: set[str] = set()
        self.batches: list[int] = []
        with database.write() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS effect (event_id TEXT, stream_id TEXT)"))
            connection.execute(text("DELETE FROM effect"))

    def apply(self, connection: Connection, events: list[Event]) -> None:
        self.batches.append(len(events))
        rows = [{"event_id": event.event_id, "stream_id": event.stream_id} for event in events]
        connection.execute(text("INSERT INTO effect VALUES (:event_id, :stream_id)"), rows)
        if any(event.event_id in self.poison for event in events):
            raise RuntimeError("cannot apply")

    def applied(self) -> list[str]:
        return sorted(
            event_id for event_id, _ in rows_of(self.database, "SELECT event_id, stream_id FROM effect")
        )

    def read_log(self, after: int, limit: int) -> dict[str, Any]:
        with self.database.read() as connection:
            return read_log(connection, after, limit)

    def subscription(self, **changed: Any) -> Subscription:
        words: dict[str, Any] = {"apply": self.apply, "read_log": self.read_log} | changed
        return Subscription(self.database, CONSUMER, SERVICE, **words)
