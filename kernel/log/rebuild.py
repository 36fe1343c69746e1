"""The log is the truth: what live tables should hold, compared with what they do hold, and refilled.

A service says by one pure function what a stream's events make; the same function runs in the command's
transaction. Streams come in the byte order of their ids and live rows in the order of their keys, so the two
are merged in constant memory, whatever their number.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, Text, delete, insert, text

from kernel import instants
from kernel.log.damage import located
from kernel.log.leader import keep_out
from kernel.log.reading import streams
from kernel.log.snapshot import Snapshot
from kernel.log.stream_rows import STREAM, restore, stream_agrees, stream_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Table

    from kernel.envelope import Event
    from kernel.log.database import Database
    from kernel.log.upcasting import Upcaster

    Rows = Mapping[str, Mapping[str, Mapping[str, Any]]]

_MOST_LISTED = 1000
_BATCH = 1000
_POSITION = text("SELECT coalesce(max(position), 0) FROM log_entry")
_POSITION_UNTIL = text(
    "SELECT coalesce(max(entry.position), 0) FROM log_entry AS entry JOIN event USING (event_id)"
    " WHERE event.recorded_at <= :until"
)


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A live table; `also` holds further rows of the same shape (a queue in front of it).

    `agrees`: whether a stored row is one that the log allows, where the log determines it in part (the row as
    stored, the row as made).
    """

    table: Table
    also: Table | None = None
    agrees: Callable[[Mapping[str, Any], Mapping[str, Any]], bool] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The primary key's columns; in their order, rows come in the order of streams."""
        return tuple(str(column.name) for column in self.table.primary_key.columns)

    def query(self) -> str:
        """All rows in the order of their keys."""
        columns = ", ".join(str(column.name) for column in self.table.columns)
        parts = [
            f"SELECT {columns} FROM {table.name}" for table in (self.table, self.also) if table is not None
        ]
        return f"SELECT {columns} FROM ({' UNION ALL '.join(parts)}) AS x ORDER BY {', '.join(self.keys)}"

    def types(self) -> tuple[str, ...]:
        """PostgreSQL's names of the columns' types."""
        return tuple(_type_name(column.type) for column in self.table.columns)


def _type_name(kind: object) -> str:
    if isinstance(kind, BigInteger):
        return "int8"
    if isinstance(kind, Integer):
        return "int4"
    return "text" if isinstance(kind, Text) else "varchar"


_STREAMS = LiveTable(STREAM, agrees=stream_agrees)


@dataclass(frozen=True, slots=True)
class Projection:
    """What a service's events make.

    `project` answers the live rows of one stream by table and key, `state` the state that a replay counts (or
    `None`). `checks` compare a table that no single stream makes with the live rows of the same snapshot, and
    answer the ids that differ; `refill` fills such tables anew after a rebuild. `held_after`: see `stream_row`.
    """

    upcaster: Upcaster
    tables: tuple[LiveTable, ...]
    project: Callable[[list[Event]], Rows]
    state: Callable[[list[Event]], str | None]
    checks: Mapping[str, Callable[[Snapshot], list[str]]] = field(default_factory=dict)
    refill: Callable[[Connection, str], None] | None = None
    held_after: frozenset[str] = frozenset()

    def events(self, bodies: Sequence[bytes]) -> list[Event]:
        """A stream's events in today's versions."""
        return [self.upcaster.read(body) for body in bodies]


class _Comparison:
    """Merges one table's live rows with what streams make, both ascending by key."""

    def __init__(self, live: LiveTable, snapshot: Snapshot) -> None:
        self._agrees = live.agrees
        self._columns = tuple(str(column.name) for column in live.table.columns)
        self._key_places = [self._columns.index(name) for name in live.keys]
        self._rows: Iterator[tuple[Any, ...]] = snapshot.rows(live.query(), live.types())
        self._next: tuple[Any, ...] | None = next(self._rows, None)
        self.name = live.table.name
        self.rows = 0
        self.different: list[str] = []

    def expect(self, made: Mapping[str, Mapping[str, Any]]) -> None:
        """Rows of the next stream; each must come next, and nothing may stand before it."""
        expected = sorted(tuple(row[name] for name in self._columns) for row in made.values())
        for row in expected:
            self._skip_before(self._key(row))
            if self._next is not None and self._key(self._next) == self._key(row):
                if not self._same(self._next, row):
                    self._differs(row)
                self._advance()
            else:
                self._differs(row)

    def finish(self) -> dict[str, Any]:
        """What is left stands in no event."""
        while self._next is not None:
            self._differs(self._next)
            self._advance()
        return {"table": self.name, "rows": self.rows, "different": self.different}

    def _same(self, found: tuple[Any, ...], made: tuple[Any, ...]) -> bool:
        if found == made or self._agrees is None:
            return found == made
        return self._agrees(*(dict(zip(self._columns, row, strict=True)) for row in (found, made)))

    def _skip_before(self, key: tuple[Any, ...]) -> None:
        while self._next is not None and self._key(self._next) < key:
            self._differs(self._next)
            self._advance()

    def _advance(self) -> None:
        self.rows += 1
        self._next = next(self._rows, None)

    def _key(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(row[place] for place in self._key_places)

    def _differs(self, row: tuple[Any, ...]) -> None:
        if len(self.different) < _MOST_LISTED:
            self.different.append("/".join(str(part) for part in self._key(row)))


def diff(database: Database, projection: Projection, service: str) -> dict[str, Any]:
    """`{"ok","service","position","tables": [{"table","rows","different": [ids]}]}` at one moment.

    Compares every live row with what its stream's events make, sealed or not; at most 1,000 ids a table.
    `Damaged`: see `located`, here and below.
    """
    with Snapshot(database) as snapshot, located(snapshot):
        comparisons = [_Comparison(table, snapshot) for table in (*projection.tables, _STREAMS)]
        for stream_id, bodies in streams(snapshot):
            events = projection.events(bodies)
            made = {**projection.project(events)}
            made[STREAM.name] = {stream_id: stream_row(events, projection.held_after)}
            for comparison in comparisons:
                comparison.expect(made.get(comparison.name, {}))
        tables = [comparison.finish() for comparison in comparisons]
        for name, check in projection.checks.items():
            rows = snapshot.connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            tables.append({"table": name, "rows": rows, "different": check(snapshot)[:_MOST_LISTED]})
        position = snapshot.connection.execute(_POSITION).scalar_one()
    ok = not any(table["different"] for table in tables)
    return {"ok": ok, "service": service, "position": position, "tables": tables}


def replay(
    database: Database, projection: Projection, service: str, as_of: int | None = None
) -> dict[str, Any]:
    """`{"service","as_of","position","counts": {state: n}}`: what the log said at a moment of recording."""
    counts: Counter[str] = Counter()
    with Snapshot(database) as snapshot, located(snapshot):
        for _, bodies in streams(snapshot, as_of):
            state = projection.state(projection.events(bodies))
            if state is not None:
                counts[state] += 1
        if as_of is None:
            position = snapshot.connection.execute(_POSITION).scalar_one()
        else:
            position = snapshot.connection.execute(_POSITION_UNTIL, {"until": as_of}).scalar_one()
    return {
        "service": service,
        "as_of": None if as_of is None else instants.to_text(as_of),
        "position": position,
        "counts": dict(sorted(counts.items())),
    }


class ServiceRuns(Exception):
    """A log process of the service moves rows of the live tables meanwhile."""


def rebuild(database: Database, projection: Projection, service: str) -> int:
    """Empty the live tables and fill them from the log, in one transaction; how many rows were written.

    What is wrong in `stream` is put right too. Writers wait: on PostgreSQL for the lock on `stream`, on SQLite
    for the one write transaction. `ServiceRuns` where a log process leads (PostgreSQL); until the end none can
    begin to.
    """
    written = 0
    with database.write() as connection:
        if database.dialect == "postgresql":
            if not keep_out(connection, service):
                raise ServiceRuns(service)
            connection.execute(text("LOCK TABLE stream IN EXCLUSIVE MODE"))
        _empty(connection, projection)
        with Snapshot(database) as snapshot, located(snapshot):
            waiting: dict[str, list[Mapping[str, Any]]] = {live.table.name: [] for live in projection.tables}
            heads: list[dict[str, Any]] = []
            for _, bodies in streams(snapshot):
                events = projection.events(bodies)
                made = projection.project(events)
                heads.append(stream_row(events, projection.held_after))
                if len(heads) >= _BATCH:
                    restore(connection, heads)
                for live in projection.tables:
                    rows = waiting[live.table.name]
                    rows += made.get(live.table.name, {}).values()
                    if len(rows) >= _BATCH:
                        written += _flush(connection, live.table, rows)
        restore(connection, heads)
        for live in projection.tables:
            written += _flush(connection, live.table, waiting[live.table.name])
        if projection.refill is not None:
            projection.refill(connection, database.dialect)
    return written


def _empty(connection: Connection, projection: Projection) -> None:
    for live in projection.tables:
        for table in (live.table, live.also):
            if table is not None:
                connection.execute(delete(table))


def _flush(connection: Connection, table: Table, rows: list[Mapping[str, Any]]) -> int:
    if rows:
        connection.execute(insert(table), rows)
    written = len(rows)
    rows.clear()
    return written
