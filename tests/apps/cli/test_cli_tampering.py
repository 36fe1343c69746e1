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
def faults(cli):
    """What verification finds: it says so to people and programs alike."""

    def verify():
        said = cli("log", "verify", "--json")
        found = [fault for report in said.json["services"] for fault in report["faults"]]
        assert said.code == (1 if found else 0)
        assert said.json["ok"] is not bool(found)
        shown = cli("log", "verify")
        assert shown.code == said.code
        for fault in found:
            assert set(fault) == {"kind", "position", "stream", "event_id", "message"}
            assert fault["kind"] in shown.out
            assert fault["message"] in shown.out
        return [(fault["kind"], fault["position"]) for fault in found], found

    return verify


PLANT = (
    "INSERT INTO event SELECT 'planted', stream_id, ?, command_id, name, recorded_at, body, prev_hash,"
    " event_hash FROM event WHERE stream_id = ? AND stream_version = 1"
)
SHORTEN = (
    "UPDATE stream SET version = version - ?, base_version = version - ? - 1, head_hash ="
    " (SELECT event_hash FROM event WHERE event.stream_id = stream.stream_id"
    " ORDER BY stream_version DESC LIMIT 1) WHERE stream_id = ?"
)
CUTS = ("DELETE FROM log_entry WHERE position > ?", "DELETE FROM checkpoint WHERE size > ?")


def one_byte(body, place):
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


@pytest.mark.parametrize("position", [1, FIRST, MIDDLE, -1])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_one_changed_byte_is_found_at_its_position(stored, faults, position, share):
    where = stored.size if position == -1 else position
    event = stored.at(where)
    ((body,),) = stored.read("SELECT body FROM event WHERE event_id = ?", event)
    stored.change(
        ("UPDATE event SET body = ? WHERE event_id = ?", one_byte(body, int(len(body) * share)), event)
    )
    kinds, (fault,) = faults()
    assert kinds == [("changed_event", where)]
    assert fault["event_id"] == event
    assert f"第 {where} 号" in fault["message"]


@pytest.mark.parametrize(
    "column", ["name", "stream_id", "recorded_at", "command_id", "prev_hash", "event_hash"]
)
def test_a_changed_column_is_found_at_its_position(stored, faults, column):
    values = {"recorded_at": 1, "prev_hash": b"\x01" * 32, "event_hash": b"\x01" * 32}
    stored.change(
        (f"UPDATE event SET {column} = ? WHERE event_id = ?", values.get(column, "other"), stored.at(FIRST))
    )
    kinds, _ = faults()
    assert FIRST in {position for _, position in kinds}
    assert {kind for kind, _ in kinds} <= {"changed_event", "broken_chain"}


@pytest.mark.parametrize("position", [1, FIRST, MIDDLE, -1])
def test_a_deleted_event_is_found_at_its_position(stored, faults, position):
    where = stored.size if position == -1 else position
    event = stored.at(where)
    stored.change(("DELETE FROM event WHERE event_id = ?", event))
    kinds, (fault,) = faults()
    assert kinds == [("missing_event", where)]
    assert fault["event_id"] == event


@pytest.mark.parametrize("position", [1, FIRST, MIDDLE])
def test_a_deleted_position_is_found(stored, faults, position):
    event = stored.at(position)
    stored.change(("DELETE FROM log_entry WHERE position = ?", position))
    kinds, (fault,) = faults()
    assert kinds == [("missing_event", position)]
    assert fault["event_id"] == event


def test_an_event_deleted_with_its_position_is_found(stored, faults):
    stored.change(
        ("DELETE FROM event WHERE event_id = ?", stored.at(MIDDLE)),
        ("DELETE FROM log_entry WHERE position = ?", MIDDLE),
    )
    assert faults()[0] == [("missing_event", MIDDLE)]


def test_several_positions_that_are_gone_together_are_found(stored, faults):
    stored.change(("DELETE FROM log_entry WHERE position BETWEEN 8 AND 10",))
    kinds, _ = faults()
    assert ("missing_event", 8) in kinds
    assert {kind for kind, _ in kinds} == {"missing_event"}


@pytest.mark.parametrize("other", [FIRST + 1, MIDDLE])
def test_two_swapped_bodies_are_one_finding_that_names_both(stored, faults, other):
    one, two = stored.at(FIRST), stored.at(other)
    ((first,),), ((second,),) = (
        stored.read("SELECT body FROM event WHERE event_id = ?", each) for each in (one, two)
    )
    stored.change(
        ("UPDATE event SET body = ? WHERE event_id = ?", second, one),
        ("UPDATE event SET body = ? WHERE event_id = ?", first, two),
    )
    kinds, (fault,) = faults()
    assert kinds == [("swapped_events", FIRST)]
    assert f"第 {FIRST} 号与第 {other} 号" in fault["message"]


@pytest.mark.parametrize("with_leaf", [False, True])
@pytest.mark.parametrize("other", [FIRST + 1, MIDDLE])
def test_two_swapped_positions_are_one_finding_that_names_both(stored, faults, other, with_leaf):
    statements = [("UPDATE log_entry SET event_id = 'away' WHERE position = ?", FIRST)]
    for position, source in ((other, FIRST), (FIRST, other)):
        statements.append(("UPDATE log_entry SET event_id = ? WHERE position = ?", stored.at(source), position))
        if with_leaf:
            ((leaf,),) = stored.read("SELECT leaf_hash FROM log_entry WHERE position = ?", source)
            statements.append(("UPDATE log_entry SET leaf_hash = ? WHERE position = ?", leaf, position))
    stored.change(*statements)
    kinds, (fault,) = faults()
    assert kinds == [("swapped_events", FIRST)]
    assert f"第 {FIRST} 号与第 {other} 号" in fault["message"]


@pytest.mark.parametrize("kept", [0, MIDDLE])
def test_a_tail_cut_from_the_log_alone_is_found(stored, faults, kept):
    stored.change(*((cut, kept) for cut in CUTS))
    kinds, found = faults()
    assert kinds[0] == ("cut_tail", kept + 1)
    assert {kind for kind, _ in kinds} == {"cut_tail"}, found


@pytest.mark.parametrize("lost", [1, 3, 6])
def test_a_tail_cut_out_of_every_table_is_found(stored, faults, cli, lost):
    # Given the last events of the last ticket are taken out of every table, as if they had never been written
    kept = stored.size - lost
    ((stream,),) = stored.read(
        "SELECT stream_id FROM event JOIN log_entry USING (event_id) WHERE position = ?", stored.size
    )
    rows = stored.read("SELECT event_id FROM log_entry WHERE position > ?", kept)
    stored.change(
        *(("DELETE FROM event WHERE event_id = ?", event) for (event,) in rows),
        *((cut, kept) for cut in CUTS),
        ("DELETE FROM stream WHERE stream_id = ? AND version = ?", stream, lost),
        (SHORTEN, lost, lost, stream),
    )
    kinds, (fault,) = faults()
    assert kinds == [("cut_tail", kept + 1)]
    assert f"曾记录到第 {stored.size} 号" in fault["message"]
    # and the live tables know more than the log
    assert cli("log", "diff", "feedback").code == 1


def test_a_cut_tail_is_still_found_after_new_events_grew_over_it(stored, faults, cli):
    stored.change(
        (
            "DELETE FROM event WHERE event_id IN (SELECT event_id FROM log_entry WHERE position > ?)",
            stored.size - 6,
        )
    )
    stored.change(*((cut, stored.size - 6) for cut in CUTS))
    stored.change(("DELETE FROM stream WHERE stream_id NOT IN (SELECT stream_id FROM event)",))
    assert cli("demo", "--once").code == 1
    kinds, _ = faults()
    assert {kind for kind, _ in kinds} == {"bad_root"}
    assert min(position for _, position in kinds) > stored.size - 6


def test_an_event_written_past_the_sealer_is_found(stored, faults):
    ((stream, version),) = stored.read("SELECT stream_id, version FROM stream ORDER BY stream_id LIMIT 1")
    stored.change((PLANT, version + 1, stream))
    kinds, found = faults()
    assert "unsealed_gap" in {kind for kind, _ in kinds}
    assert "planted" in {fault["event_id"] for fault in found}


def test_an_event_planted_with_a_position_is_found_there(stored, faults):
    ((stream, version),) = stored.read("SELECT stream_id, version FROM stream ORDER BY stream_id LIMIT 1")
    stored.change(
        (PLANT, version + 1, stream),
        (
            "INSERT INTO log_entry SELECT ?, 'planted', leaf_hash FROM log_entry WHERE position = 1",
            stored.size + 1,
        ),
    )
    kinds, _ = faults()
    assert stored.size + 1 in {position for _, position in kinds}


def test_a_changed_leaf_or_root_is_found(stored, faults):
    stored.change(("UPDATE log_entry SET leaf_hash = zeroblob(32) WHERE position = ?", MIDDLE))
    kinds, _ = faults()
    assert kinds == [("bad_root", MIDDLE)]


@pytest.mark.parametrize("column", ["root", "frontier", "keyed_hash"])
def test_a_changed_checkpoint_is_found(stored, faults, column):
    ((last,),) = stored.read("SELECT max(size) FROM checkpoint")
    stored.change((f"UPDATE checkpoint SET {column} = zeroblob(length({column})) WHERE size = ?", last))
    kinds, _ = faults()
    assert ("bad_root", last) in kinds


def test_a_changed_head_outside_the_database_is_found(filled, faults):
    file = filled / "heads" / "feedback.log"
    lines = file.read_text().splitlines()
    lines[1] = lines[1].replace('"size":', '"size":1')
    file.write_text("\n".join(lines) + "\n")
    kinds, _ = faults()
    assert "bad_root" in {kind for kind, _ in kinds} or "cut_tail" in {kind for kind, _ in kinds}


def test_several_changes_are_all_named(stored, faults):
    first, second = stored.at(FIRST), stored.at(MIDDLE)
    ((body,),) = stored.read("SELECT body FROM event WHERE event_id = ?", first)
    stored.change(
        ("UPDATE event SET body = ? WHERE event_id = ?", one_byte(body, 40), first),
        ("DELETE FROM event WHERE event_id = ?", second),
    )
    assert faults()[0] == [("changed_event", FIRST), ("missing_event", MIDDLE)]


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
