"""Whatever somebody with every right on the database does to the log is found and named, once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from kernel.log.heads import HeadFile, sign
from kernel.log.verify import verify
from tests.kernel.log.support import (
    HEAD_KEY,
    LAST,
    SERVICE,
    STREAMS,
    append,
    faults_of,
    fill,
    interleaved,
    note_head,
    rows_of,
    seal_all,
)
from tests.kernel.log.tampering import cut, event_at, rewrite, set_column, tamper

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.log.database import Database


@pytest.fixture
def database(empty: Database, tmp_path: Path) -> Database:
    return interleaved(empty, tmp_path)


def test_an_untouched_log_has_no_fault(database, tmp_path):
    report = verify(database, SERVICE, HEAD_KEY, tmp_path / "heads" / f"{SERVICE}.log")
    root = rows_of(database, "SELECT root FROM checkpoint ORDER BY size DESC LIMIT 1")[0][0]
    assert report == {
        "service": SERVICE,
        "ok": True,
        "events": LAST,
        "head": LAST,
        "noted": LAST,
        "root": root.hex(),
        "faults": [],
    }


def test_an_empty_log_has_no_fault(empty, tmp_path):
    assert faults_of(empty, tmp_path) == []


def test_events_that_wait_to_be_sealed_are_no_fault(database, tmp_path):
    with database.write() as connection:
        append(connection, "ticket/0001", 2)
        append(connection, "ticket/new", 3)
    assert faults_of(database, tmp_path) == []


@pytest.mark.parametrize("position", [1, 2, 7, LAST])
@pytest.mark.parametrize("at", [0, 5, -1])
def test_one_byte_of_a_body_is_a_changed_event(database, tmp_path, position, at):
    body = bytearray(event_at(database, position)["body"])
    body[at] ^= 1
    set_column(database, position, body=bytes(body))
    assert faults_of(database, tmp_path) == [("changed_event", position)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("stream_id", "ticket/other"),
        ("stream_version", 9),
        ("name", "ticket_declined"),
        ("command_id", "00000000-0000-0000-0000-000000000000"),
        ("recorded_at", 7),
        ("event_hash", bytes(32)),
        ("body", b"no json"),
        ("body", b"[]"),
        ("body", b""),
    ],
)
def test_a_changed_column_is_a_changed_event(database, tmp_path, column, value):
    set_column(database, 8, **{column: value})
    assert faults_of(database, tmp_path) == [("changed_event", 8)]


def test_a_changed_link_is_a_broken_chain(database, tmp_path):
    set_column(database, 8, prev_hash=bytes(32))
    assert faults_of(database, tmp_path) == [("broken_chain", 8)]


@pytest.mark.parametrize("position", [1, 8, LAST])
def test_a_deleted_event_is_missing(database, tmp_path, position):
    tamper(
        database,
        "DELETE FROM event WHERE event_id = :event_id",
        event_id=event_at(database, position)["event_id"],
    )
    assert faults_of(database, tmp_path) == [("missing_event", position)]


@pytest.mark.parametrize("position", [1, 8, LAST - 1])
def test_a_deleted_position_is_missing(database, tmp_path, position):
    tamper(database, "DELETE FROM log_entry WHERE position = :position", position=position)
    assert faults_of(database, tmp_path) == [("missing_event", position)]


def test_positions_deleted_together_are_missing_from_the_first_on(database, tmp_path):
    tamper(database, "DELETE FROM log_entry WHERE position BETWEEN 8 AND 10")
    assert faults_of(database, tmp_path) == [("missing_event", 8)]


@pytest.mark.parametrize("position", [1, 8, LAST - 1])
def test_an_event_deleted_with_its_position_is_missing(database, tmp_path, position):
    event_id = event_at(database, position)["event_id"]
    for table in ("log_entry", "event"):
        tamper(database, f"DELETE FROM {table} WHERE event_id = :event_id", event_id=event_id)
    assert faults_of(database, tmp_path) == [("missing_event", position)]


@pytest.mark.parametrize(("one", "other"), [(3, 4), (1, 20), (2, 7), (8, 14)])
def test_two_exchanged_bodies_are_swapped_events(database, tmp_path, one, other):
    first, second = event_at(database, one), event_at(database, other)
    set_column(database, one, body=second["body"])
    set_column(database, other, body=first["body"])
    assert faults_of(database, tmp_path) == [("swapped_events", one)]


@pytest.mark.parametrize(("one", "other"), [(3, 4), (1, 20), (2, 7), (8, 14)])
def test_two_exchanged_contents_are_swapped_events(database, tmp_path, one, other):
    content = ("body", "prev_hash", "event_hash", "name", "recorded_at", "command_id")
    first, second = event_at(database, one), event_at(database, other)
    set_column(database, one, **{name: second[name] for name in content})
    set_column(database, other, **{name: first[name] for name in content})
    assert faults_of(database, tmp_path) == [("swapped_events", one)]


@pytest.mark.parametrize(("one", "other"), [(3, 4), (1, 20), (2, 7), (8, 14)])
def test_two_entries_that_point_at_each_others_events_are_swapped_events(database, tmp_path, one, other):
    first, second = event_at(database, one)["event_id"], event_at(database, other)["event_id"]
    move = "UPDATE log_entry SET event_id = :event_id WHERE position = :position"
    tamper(database, move, event_id="aside", position=one)
    tamper(database, move, event_id=first, position=other)
    tamper(database, move, event_id=second, position=one)
    assert faults_of(database, tmp_path) == [("swapped_events", one)]


@pytest.mark.parametrize(("one", "other"), [(3, 4), (1, 20), (2, 7), (8, 14), (1, 2)])
def test_two_exchanged_positions_are_swapped_events(database, tmp_path, one, other):
    move = "UPDATE log_entry SET position = :to WHERE position = :position"
    tamper(database, move, position=one, to=-1)
    tamper(database, move, position=other, to=one)
    tamper(database, move, position=-1, to=other)
    assert faults_of(database, tmp_path) == [("swapped_events", one)]


@pytest.mark.parametrize("size", [LAST - 2, 9, 3, 0])
def test_a_tail_cut_without_trace_in_the_database_is_found_by_the_noted_head(database, tmp_path, size):
    cut(database, size)
    assert faults_of(database, tmp_path) == [("cut_tail", size + 1)]


@pytest.mark.parametrize("size", [LAST - 1, 12])
def test_a_tail_cut_from_the_positions_alone_is_a_cut_tail(database, tmp_path, size):
    tamper(database, "DELETE FROM log_entry WHERE position > :size", size=size)
    assert faults_of(database, tmp_path) == [("cut_tail", size + 1)]


def test_a_database_set_back_to_yesterday_is_a_cut_tail(on_sqlite, tmp_path):
    # Given a copy of the database file, and a log that went on
    fill(on_sqlite, 2, 2, seal_every=1)
    on_sqlite.close()
    shutil.copy(tmp_path / f"{SERVICE}.db", tmp_path / "yesterday.db")
    fill(on_sqlite, 2, 2, seal_every=1)
    note_head(on_sqlite, tmp_path)
    on_sqlite.close()
    # When yesterday's copy is put in its place
    shutil.copy(tmp_path / "yesterday.db", tmp_path / f"{SERVICE}.db")
    # Then it is found, though the database is sound in itself
    assert faults_of(on_sqlite, tmp_path) == [("cut_tail", 5)]


def test_a_tail_written_anew_has_another_root_than_was_noted(database, tmp_path):
    cut(database, 15)
    fill(database, STREAMS, 1, seal_every=5)
    assert faults_of(database, tmp_path) == [("bad_root", LAST)]


@pytest.mark.parametrize("position", [3, 8, LAST])
def test_a_rewritten_chain_is_a_changed_event_where_it_begins(database, tmp_path, position):
    rewrite(database, position, leaves=False)
    assert faults_of(database, tmp_path) == [("changed_event", position)]


def test_a_chain_rewritten_with_its_leaves_has_other_roots(database, tmp_path):
    rewrite(database, 17, leaves=True)
    assert faults_of(database, tmp_path) == [("bad_root", 18)]


def test_a_chain_rewritten_with_roots_but_without_the_key_is_found_by_the_key(database, tmp_path):
    rewrite(database, 19, leaves=True)
    # Given a checkpoint that fits the new leaves, signed with a key of one's own
    forged = sign(bytes(32), SERVICE, 1, LAST, b"")
    tamper(database, "UPDATE checkpoint SET keyed_hash = :k WHERE size = :s", k=forged.keyed_hash, s=LAST)
    kinds = faults_of(database, tmp_path)
    assert kinds[0] == ("bad_root", LAST)
    assert {kind for kind, _ in kinds} == {"bad_root"}


@pytest.mark.parametrize("column", ["root", "keyed_hash", "frontier"])
def test_a_changed_checkpoint_is_a_bad_root(database, tmp_path, column):
    tamper(database, f"UPDATE checkpoint SET {column} = :value WHERE size = 9", value=bytes(64))
    assert faults_of(database, tmp_path) == [("bad_root", 9)]


def test_a_changed_leaf_is_a_bad_root(database, tmp_path):
    tamper(database, "UPDATE log_entry SET leaf_hash = :leaf WHERE position = 8", leaf=bytes(32))
    assert faults_of(database, tmp_path) == [("bad_root", 8)]


def test_positions_without_a_checkpoint_are_a_bad_root(database, tmp_path):
    HeadFile.of(tmp_path, SERVICE).path.unlink()
    tamper(database, "DELETE FROM checkpoint WHERE size > 9")
    assert faults_of(database, tmp_path) == [("bad_root", 10)]


def test_a_changed_stream_head_is_a_broken_chain(database, tmp_path):
    tamper(database, "UPDATE stream SET version = 3 WHERE stream_id = 'ticket/0002'")
    assert faults_of(database, tmp_path) == [("broken_chain", None)]


def test_a_deleted_stream_row_is_a_broken_chain(database, tmp_path):
    tamper(database, "DELETE FROM stream WHERE stream_id = 'ticket/0002'")
    assert faults_of(database, tmp_path) == [("broken_chain", None)]


def test_two_changes_are_two_faults(database, tmp_path):
    set_column(database, 3, body=b"{}")
    tamper(
        database, "DELETE FROM event WHERE event_id = :event_id", event_id=event_at(database, 11)["event_id"]
    )
    assert faults_of(database, tmp_path) == [("changed_event", 3), ("missing_event", 11)]


def test_a_line_of_another_key_in_the_head_file_is_a_bad_root(database, tmp_path):
    HeadFile.of(tmp_path, SERVICE).note(sign(bytes(32), SERVICE, 1, LAST + 5, bytes(32)))
    assert faults_of(database, tmp_path) == [("bad_root", LAST + 5)]


def test_a_torn_line_in_the_head_file_is_no_fault(database, tmp_path):
    path = HeadFile.of(tmp_path, SERVICE).path
    path.write_bytes(path.read_bytes() + path.read_bytes()[:50])
    assert faults_of(database, tmp_path) == []


def test_kept_nodes_of_the_tree_are_checked(empty, tmp_path):
    with empty.write() as connection:
        for number in range(60):
            append(connection, f"ticket/{number}", 10)
    seal_all(empty)
    assert rows_of(empty, 'SELECT level, "index" FROM merkle_node ORDER BY 2') == [(8, 0), (8, 1)]
    assert faults_of(empty, tmp_path) == []
    tamper(empty, 'UPDATE merkle_node SET hash = :hash WHERE "index" = 1', hash=bytes(32))
    assert faults_of(empty, tmp_path) == [("bad_root", 512)]
