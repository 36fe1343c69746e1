"""`log rebuild`: what the log makes is put back, whatever stood there."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

DAMAGE = (
    "UPDATE ticket SET state = 'closed', version = 9",
    "DELETE FROM stage",
    "DELETE FROM stage_pending",
    "UPDATE latency_root SET count = count + 1",
)


@pytest.fixture
def tickets(filled):
    """Read the live tickets."""

    def read():
        with closing(sqlite3.connect(filled / "feedback.db")) as database:
            return database.execute("SELECT * FROM ticket ORDER BY ticket_id").fetchall()

    return read


def test_live_tables_are_made_again_from_the_log(filled, tickets, cli):
    before = tickets()
    with closing(sqlite3.connect(filled / "feedback.db")) as database, database:
        for statement in DAMAGE:
            database.execute(statement)
    assert cli("log", "diff", "feedback").code == 1
    said = cli("log", "rebuild", "feedback")
    assert (said.code, said.out.startswith("feedback：已由日志重建 ")) == (0, True)
    assert cli("log", "diff", "feedback").code == 0
    assert tickets() == before
    answer = cli("log", "rebuild", "feedback", "--json").json
    assert set(answer) == {"service", "rows"}
    assert str(answer["rows"]) in said.out
