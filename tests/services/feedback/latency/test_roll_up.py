"""Rolling up moves every row once, in whatever order and by however many at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, text

from kernel.log.database import Database
from services.feedback.storage import latency_counters
from services.feedback.storage.latency import check, roll_up
from services.feedback.storage.tables import LATENCY, METADATA
from tests.services.feedback.latency.oracle import STAGES
from tests.services.feedback.latency.rows import PENDING, end_stages, move, stage_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection


def count(connection: Connection, table: str) -> int:
    return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def counters(database: Database) -> list[set[tuple]]:
    with database.read() as connection:
        return [
            {tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))}
            for table in ("latency_root", "latency_node")
        ]


def test_nothing_to_move_moves_nothing(database):
    assert move(database) == 0


def test_no_more_rows_are_moved_than_asked_for(database):
    end_stages(database, stage_rows(10, seed=1))
    assert [move(database, 4) for _ in range(4)] == [4, 4, 2, 0]
    with database.read() as connection:
        assert (count(connection, "stage"), count(connection, "stage_pending")) == (10, 0)


def test_a_roll_up_that_dies_leaves_everything_as_it_was(database):
    # Given a roll-up whose process ends before its commit
    end_stages(database, stage_rows(50, seed=1))
    before = counters(database)

    def dies() -> None:
        with database.write() as connection:
            assert roll_up(connection, database.dialect) == 50
            raise ConnectionError

    with pytest.raises(ConnectionError):
        dies()
    # Then
    assert counters(database) == before
    with database.read() as connection:
        assert (count(connection, "stage"), count(connection, "stage_pending")) == (0, 50)
    assert move(database) == 50


@pytest.mark.slow
def test_the_counters_do_not_depend_on_batches_or_order(database, monkeypatch):
    monkeypatch.setattr(latency_counters, "SPLIT", 20)
    # Given counters of rows that came one by one, and of the same rows at once in another order
    rows = stage_rows(900, seed=5, stages=STAGES[:1])
    end_stages(database, rows)
    while move(database, 60):
        pass
    in_batches = counters(database)
    assert in_batches[1], "some bucket was split"
    with database.write() as connection:
        for name in ("stage", "latency_root", "latency_node"):
            connection.execute(METADATA.tables[name].delete())
    end_stages(database, rows[::-1])
    move(database)
    # Then they are the same, byte for byte
    assert counters(database) == in_batches


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (
            "UPDATE latency_root SET count = count + 1 WHERE dimension = 'channel' AND month = ''",
            {"root of one"},
        ),
        ("DELETE FROM latency_root WHERE dimension = 'department'", {"root of one"}),
        ("DELETE FROM latency_node WHERE month = ''", {"node of one", "node of *"}),
        (
            "DELETE FROM stage WHERE elapsed_us = (SELECT max(elapsed_us) FROM stage)",
            {"root of one", "root of *"},
        ),
        ("DELETE FROM stage", {"root of one", "root of *", "node of one", "node of *"}),
    ],
)
def test_a_counter_that_the_rows_do_not_make_is_named(database, monkeypatch, damage, named):
    monkeypatch.setattr(latency_counters, "SPLIT", 20)
    end_stages(database, [row._replace(institution="one") for row in stage_rows(900, 5, STAGES[:1])])
    move(database)
    with database.write() as connection:
        connection.execute(text(damage))
    with database.read() as connection:
        faults = check(connection)
    assert {fault.partition(" is wrong at ")[0] for fault in faults} == {
        f"latency_{place}/{STAGES[0]}" for place in named
    }


@pytest.mark.slow
def test_more_tickets_are_taken_out_at_once_than_a_statement_has_parameters(database):
    # Given a letter that stays, and an undone import of as many letters as PostgreSQL has no parameters for
    kept, gone = stage_rows(2, seed=3, stages=STAGES[:1])
    end_stages(database, [kept, gone])
    made = [{"ticket_id": gone.ticket_id}, *({"ticket_id": f"gone-{number}"} for number in range(70_000))]
    with database.write() as connection:
        connection.execute(insert(LATENCY["stage_undone"]), made)
    # Then
    while move(database):
        pass
    with database.read() as connection:
        assert (count(connection, "stage"), count(connection, "stage_undone")) == (1, 0)
        assert check(connection) == []


@pytest.mark.slow
def test_roll_ups_at_once_move_every_row_once(database):
    # Given four workers that roll up small batches while stages go on ending
    rows = stage_rows(600, seed=9)
    done = threading.Event()
    moved: list[int] = []

    def worker() -> None:
        while True:
            last = done.is_set()
            number = move(database, 25)
            moved.append(number)
            if last and not number:
                return

    workers = [threading.Thread(target=worker) for _ in range(4)]
    for thread in workers:
        thread.start()
    for start in range(0, 600, 40):
        end_stages(database, rows[start : start + 40])
    done.set()
    for thread in workers:
        thread.join(60)
    moved.append(move(database))
    # Then
    assert sum(moved) == 600
    with database.read() as connection:
        assert count(connection, "stage_pending") == 0
        assert count(connection, PENDING.name.removesuffix("_pending")) == 600
        assert check(connection) == []


def test_a_second_roll_up_at_the_same_moment_does_not_wait(database_url):
    database = Database(database_url.replace("{service}", "feedback"))
    with database.write() as connection:
        METADATA.create_all(connection)
    end_stages(database, stage_rows(20, seed=1))
    with database.write() as first:
        assert roll_up(first, "postgresql") == 20
        assert move(database) == 0
    database.close()
