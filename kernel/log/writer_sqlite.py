"""The writer on SQLite: one `BEGIN IMMEDIATE` transaction that also seals what it wrote."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, bindparam, delete, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import IntegrityError, OperationalError

from kernel import instants
from kernel.log import faults
from kernel.log.store import Batch, Conflict, StoredCommand, StoreGone, StreamHead, View, by_name, primary_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from kernel.log.database import Database
    from kernel.log.store import SetChange


class SqliteStore:
    """`LogStore` on SQLite; `seal` numbers the events in the same transaction, `sealed` follows the commit."""

    def __init__(
        self,
        database: Database,
        log: Mapping[str, Table],
        live: Iterable[Table],
        *,
        seal: Callable[[Connection], Any],
        sealed: Callable[[Any], None],
    ) -> None:
        """Write the given live tables beside the log."""
        self._database = database
        self._log = log
        self._live = by_name(live)
        self._upserts = {name: _upsert(table) for name, table in self._live.items()}
        self._seal = seal
        self._sealed = sealed

    def view(
        self, command_ids: Sequence[str], stream_ids: Sequence[str], rows: Mapping[str, Sequence[str]]
    ) -> View:
        """Read all of it in one snapshot."""
        try:
            return self._view(command_ids, stream_ids, rows)
        except OperationalError as fault:
            raise StoreGone from fault

    def _view(
        self, command_ids: Sequence[str], stream_ids: Sequence[str], rows: Mapping[str, Sequence[str]]
    ) -> View:
        command, stream = self._log["command"].c, self._log["stream"].c
        view = View(now=instants.now())
        with self._database.read() as connection:
            query = select(
                command.command_id, command.subject, command.method, command.request_hash, command.answer
            ).where(command.command_id.in_(command_ids))
            view.commands = {row[0]: StoredCommand(*row[1:]) for row in connection.execute(query)}
            heads = select(
                stream.stream_id, stream.institution, stream.version, stream.head_hash, stream.recorded_at
            ).where(stream.stream_id.in_(stream_ids))
            view.streams = {row[0]: StreamHead(*row[1:]) for row in connection.execute(heads)}
            for name, keys in rows.items():
                table = self._live[name]
                key = primary_key(table)
                found = connection.execute(select(table).where(table.c[key].in_(keys))).mappings()
                view.rows[name] = {row[key]: dict(row) for row in found}
        return view

    def write(self, batch: Batch) -> None:
        """Write and seal all of it in one transaction."""
        try:
            with self._database.write() as connection:
                self._write(connection, batch)
                faults.point("writer.written")
                head = self._seal(connection) if batch.events else None
                faults.point("writer.sealed")
        except IntegrityError as fault:
            raise Conflict from fault
        except OperationalError as fault:
            raise StoreGone from fault
        faults.point("writer.committed")
        if head is not None:
            self._sealed(head)

    def close(self) -> None:
        """Nothing: the database is closed by who opened it."""

    def _write(self, connection: Connection, batch: Batch) -> None:
        self._move_streams(connection, batch)
        faults.point("writer.streams")
        if batch.commands:
            connection.execute(
                insert(self._log["command"]),
                [
                    asdict(command) | {"command_id": command_id, "recorded_at": batch.recorded_at}
                    for command_id, command in batch.commands.items()
                ],
            )
        faults.point("writer.commands")
        if batch.events:
            connection.execute(insert(self._log["event"]), [row._asdict() for row in batch.events])
            worklist = [{"event_id": row.event_id, "event_hash": row.event_hash} for row in batch.events]
            connection.execute(insert(self._log["unsealed"]), worklist)
        faults.point("writer.events")
        for name, rows in batch.rows.items():
            connection.execute(self._upserts[name], list(rows.values()))
        for name, change in batch.sets.items():
            self._change_set(connection, name, change)

    def _change_set(self, connection: Connection, name: str, change: SetChange) -> None:
        table = self._live[name]
        columns = [str(column.name) for column in table.columns]
        if change.lost:
            taken_out = delete(table).where(*(table.c[column] == bindparam(f"_{column}") for column in columns))
            connection.execute(
                taken_out, [{f"_{column}": row[at] for at, column in enumerate(columns)} for row in change.lost]
            )
        if change.gained:
            # By the driver, and in order: two dozen rows for each person, each next to its neighbours.
            places = ", ".join("?" * len(columns))
            connection.exec_driver_sql(
                f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({places}) ON CONFLICT DO NOTHING",
                sorted(change.gained),
            )

    def _move_streams(self, connection: Connection, batch: Batch) -> None:
        stream = self._log["stream"]
        new = [(key, head) for key, (base, head) in batch.streams.items() if base == 0]
        if new:
            connection.execute(
                insert(stream), [head._asdict() | {"stream_id": key, "base_version": 0} for key, head in new]
            )
        move = (
            update(stream)
            .where(stream.c.stream_id == bindparam("key"), stream.c.version == bindparam("base"))
            .values({name: bindparam(name) for name in ("base_version", "version", "head_hash", "recorded_at")})
        )
        for key, (base, head) in batch.streams.items():
            if base:
                values = head._asdict() | {"key": key, "base": base, "base_version": base}
                values.pop("institution")
                if connection.execute(move, values).rowcount != 1:
                    raise Conflict


def _upsert(table: Table) -> Any:
    statement = upsert(table)
    keys = [column.name for column in table.primary_key.columns]
    moves = {
        column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys
    }
    if not moves:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(index_elements=keys, set_=moves)


def data_version(connection: Connection) -> int:
    """Grows when another connection has committed: how a process notices its neighbour's writes."""
    return int(connection.execute(text("PRAGMA data_version")).scalar_one())
