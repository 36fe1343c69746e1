"""No cell of the log can be changed, and no row taken out, without being found (seeded, SQLite)."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from kernel.log.database import Database
from kernel.log.diagnosis import MOST_FAULTS
from kernel.log.heads import HeadFile, newest
from kernel.log.sealer import seal_pending
from kernel.log.verify import verify
from tests.kernel.log.support import HEAD_KEY, METADATA, SERVICE, append, open_database

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

# What the log does not vouch for: where a writer or reader stands, and what is made from events.
LEFT_OUT = {
    "command": None,
    "cursor": None,
    "dead_letter": None,
    "stream": {"institution", "base_version", "recorded_at"},
    "unsealed": {"seq"},
}
WATCHED = [
    (table.name, column.name)
    for table in METADATA.sorted_tables
    for column in table.columns
    if LEFT_OUT.get(table.name, set()) is not None and column.name not in (LEFT_OUT.get(table.name) or ())
]
TABLES = sorted({table for table, _ in WATCHED})
KINDS = {
    "changed_event",
    "missing_event",
    "swapped_events",
    "cut_tail",
    "broken_chain",
    "bad_root",
    "unsealed_gap",
}


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """A directory with 560 events in seven streams, sealed in pieces; three more that wait."""
    home = tmp_path_factory.mktemp("written")
    database = open_database(f"sqlite:///{home}/{{service}}.db")
    with database.write() as connection:
        for piece in range(8):
            for number in range(7):
                append(connection, f"ticket/{number}", 10)
            if piece % 3 != 1:
                seal_pending(connection, "sqlite", SERVICE, HEAD_KEY, 1000)
        HeadFile.of(home, SERVICE).note(newest(connection))
        append(connection, "ticket/3", 3)
    database.close()
    return home


@pytest.fixture
def log(written, tmp_path):
    """A copy of that log, of the test's own."""
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    database = Database(f"sqlite:///{tmp_path}/{SERVICE}.db")
    yield database
    database.close()


def faults_in(database, home) -> list[dict[str, Any]]:
    return verify(database, SERVICE, HEAD_KEY, HeadFile.of(home, SERVICE).path)["faults"]


def changed(value: Any, chance: random.Random) -> Any:
    """The value with one bit, digit or letter changed."""
    if isinstance(value, int):
        return value + chance.choice((100_000, 2_000_000))
    place = chance.randrange(len(value))
    if isinstance(value, bytes):
        return value[:place] + bytes([value[place] ^ 1 << chance.randrange(8)]) + value[place + 1 :]
    return value[:place] + "~" + value[place + 1 :]


def a_row(connection: Connection, table: str, chance: random.Random) -> dict[str, Any]:
    rows = connection.execute(text(f"SELECT rowid AS place, * FROM {table}")).mappings().all()
    return dict(chance.choice(rows))


def assert_named(faults: list[dict[str, Any]]) -> None:
    assert faults
    assert {fault["kind"] for fault in faults} <= KINDS
    # The cause, and at most a few consequences: never one for every event behind it.
    assert len(faults) <= 4, faults


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("table", "column"), WATCHED)
def test_a_changed_cell_is_found(log, tmp_path, table, column, seed):
    chance = random.Random(f"{table} {column} {seed}")
    with log.write() as connection:
        row = a_row(connection, table, chance)
        statement = f'UPDATE {table} SET "{column}" = :value WHERE rowid = :place'
        connection.execute(text(statement), {"value": changed(row[column], chance), "place": row["place"]})
    assert_named(faults_in(log, tmp_path))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("table", [table for table in TABLES if table != "checkpoint"])
def test_a_deleted_row_is_found(log, tmp_path, table, seed):
    chance = random.Random(f"{table} {seed}")
    with log.write() as connection:
        place = {"place": a_row(connection, table, chance)["place"]}
        connection.execute(text(f"DELETE FROM {table} WHERE rowid = :place"), place)
    assert_named(faults_in(log, tmp_path))


def test_a_log_emptied_of_every_event_is_reported_with_an_end(log, tmp_path):
    with log.write() as connection:
        connection.execute(text("DELETE FROM event"))
    faults = faults_in(log, tmp_path)
    assert {fault["kind"] for fault in faults} == {"missing_event"}
    assert len(faults) <= MOST_FAULTS


def test_an_untouched_log_is_sound(log, tmp_path):
    assert faults_in(log, tmp_path) == []
