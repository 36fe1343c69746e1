"""What one batch of commands reads and writes, and the port that does it on either database.

One transaction holds command rows, stream versions, events, the sealer's worklist and live rows
(docs/architecture.md, "The log is the truth"). The whole batch is written or nothing is: the caller repeats
its commands one by one when that happens, so a writer needs no savepoints.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Table


class Conflict(Exception):
    """A stream moved on, or a unique key was taken, between reading and writing: nothing was written."""


class StoreGone(Exception):
    """The database did not answer; whether the batch was committed is unknown until it does."""


@dataclass(frozen=True, slots=True)
class StoredCommand:
    """A command that was done before, by its id."""

    subject: str
    method: str
    request_hash: bytes
    answer: bytes


class StreamHead(NamedTuple):
    """Where a stream stands; version 0 where it does not exist yet."""

    institution: str
    version: int
    head_hash: bytes
    recorded_at: int


class EventRow(NamedTuple):
    """One row of `event`."""

    event_id: str
    stream_id: str
    stream_version: int
    command_id: str
    name: str
    recorded_at: int
    body: bytes
    prev_hash: bytes
    event_hash: bytes


@dataclass(slots=True)
class View:
    """What a batch was decided on."""

    now: int
    commands: dict[str, StoredCommand] = field(default_factory=dict)
    streams: dict[str, StreamHead] = field(default_factory=dict)
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)


Members = set[tuple[Any, ...]]


@dataclass(slots=True)
class SetChange:
    """What a set table gains and loses: whole rows, all of whose columns are its key. Nothing is in both."""

    gained: Members = field(default_factory=set)
    lost: Members = field(default_factory=set)

    def then(self, later: SetChange) -> None:
        """Let a later change follow this one."""
        self.gained -= later.lost
        self.gained |= later.gained
        self.lost -= later.gained
        self.lost |= later.lost


@dataclass(slots=True)
class Batch:
    """What a batch writes. `streams` maps an id to the version it was read at and its new head.

    `afterwards` is done once the batch is committed, by whoever wrote it.
    """

    commands: dict[str, StoredCommand] = field(default_factory=dict)
    streams: dict[str, tuple[int, StreamHead]] = field(default_factory=dict)
    events: list[EventRow] = field(default_factory=list)
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    sets: dict[str, SetChange] = field(default_factory=dict)
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    recorded_at: int = 0

    def __bool__(self) -> bool:
        return bool(self.commands or self.events or self.rows or self.sets)


class LogStore(Protocol):
    """One service's log and live tables. Live tables have one text primary key each, or are sets of rows."""

    def view(
        self, command_ids: Sequence[str], stream_ids: Sequence[str], rows: Mapping[str, Sequence[str]]
    ) -> View:
        """Stored commands, stream heads and live rows by key, with the database's clock."""

    def write(self, batch: Batch) -> None:
        """Commit the batch; `Conflict` or `StoreGone` otherwise."""

    def close(self) -> None:
        """Give back what it holds beside its database."""


def primary_key(table: Table) -> str:
    """The one key column of a live table."""
    (column,) = table.primary_key.columns
    return str(column.name)


def by_name(tables: Iterable[Table]) -> dict[str, Table]:
    """Tables by their name."""
    return {table.name: table for table in tables}
