"""Synthetic ended stages and open tickets, and how they get into a database."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from sqlalchemy import Integer, insert

from kernel import instants
from services.feedback.storage.latency import StageRow, roll_up
from services.feedback.storage.tables import METADATA, TICKET
from tests.services.feedback.latency.oracle import STAGES, Open

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernel.log.database import Database

PENDING = METADATA.tables["stage_pending"]
TABLES = tuple(METADATA.tables[n] for n in ("stage", "stage_pending", "latency_root", "latency_node", "ticket"))
FIRST, LAST = instants.parse("2025-11-20T00:00:00+08:00"), instants.parse("2026-03-10T00:00:00+08:00")
NOW = instants.parse("2026-03-12T03:00:00Z")
INSTITUTIONS = ("one", "two", "three")
# Short ranges make equal values and full buckets, long ones make every width of bucket.
DURATIONS = st.one_of(
    st.integers(0, 3), st.integers(0, 2**60 // 1000), st.integers(10**9, 10**9 + 2000), st.integers(-5, 10**7)
)
STAGE_ROWS = st.builds(
    StageRow,
    ticket_id=st.just(""),
    round=st.just(1),
    stage=st.sampled_from(STAGES[:3]),
    institution=st.sampled_from(INSTITUTIONS),
    channel=st.sampled_from(["box", "phone"]),
    department=st.sampled_from(["", "office", "library"]),
    submitted_at=st.integers(FIRST, LAST),
    elapsed_us=DURATIONS,
    working_days=st.integers(-1, 40),
    working_us=DURATIONS,
    provisional=st.sampled_from([0, 0, 0, 0, 1]),
)
OPEN_TICKETS = st.tuples(
    st.sampled_from(INSTITUTIONS),
    st.sampled_from(["box", "phone", "talk"]),
    st.sampled_from([None, "office", "canteen"]),
    st.integers(FIRST, LAST),
)


def stage_rows(count: int, seed: int, stages: Sequence[str] = STAGES) -> list[StageRow]:
    """Seeded rows, most of their durations close together, so that some buckets fill."""
    draw = random.Random(seed)
    return [
        StageRow(
            f"{seed}-{number}",
            1,
            draw.choice(stages),
            draw.choice(INSTITUTIONS),
            draw.choice(["box", "phone"]),
            draw.choice(["", "office", "library"]),
            draw.randrange(FIRST, LAST),
            int(draw.lognormvariate(26, 0.12)),
            min(int(draw.lognormvariate(1, 1)), 90),
            draw.choice([0, int(draw.lognormvariate(24, 1))]),
            0,
        )
        for number in range(count)
    ]


def empty(database: Database) -> None:
    with database.write() as connection:
        for table in TABLES:
            connection.execute(table.delete())


def end_stages(database: Database, rows: Sequence[StageRow]) -> None:
    if rows:
        with database.write() as connection:
            connection.execute(insert(PENDING), [row._asdict() for row in rows])


def open_tickets(database: Database, tickets: Sequence[Open], state: str = "assigned") -> None:
    if tickets:
        with database.write() as connection:
            connection.execute(insert(TICKET), [_ticket(no, state, t) for no, t in enumerate(tickets)])


def move(database: Database, limit: int = 5000) -> int:
    with database.write() as connection:
        return roll_up(connection, database.dialect, limit)


def _ticket(number: int, state: str, ticket: Open) -> dict[str, Any]:
    filler = {
        column.name: None if column.nullable else 0 if isinstance(column.type, Integer) else f"{state}{number}"
        for column in TICKET.c
    }
    institution, channel, lead, received_at = ticket
    return filler | {
        "number": f"{state[:4]}{number}",
        "institution": institution,
        "channel": channel,
        "lead": lead,
        "state": state,
        "confidentiality": "named",
        "received_at": received_at,
    }
