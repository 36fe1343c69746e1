"""Stages that have ended, and the counters that make a report's cost independent of how many there are.

A projection inserts into `stage_pending` only: no counter is shared by two commands, so no command waits
for another. `roll_up` moves whatever is committed there into `stage` and into the counters:

* `latency_root`: per institution, key of a dimension, month of submission (and '' for all months together)
  and stage: number, sums, greatest values, and the counts of the root buckets of each measure
  (`services.feedback.domain.latency`).
* `latency_node`: the counts of the children of a bucket with more than `SPLIT` values.

`stage_undone` names the tickets of an undone import: they are taken out again, and the counters of their
institutions are made anew, for a greatest value has no way back. That is dear, and rare.

The counters are functions of the rows of `stage` alone, whatever order these came in; `check` relies on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, text

from kernel.log.schema import key_text
from services.feedback.domain.ticket.stages import STAGES
from services.feedback.storage.latency_check import check, expected_buckets, expected_of
from services.feedback.storage.latency_counters import ALL_INSTITUTIONS, StageRow, add_rows
from services.feedback.storage.latency_lookups import as_json, asked_rows
from services.feedback.storage.latency_rows import StoredCounters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

__all__ = [
    "ALL_INSTITUTIONS",
    "StageRow",
    "check",
    "expected_buckets",
    "latency_tables",
    "open_ticket_index",
    "rebuild",
    "roll_up",
]

# Not yet replied.
OPEN_STATES: Final = ("submitted", "accepted", "assigned")
# Any number that nothing else in this database takes as an advisory lock.
_TURN: Final = 0x6C61_7465_6E63_79
_COLUMNS: Final = ", ".join(StageRow._fields)
_UNDONE: Final = {"ticket_id": "text"}


def latency_tables(metadata: MetaData) -> dict[str, Table]:
    """Define the latency tables on a service's metadata; answer them by name."""
    queue = {"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 5000}
    often_updated = {"fillfactor": 70}
    tables = [
        Table("stage_pending", metadata, *_stage_columns(), postgresql_with=queue),
        Table("stage", metadata, *_stage_columns()),
        Table("stage_undone", metadata, Column("ticket_id", key_text(36), primary_key=True)),
        Table(
            "latency_root",
            metadata,
            *_counter_columns(),
            # Before the key: the roots of one period then lie side by side.
            Column("month", key_text(7), primary_key=True),
            Column("stage", key_text(20), primary_key=True),
            Column("key", key_text(40), primary_key=True),
            Column("count", BigInteger, nullable=False),
            Column("provisional", BigInteger, nullable=False),
            # Decimal text: a million tickets of a few months each add up to more than 2**63 microseconds.
            Column("elapsed_sum", key_text(40), nullable=False),
            Column("working_days_sum", key_text(40), nullable=False),
            Column("working_sum", key_text(40), nullable=False),
            Column("elapsed_max", BigInteger, nullable=False),
            Column("working_days_max", BigInteger, nullable=False),
            Column("working_max", BigInteger, nullable=False),
            # How often each number of working days occurs; then the counts of the root buckets.
            Column("days", LargeBinary, nullable=False),
            Column("elapsed_counts", LargeBinary, nullable=False),
            Column("working_counts", LargeBinary, nullable=False),
            # Compressing a row anew with every batch would cost more than the room it takes.
            postgresql_with=often_updated | {"toast_tuple_target": 8160},
        ),
        Table(
            "latency_node",
            metadata,
            *_counter_columns(),
            Column("key", key_text(40), primary_key=True),
            Column("stage", key_text(20), primary_key=True),
            Column("measure", key_text(8), primary_key=True),
            # Before the width: what lies inside a bucket lies side by side.
            Column("low", BigInteger, primary_key=True, autoincrement=False),
            Column("bits", Integer, primary_key=True, autoincrement=False),
            Column("month", key_text(7), primary_key=True),
            Column("counts", LargeBinary, nullable=False),
            postgresql_with=often_updated,
        ),
    ]
    _index_stage(tables[1])
    return {table.name: table for table in tables}


def _stage_columns() -> list[Column[Any]]:
    return [
        Column("ticket_id", key_text(36), primary_key=True),
        Column("round", Integer, primary_key=True, autoincrement=False),
        Column("stage", key_text(20), primary_key=True),
        Column("institution", key_text(40), nullable=False),
        Column("channel", key_text(40), nullable=False),
        # The lead when the stage ended; '' for none. Not null: an index answers for a column, not for what a
        # function makes of it.
        Column("department", key_text(40), nullable=False),
        Column("submitted_at", BigInteger, nullable=False),
        Column("elapsed_us", BigInteger, nullable=False),
        Column("working_days", Integer, nullable=False),
        Column("working_us", BigInteger, nullable=False),
        Column("provisional", Integer, nullable=False),
    ]


def _counter_columns() -> list[Column[str]]:
    return [
        # '*' counts all institutions together.
        Column("institution", key_text(40), primary_key=True),
        # 'all', 'channel' or 'department'; `key` is the id of it, '' for 'all' and for no department.
        Column("dimension", key_text(12), primary_key=True),
    ]


def _index_stage(stage: Table) -> None:
    for value in ("elapsed_us", "working_us"):
        # One index for all and for a channel, which is no small part of all; a department is. The columns after
        # the value are there to be told from the index alone.
        where, when = (stage.c.institution, stage.c.stage, stage.c[value]), stage.c.submitted_at
        Index(f"stage_{value}", *where, stage.c.channel, when)
        Index(f"stage_department_{value}", stage.c.institution, stage.c.department, *where[1:], when)
    Index("stage_submitted", stage.c.institution, stage.c.submitted_at)


def open_ticket_index(ticket: Table) -> Index:
    """The index by which a report finds the tickets not yet replied, with their ages, channels and leads."""
    is_open = ticket.c.state.in_(OPEN_STATES)
    return Index(
        "ticket_open",
        ticket.c.institution,
        ticket.c.received_at,
        ticket.c.channel,
        ticket.c.lead,
        postgresql_where=is_open,
        sqlite_where=is_open,
    )


def roll_up(connection: Connection, dialect: str, limit: int = 5000) -> int:
    """Move up to `limit` ended stages into `stage` and the counters; answer how many were moved or taken out.

    Runs in the caller's write transaction; 0 also while another one is at it. The larger the batch, the less
    a row costs.
    """
    if dialect == "postgresql":
        # Two would wait for each other row by row; the second has nothing to do that the first does not.
        turn = connection.execute(text("SELECT pg_try_advisory_xact_lock(:turn)"), {"turn": _TURN})
        if not turn.scalar_one():
            return 0
    # Asked first: what was committed before them is then moved before they are taken out.
    undone = connection.execute(text("SELECT ticket_id FROM stage_undone")).scalars().all()
    rows = _move(connection, dialect, limit)
    if rows:
        add_rows(StoredCounters(connection, dialect), rows)
    if not undone or len(rows) == limit:
        return len(rows)
    _take_out(connection, dialect, undone)
    return len(rows) + len(undone)


def rebuild(connection: Connection, dialect: str, institution: str) -> None:
    """Make the counters of one institution, or of `ALL_INSTITUTIONS`, anew from the rows of `stage`.

    Holds one stage's rows in memory.

    For a table that was filled by other means than `roll_up`; both must not run at once.
    """
    of_one = {"institution": institution}
    for table in ("latency_root", "latency_node"):
        connection.execute(text(f"DELETE FROM {table} WHERE institution = :institution"), of_one)
    # Read first: what is saved afterwards is looked up by index, which would be a detour for all rows.
    found = [expected_of(connection, institution, stage.name) for stage in STAGES]
    stored = StoredCounters(connection, dialect)
    for expected in found:
        stored.save_roots(expected.root)
        stored.save_nodes(expected.node)


def _take_out(connection: Connection, dialect: str, ticket_ids: Sequence[str]) -> None:
    """Forget the stages of these tickets."""
    # One parameter: PostgreSQL takes 65,535 at most, and an import may have more letters.
    these = f"ticket_id IN (SELECT a.ticket_id FROM {asked_rows(dialect, _UNDONE)})"
    asked = {"asked": as_json(_UNDONE, ((ticket_id,) for ticket_id in ticket_ids))}
    taken = connection.execute(text(f"DELETE FROM stage WHERE {these} RETURNING institution"), asked)
    institutions = set(taken.scalars())
    for place in (*sorted(institutions), *([ALL_INSTITUTIONS] if institutions else [])):
        rebuild(connection, dialect, place)
    connection.execute(text(f"DELETE FROM stage_undone WHERE {these}"), asked)


def _move(connection: Connection, dialect: str, limit: int) -> list[StageRow]:
    if dialect == "postgresql":
        moved = connection.execute(
            text(f"""WITH moved AS (
                    DELETE FROM stage_pending
                    WHERE ctid = ANY (ARRAY(SELECT ctid FROM stage_pending LIMIT :limit))
                    RETURNING {_COLUMNS}
                ), kept AS (INSERT INTO stage ({_COLUMNS}) SELECT {_COLUMNS} FROM moved)
                SELECT {_COLUMNS} FROM moved"""),
            {"limit": limit},
        )
        return [StageRow._make(row) for row in moved.all()]
    moved = connection.execute(
        text(f"""DELETE FROM stage_pending
            WHERE rowid IN (SELECT rowid FROM stage_pending LIMIT :limit) RETURNING {_COLUMNS}"""),
        {"limit": limit},
    )
    rows = [StageRow._make(row) for row in moved.all()]
    if rows:
        values = ", ".join(f":{name}" for name in StageRow._fields)
        connection.execute(
            text(f"INSERT INTO stage ({_COLUMNS}) VALUES ({values})"), [row._asdict() for row in rows]
        )
    return rows
