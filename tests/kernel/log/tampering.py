"""What somebody with every right on the database can do to a log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, text

from kernel.merkle import leaf_hash
from tests.kernel.log.support import TABLES, chained, rows_of

if TYPE_CHECKING:
    from kernel.log.database import Database


def tamper(database: Database, statement: str, **values: Any) -> None:
    """An SQL text run by somebody with every right on the database."""
    with database.write() as connection:
        connection.execute(text(statement), values)


def event_at(database: Database, position: int) -> dict[str, Any]:
    """The row at a position."""
    query = "SELECT event.* FROM event JOIN log_entry USING (event_id) WHERE position = :position"
    with database.read() as connection:
        return dict(connection.execute(text(query), {"position": position}).mappings().one())


def set_column(database: Database, position: int, **columns: Any) -> None:
    """Write over columns of the event at a position."""
    event_id = event_at(database, position)["event_id"]
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    tamper(database, f"UPDATE event SET {changes} WHERE event_id = :known", known=event_id, **columns)


def cut(database: Database, size: int) -> None:
    """Everything behind a size, as if it had never been: events, positions, checkpoints, stream rows."""
    lost = "SELECT event_id FROM log_entry WHERE position > :size"
    tamper(database, f"DELETE FROM event WHERE event_id IN ({lost})", size=size)
    tamper(database, "DELETE FROM log_entry WHERE position > :size", size=size)
    tamper(database, "DELETE FROM checkpoint WHERE size > :size", size=size)
    tamper(database, "DELETE FROM stream")
    with database.write() as connection:
        for stream_id in {row[0] for row in rows_of(database, "SELECT stream_id FROM event")}:
            query = "SELECT * FROM event WHERE stream_id = :stream_id ORDER BY stream_version DESC LIMIT 1"
            last = connection.execute(text(query), {"stream_id": stream_id}).mappings().one()
            head = {
                "stream_id": stream_id,
                "institution": "datong",
                "base_version": last["stream_version"] - 1,
                "version": last["stream_version"],
                "head_hash": last["event_hash"],
                "recorded_at": last["recorded_at"],
            }
            connection.execute(insert(TABLES["stream"]), head)


def forge(database: Database, stream_id: str) -> dict[str, Any]:
    """A well-formed event behind a stream's last one, put in beside the writer."""
    query = "SELECT version, head_hash FROM stream WHERE stream_id = :stream_id"
    ((version, digest),) = rows_of(database, query, stream_id=stream_id)
    (row,) = chained(stream_id, version, digest, 1)
    with database.write() as connection:
        connection.execute(insert(TABLES["event"]), row)
    tamper(
        database,
        "UPDATE stream SET version = :version, head_hash = :head_hash WHERE stream_id = :stream_id",
        version=version + 1,
        head_hash=row["event_hash"],
        stream_id=stream_id,
    )
    return row


def place(database: Database, position: int, row: dict[str, Any]) -> None:
    """Give an event a position, as the sealer does."""
    tamper(
        database,
        "INSERT INTO log_entry (position, event_id, leaf_hash) VALUES (:position, :event_id, :leaf)",
        position=position,
        event_id=row["event_id"],
        leaf=leaf_hash(row["event_hash"]),
    )


def rewrite(database: Database, position: int, *, leaves: bool) -> None:
    """Change an event and carry hashes and chain on to the end of its stream, leaves too if asked."""
    changed = event_at(database, position)
    stream_id, version = changed["stream_id"], changed["stream_version"]
    with database.write() as connection:
        query = "SELECT count(*) FROM event WHERE stream_id = :stream_id AND stream_version >= :version"
        count = connection.execute(text(query), {"stream_id": stream_id, "version": version}).scalar_one()
        old = rows_of(
            database,
            "SELECT event_id FROM event WHERE stream_id = :s AND stream_version >= :v ORDER BY stream_version",
            s=stream_id,
            v=version,
        )
        new = list(chained(stream_id, version - 1, changed["prev_hash"], count))
        for (event_id,), row in zip(old, new, strict=True):
            row_of_event = {**row, "known": event_id}
            columns = ", ".join(f"{name} = :{name}" for name in row)
            connection.execute(text(f"UPDATE event SET {columns} WHERE event_id = :known"), row_of_event)
            entry = "UPDATE log_entry SET event_id = :event_id WHERE event_id = :known"
            connection.execute(text(entry), {"event_id": row["event_id"], "known": event_id})
            if leaves:
                entry = "UPDATE log_entry SET leaf_hash = :leaf WHERE event_id = :event_id"
                leaf = {"leaf": leaf_hash(row["event_hash"]), "event_id": row["event_id"]}
                connection.execute(text(entry), leaf)
        head = "UPDATE stream SET head_hash = :head_hash WHERE stream_id = :stream_id"
        connection.execute(text(head), {"head_hash": new[-1]["event_hash"], "stream_id": stream_id})
