"""The writer on PostgreSQL: a batch is read by one statement and written by one.

Each statement takes JSON and runs outside an explicit transaction, so that it is one itself: two round
trips a batch, whatever its size. Two dozen statements would cost six times the CPU.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson
import psycopg
from psycopg import errors
from sqlalchemy import BigInteger, Integer

from kernel.log import faults
from kernel.log.store import (
    Batch,
    Conflict,
    StoredCommand,
    StoreGone,
    StreamHead,
    View,
    by_name,
    primary_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Table

    from kernel.log.database import Database
    from kernel.log.store import SetChange

_CLOCK = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"
_COMMANDS = """coalesce((SELECT json_agg(json_build_array(command_id, subject, method,
    encode(request_hash, 'hex'), convert_from(answer, 'UTF8')))
    FROM command WHERE command_id = ANY(%s)), '[]')"""
_STREAMS = """coalesce((SELECT json_agg(json_build_array(stream_id, institution, version,
    encode(head_hash, 'hex'), recorded_at)) FROM stream WHERE stream_id = ANY(%s)), '[]')"""
_WRITE = """
WITH moved AS (
    INSERT INTO stream AS known (stream_id, institution, base_version, version, head_hash, recorded_at)
    SELECT stream_id, institution, base_version, version, head_hash, recorded_at
    FROM json_populate_recordset(NULL::stream, %s::json) ORDER BY stream_id
    ON CONFLICT (stream_id) DO UPDATE
    SET base_version = EXCLUDED.base_version, version = EXCLUDED.version,
        head_hash = EXCLUDED.head_hash, recorded_at = EXCLUDED.recorded_at
    WHERE known.version = EXCLUDED.base_version
    RETURNING 1
), done AS (
    INSERT INTO command (command_id, subject, method, request_hash, answer, recorded_at)
    SELECT command_id, subject, method, decode(request_hash, 'hex'), convert_to(answer, 'UTF8'), recorded_at
    FROM json_to_recordset(%s::json) AS x(command_id text, subject text, method text, request_hash text,
                                          answer text, recorded_at bigint)
), happened AS MATERIALIZED (
    SELECT x.* FROM ROWS FROM (json_to_recordset(%s::json) AS (event_id text, stream_id text,
        stream_version int, command_id text, name text, recorded_at bigint, body text, prev_hash text,
        event_hash text)) WITH ORDINALITY AS x
), kept AS (
    INSERT INTO event (event_id, stream_id, stream_version, command_id, name, recorded_at, body, prev_hash,
                       event_hash)
    SELECT event_id, stream_id, stream_version, command_id, name, recorded_at, convert_to(body, 'UTF8'),
           decode(prev_hash, 'hex'), decode(event_hash, 'hex') FROM happened
), to_seal AS (
    INSERT INTO unsealed (event_id, event_hash)
    SELECT event_id, decode(event_hash, 'hex') FROM happened ORDER BY ordinality
){live}
SELECT 1 / (CASE WHEN (SELECT count(*) FROM moved) = %s THEN 1 ELSE 0 END)
"""
_MANY = 32
_STREAM_TYPES = ("text", "text", "int4", "int4", "bytea", "int8")
_EVENT_TYPES = ("text", "text", "int4", "text", "text", "int8", "bytea", "bytea", "bytea")
# A plan made while the tables are empty prefers scans and would be kept while they grow.
_STEER = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off"


class PostgresqlStore:
    """`LogStore` on PostgreSQL. One connection, for one thread at a time."""

    def __init__(self, database: Database, live: Iterable[Table]) -> None:
        """Write the given live tables beside the log."""
        self._url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._live = by_name(live)
        self._statements: dict[tuple[str, ...], bytes] = {}
        self._connection: psycopg.Connection[Any] | None = None

    def view(
        self, command_ids: Sequence[str], stream_ids: Sequence[str], rows: Mapping[str, Sequence[str]]
    ) -> View:
        """Read all of it in one statement."""
        names = sorted(rows)
        parts = [_CLOCK, _COMMANDS, _STREAMS, *(self._row_query[name] for name in names)]
        statement = f"SELECT json_build_array({', '.join(parts)})::text"
        values = (list(command_ids), list(stream_ids), *(list(rows[name]) for name in names))
        (text,) = self._run(statement.encode(), values)
        now, commands, streams, *found = orjson.loads(text)
        return View(
            now=now,
            commands={
                row[0]: StoredCommand(row[1], row[2], bytes.fromhex(row[3]), row[4].encode())
                for row in commands
            },
            streams={row[0]: StreamHead(row[1], row[2], bytes.fromhex(row[3]), row[4]) for row in streams},
            rows={
                name: {row[self._keys[name]]: row for row in listed}
                for name, listed in zip(names, found, strict=True)
            },
        )

    def write(self, batch: Batch) -> None:
        """Write all of it in one statement, which is its own transaction; many new streams by COPY."""
        faults.point("writer.before")
        if len(batch.streams) > _MANY and _all_new(batch):
            self._guarded(lambda: self._copy(batch))
        else:
            self._write(batch)
        faults.point("writer.committed")

    def _write(self, batch: Batch) -> None:
        names, sets = tuple(sorted(batch.rows)), tuple(sorted(batch.sets))
        values = (
            orjson.dumps([_stream(stream_id, *moved) for stream_id, moved in batch.streams.items()]).decode(),
            orjson.dumps([_command(batch, *item) for item in batch.commands.items()]).decode(),
            orjson.dumps([_event(row) for row in batch.events]).decode(),
            *(orjson.dumps(list(batch.rows[name].values())).decode() for name in names),
            *(text for name in sets for text in self._members(name, batch.sets[name])),
            len(batch.streams),
        )
        self._run(self._write_statement(names, sets), values)

    def _members(self, name: str, change: SetChange) -> Iterator[str]:
        columns = [str(column.name) for column in self._live[name].columns]
        for members in (change.lost, change.gained):
            yield orjson.dumps([dict(zip(columns, row, strict=True)) for row in members]).decode()

    def _copy(self, batch: Batch) -> None:
        """Streams that are all new have only new rows: COPY takes them without JSON in between."""
        connection = self._connected()
        with connection.transaction(), connection.cursor() as cursor:
            for command_id, command in batch.commands.items():
                values = (command_id, command.subject, command.method, command.request_hash, command.answer)
                cursor.execute(
                    "INSERT INTO command VALUES (%s, %s, %s, %s, %s, %s)", (*values, batch.recorded_at)
                )
            _copy_rows(cursor, "stream", _STREAM_TYPES, _new_streams(batch))
            _copy_rows(cursor, "event", _EVENT_TYPES, batch.events)
            worklist = ((row.event_id, row.event_hash) for row in batch.events)
            _copy_rows(cursor, "unsealed (event_id, event_hash)", ("text", "bytea"), worklist)
            for name, rows in batch.rows.items():
                columns = [str(column.name) for column in self._live[name].columns]
                types = [_type_name(column.type) for column in self._live[name].columns]
                listed = (tuple(row[column] for column in columns) for row in rows.values())
                _copy_rows(cursor, f"{name} ({', '.join(columns)})", types, listed)
            for name, change in batch.sets.items():
                types = [_type_name(column.type) for column in self._live[name].columns]
                # In order, so that neighbours in the index are written one after another.
                _copy_rows(cursor, name, types, sorted(change.gained))

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, statement: bytes, values: tuple[Any, ...]) -> tuple[Any, ...]:
        row = self._guarded(lambda: self._connected().execute(statement, values, prepare=True).fetchone())
        if row is None:
            raise StoreGone
        return tuple(row)

    def _guarded(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (errors.UniqueViolation, errors.DivisionByZero, errors.SerializationFailure) as fault:
            raise Conflict from fault
        except (errors.DeadlockDetected, errors.LockNotAvailable) as fault:
            raise Conflict from fault
        except psycopg.OperationalError as fault:
            self.close()
            raise StoreGone from fault

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5, prepare_threshold=1)
            connection.execute(_STEER)
            self._connection = connection
        return self._connection

    def _write_statement(self, names: tuple[str, ...], sets: tuple[str, ...]) -> bytes:
        statement = self._statements.get((*names, "", *sets))
        if statement is None:
            live = "".join(f", live_{name} AS ({_upsert(self._live[name])})" for name in names)
            for name in sets:
                live += f", lost_{name} AS ({_take_out(self._live[name])})"
                live += f", gained_{name} AS ({_upsert(self._live[name])})"
            # psycopg remembers how a statement is parsed only while it is short.
            statement = " ".join(_WRITE.format(live=live).split()).encode()
            self._statements[*names, "", *sets] = statement
        return statement

    @cached_property
    def _keys(self) -> dict[str, str]:
        return {name: primary_key(table) for name, table in self._live.items() if len(table.primary_key) == 1}

    @cached_property
    def _row_query(self) -> dict[str, str]:
        return {
            name: f"coalesce((SELECT json_agg(row_to_json(x)) FROM {name} x WHERE {key} = ANY(%s)), '[]')"
            for name, key in self._keys.items()
        }


def _upsert(table: Table) -> str:
    keys = [str(column.name) for column in table.primary_key.columns]
    moves = ", ".join(
        f"{column.name} = EXCLUDED.{column.name}" for column in table.columns if column.name not in keys
    )
    return (
        f"INSERT INTO {table.name} SELECT * FROM json_populate_recordset(NULL::{table.name}, %s::json) "
        f"ON CONFLICT ({', '.join(keys)}) DO {f'UPDATE SET {moves}' if moves else 'NOTHING'}"
    )


def _take_out(table: Table) -> str:
    same = " AND ".join(f"kept.{column.name} = x.{column.name}" for column in table.columns)
    return (
        f"DELETE FROM {table.name} AS kept USING json_populate_recordset(NULL::{table.name}, %s::json) AS x "
        f"WHERE {same}"
    )


def _all_new(batch: Batch) -> bool:
    """Whether every stream is new, and so every row and member too."""
    return not any(base for base, _ in batch.streams.values()) and not any(
        change.lost for change in batch.sets.values()
    )


def _type_name(kind: object) -> str:
    if isinstance(kind, BigInteger):
        return "int8"
    return "int4" if isinstance(kind, Integer) else "text"


def _copy_rows(cursor: psycopg.Cursor[Any], target: str, types: Sequence[str], rows: Iterable[Any]) -> None:
    with cursor.copy(f"COPY {target} FROM STDIN (FORMAT BINARY)".encode()) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _new_streams(batch: Batch) -> Iterator[tuple[Any, ...]]:
    for stream_id, (_, head) in batch.streams.items():
        yield stream_id, head.institution, 0, head.version, head.head_hash, head.recorded_at


def _stream(stream_id: str, base_version: int, head: StreamHead) -> dict[str, Any]:
    return {
        "stream_id": stream_id,
        "institution": head.institution,
        "base_version": base_version,
        "version": head.version,
        "head_hash": "\\x" + head.head_hash.hex(),
        "recorded_at": head.recorded_at,
    }


def _command(batch: Batch, command_id: str, command: StoredCommand) -> dict[str, Any]:
    return {
        "command_id": command_id,
        "subject": command.subject,
        "method": command.method,
        "request_hash": command.request_hash.hex(),
        "answer": command.answer.decode(),
        "recorded_at": batch.recorded_at,
    }


def _event(row: Any) -> dict[str, Any]:
    return {
        "event_id": row.event_id,
        "stream_id": row.stream_id,
        "stream_version": row.stream_version,
        "command_id": row.command_id,
        "name": row.name,
        "recorded_at": row.recorded_at,
        "body": row.body.decode(),
        "prev_hash": row.prev_hash.hex(),
        "event_hash": row.event_hash.hex(),
    }
