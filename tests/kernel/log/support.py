"""Events put into a log by plain statements, as the writer leaves them, and a secret for heads."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, insert, text

from kernel import canonical, instants
from kernel.envelope import GENESIS, Event, event_hash
from kernel.log.database import Database
from kernel.log.heads import HeadFile, newest
from kernel.log.schema import log_tables
from kernel.log.sealer import seal_pending
from kernel.log.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

SERVICE = "feedback"
HEAD_KEY = bytes(range(32))
STREAMS = 5
LAST = STREAMS * 4
METADATA = MetaData()
TABLES = log_tables(METADATA)
NAMES = ("ticket_submitted", "ticket_assigned", "ticket_replied", "ticket_closed")


@dataclass(frozen=True)
class Secrets:
    """Synthetic."""

    head_key: bytes = HEAD_KEY


def open_database(url_template: str) -> Database:
    """The service's database with the log's tables in it."""
    database = Database(url_template.replace("{service}", SERVICE))
    METADATA.create_all(database.engine)
    return database


def an_event(stream_id: str, version: int, **changed: Any) -> Event:
    """A synthetic event."""
    now = instants.now()
    fields: dict[str, Any] = {
        "event_id": str(uuid.uuid4()),
        "service": SERVICE,
        "name": NAMES[(version - 1) % len(NAMES)],
        "schema_version": 1,
        "stream_id": stream_id,
        "stream_version": version,
        "institution": "datong",
        "occurred_at": now,
        "recorded_at": now,
        "actor": "operator:o-1",
        "command_id": str(uuid.uuid4()),
        "data": {
            "ticket_id": stream_id.removeprefix("ticket/"),
            "round": 1,
            "institution": "datong",
            "channel": "letters",
            "title": {"$sealed": "k1:" + "A" * 60},
            "body": {"$sealed": "k1:" + "B" * 200},
        },
    }
    return Event(**fields | changed)


def append(connection: Connection, stream_id: str, count: int = 1, **changed: Any) -> list[dict[str, Any]]:
    """Append synthetic events to a stream, unsealed; answer their rows."""
    query = text("SELECT version, head_hash FROM stream WHERE stream_id = :stream_id")
    known = connection.execute(query, {"stream_id": stream_id}).one_or_none()
    version, previous = known or (0, GENESIS)
    rows = list(chained(stream_id, version, previous, count, **changed))
    last = rows[-1]
    head = {
        "stream_id": stream_id,
        "institution": "datong",
        "base_version": version,
        "version": last["stream_version"],
        "head_hash": last["event_hash"],
        "recorded_at": last["recorded_at"],
    }
    if known:
        connection.execute(TABLES["stream"].delete().where(TABLES["stream"].c.stream_id == stream_id))
    connection.execute(insert(TABLES["stream"]), head)
    connection.execute(insert(TABLES["event"]), rows)
    hashes = [{"event_id": row["event_id"], "event_hash": row["event_hash"]} for row in rows]
    connection.execute(insert(TABLES["unsealed"]), hashes)
    return rows


def chained(
    stream_id: str, version: int, previous: bytes, count: int, **changed: Any
) -> Iterator[dict[str, Any]]:
    """Rows of `event` that go on from a version and its hash."""
    for following in range(version + 1, version + 1 + count):
        event = an_event(stream_id, following, **changed)
        body = canonical.encode(event.cloud_event())
        digest = event_hash(previous, body)
        yield {
            "event_id": event.event_id,
            "stream_id": stream_id,
            "stream_version": following,
            "command_id": event.command_id,
            "name": event.name,
            "recorded_at": event.recorded_at,
            "body": body,
            "prev_hash": previous,
            "event_hash": digest,
        }
        previous = digest


def fill(database: Database, streams: int = 5, events: int = 4, *, seal_every: int = 0) -> None:
    """`streams * events` events, interleaved; sealed after every so many transactions, 0 for not at all."""
    for turn in range(events):
        for number in range(streams):
            with database.write() as connection:
                append(connection, f"ticket/{number:04}")
                if seal_every and (turn * streams + number + 1) % seal_every == 0:
                    seal_pending(connection, database.dialect, SERVICE, HEAD_KEY)


def seal_all(database: Database) -> None:
    """Until nothing waits."""
    while True:
        with database.write() as connection:
            if seal_pending(connection, database.dialect, SERVICE, HEAD_KEY) is None:
                return


def rows_of(database: Database, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of an SQL text."""
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def note_head(database: Database, home: Path) -> None:
    """Write the newest head into the file outside the database, as the log process does."""
    with database.read() as connection:
        head = newest(connection)
    assert head is not None
    HeadFile.of(home, SERVICE).note(head)


def interleaved(database: Database, home: Path) -> Database:
    """Five streams of four events, sealed and noted.

    Position p is version (p - 1) // 5 + 1 of stream (p - 1) % 5.
    """
    with database.write() as connection:
        for number in range(LAST):
            append(connection, f"ticket/{number % STREAMS:04}")
            if number % 3 == 2 or number == LAST - 1:
                seal_pending(connection, database.dialect, SERVICE, HEAD_KEY)
    note_head(database, home)
    return database


def faults_of(database: Database, home: Path) -> list[tuple[str, int | None]]:
    """What verification finds: kind and position of each fault."""
    report = verify(database, SERVICE, HEAD_KEY, HeadFile.of(home, SERVICE).path)
    assert report["ok"] == (not report["faults"])
    assert all(fault["message"] for fault in report["faults"])
    return [(fault["kind"], fault["position"]) for fault in report["faults"]]
