"""Somebody changes a stored log with plain SQL; `log verify` and `log diff` name what was done, and where."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

# 6 events of a demo, 20 letters with 1 or 2 events each, 6 events of a demo.
FIRST, MIDDLE = 3, 12


class Stored:
    """The database of a log, opened behind the program's back."""

    def __init__(self, path):
        self.path = path
        self.size = self.read("SELECT max(position) FROM log_entry")[0][0]

    def change(self, *statements):
        with closing(sqlite3.connect(self.path)) as database, database:
            for statement, *values in statements:
                database.execute(statement, values)

    def read(self, statement, *values):
        with closing(sqlite3.connect(self.path)) as database:
            return database.execute(statement, values).fetchall()

    def at(self, position):
        """The event id at a position."""
        return self.read("SELECT event_id FROM log_entry WHERE position = ?", position)[0][0]


@pytest.fixture
def stored(filled):
    return Stored(filled / "feedback.db")


@pytest.fixture
def fault(cli):
    """The one fault that verification finds: it says so to people and programs alike."""

    def verify():
        said, shown = cli("log", "verify", "feedback", "--json"), cli("log", "verify", "feedback")
        assert (said.code, shown.code) == (1, 1)
        assert not said.json["ok"]
        (report,) = said.json["services"]
        (found,) = report["faults"]
        assert set(found) == {"kind", "position", "stream", "event_id", "message"}
        verdict, line = shown.out.splitlines()
        assert "发现问题" in verdict
        assert line == f"  位置 {found['position']} {found['kind']}：{found['message']}"
        return found

    return verify


def test_one_changed_byte_is_found_at_its_position(stored, fault):
    event = stored.at(MIDDLE)
    ((body,),) = stored.read("SELECT body FROM event WHERE event_id = ?", event)
    place = len(body) // 2
    changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
    stored.change(("UPDATE event SET body = ? WHERE event_id = ?", changed, event))
    found = fault()
    assert (found["kind"], found["position"], found["event_id"]) == ("changed_event", MIDDLE, event)
    assert f"第 {MIDDLE} 号" in found["message"]


def test_a_deleted_event_is_found_at_its_position(stored, fault):
    event = stored.at(MIDDLE)
    stored.change(("DELETE FROM event WHERE event_id = ?", event))
    found = fault()
    assert (found["kind"], found["position"], found["event_id"]) == ("missing_event", MIDDLE, event)


def test_two_swapped_bodies_are_one_finding_that_names_both(stored, fault):
    one, two = stored.at(FIRST), stored.at(MIDDLE)
    ((first,),), ((second,),) = (
        stored.read("SELECT body FROM event WHERE event_id = ?", each) for each in (one, two)
    )
    stored.change(
        ("UPDATE event SET body = ? WHERE event_id = ?", second, one),
        ("UPDATE event SET body = ? WHERE event_id = ?", first, two),
    )
    found = fault()
    assert (found["kind"], found["position"]) == ("swapped_events", FIRST)
    assert f"第 {FIRST} 号与第 {MIDDLE} 号" in found["message"]


SHORTEN = (
    "UPDATE stream SET version = version - ?, base_version = version - ? - 1, head_hash ="
    " (SELECT event_hash FROM event WHERE event.stream_id = stream.stream_id"
    " ORDER BY stream_version DESC LIMIT 1) WHERE stream_id = ?"
)


def test_a_tail_cut_out_of_every_table_is_found(stored, fault, cli):
    # Given the last events of the last ticket are taken out of every table, as if they had never been written
    lost = 3
    kept = stored.size - lost
    ((stream,),) = stored.read(
        "SELECT stream_id FROM event JOIN log_entry USING (event_id) WHERE position = ?", stored.size
    )
    rows = stored.read("SELECT event_id FROM log_entry WHERE position > ?", kept)
    stored.change(
        *(("DELETE FROM event WHERE event_id = ?", event) for (event,) in rows),
        ("DELETE FROM log_entry WHERE position > ?", kept),
        ("DELETE FROM checkpoint WHERE size > ?", kept),
        (SHORTEN, lost, lost, stream),
    )
    found = fault()
    assert (found["kind"], found["position"]) == ("cut_tail", kept + 1)
    assert f"曾记录到第 {stored.size} 号" in found["message"]
    # and the live tables know more than the log
    assert cli("log", "diff", "feedback").code == 1


DIFFERENCES = {
    "a changed ticket": ("ticket", "UPDATE ticket SET state = 'replied' WHERE ticket_id = ?"),
    "a deleted ticket": ("ticket", "DELETE FROM ticket WHERE ticket_id = ?"),
    "a changed time": ("ticket", "UPDATE ticket SET replied_at = replied_at + 1 WHERE ticket_id = ?"),
}


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_a_live_row_that_the_log_does_not_make_is_named(stored, cli, difference):
    table, statement = DIFFERENCES[difference]
    ((ticket,),) = stored.read("SELECT ticket_id FROM ticket WHERE state = 'closed' LIMIT 1")
    stored.change((statement, ticket))
    said = cli("log", "diff", "feedback", "--json")
    assert said.code == 1
    assert not said.json["ok"]
    different = {row["table"]: row["different"] for row in said.json["tables"] if row["different"]}
    assert different == {table: [ticket]}
    shown = cli("log", "diff", "feedback")
    assert shown.code == 1
    assert "1 行与日志不一致" in shown.out
    assert f"  {table} {ticket}" in shown.out
    assert cli("log", "verify").code == 0


def test_a_live_row_that_stands_in_no_event_is_named(stored, cli):
    names = [row[1] for row in stored.read("PRAGMA table_info(ticket)")]
    planted = dict.fromkeys(("ticket_id", "number", "receipt_index"), "'planted'")
    columns = ", ".join(planted.get(name, name) for name in names)
    stored.change((f"INSERT INTO ticket SELECT {columns} FROM ticket WHERE import_key IS NULL LIMIT 1",))
    tables = cli("log", "diff", "feedback", "--json").json["tables"]
    assert {row["table"]: row["different"] for row in tables if row["different"]} == {"ticket": ["planted"]}
