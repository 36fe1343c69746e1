"""A log that cannot be read whole is refused with its first bad position, by whoever reads it whole."""

from __future__ import annotations

import gc
import sys

import pytest
from sqlalchemy.exc import DBAPIError

from kernel.log.export import export, tail
from kernel.log.reading import read_log
from kernel.log.rebuild import Projection, diff, rebuild, replay
from kernel.log.snapshot import Snapshot
from kernel.log.upcasting import UnknownEventVersion, Upcaster
from kernel.refusals import Damaged
from tests.kernel.log.support import LAST, NAMES, SERVICE, append, fill, interleaved, seal_all
from tests.kernel.log.tampering import event_at, set_column, tamper

BAD = 7
PROJECTION = Projection(
    upcaster=Upcaster(dict.fromkeys(NAMES, 1)),
    tables=(),
    project=lambda events: {"rows": {event.event_id: {"round": event.data["round"]} for event in events}},
    state=lambda events: [event.data["channel"] for event in events][-1],
)
AT = "(SELECT event_id FROM log_entry WHERE position = :p)"
DAMAGE = {
    "an event is gone": (f"DELETE FROM event WHERE event_id = {AT}",),
    "a position is gone": ("DELETE FROM log_entry WHERE position = :p",),
    "both are gone": (
        f"DELETE FROM event WHERE event_id = {AT}",
        "DELETE FROM log_entry WHERE position = :p",
    ),
}
BODIES = {"no json": b"{{", "nothing": b"", "no object": b"[]", "no event": b'{"id":"a"}', "no data": None}
READERS = {
    "diff": lambda log, _: diff(log, PROJECTION, SERVICE),
    "replay": lambda log, _: replay(log, PROJECTION, SERVICE),
    "rebuild": lambda log, _: rebuild(log, PROJECTION, SERVICE),
    "tail": lambda log, _: list(tail(log)),
    "jsonl": lambda log, out: export(log, SERVICE, "jsonl", out),
    "xes": lambda log, out: export(log, SERVICE, "xes", out),
    "ocel": lambda log, out: export(log, SERVICE, "ocel", out),
}


@pytest.fixture
def log(empty, tmp_path):
    return interleaved(empty, tmp_path)


def refused(reader, log, tmp_path):
    """The position that a reader names; nothing is left behind."""
    folder = tmp_path / "out"
    folder.mkdir(exist_ok=True)
    with pytest.raises(Damaged) as told:
        READERS[reader](log, folder / "log")
    assert list(folder.iterdir()) == []
    return told.value.details.get("position")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_gone_is_named_by_its_position(log, tmp_path, reader, damage):
    for statement in DAMAGE[damage]:
        tamper(log, statement, p=BAD)
    assert refused(reader, log, tmp_path) == BAD
    # Another one behind it changes nothing, another one before it does.
    tamper(log, DAMAGE["an event is gone"][0], p=BAD + 3)
    assert refused(reader, log, tmp_path) == BAD
    tamper(log, DAMAGE["a position is gone"][0], p=BAD - 3)
    assert refused(reader, log, tmp_path) == BAD - 3


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_cannot_be_read_is_named_by_its_position(log, tmp_path, reader, body):
    new = BODIES[body]
    if new is None:
        new = bytes(event_at(log, BAD)["body"]).replace(b'"data":{', b'"dota":{')
    set_column(log, BAD, body=new)
    assert refused(reader, log, tmp_path) == BAD


@pytest.mark.parametrize("reader", ["diff", "replay", "rebuild"])
def test_a_name_changed_in_the_data_is_damage_and_no_error_of_ours(log, tmp_path, reader):
    body = bytes(event_at(log, BAD)["body"])
    set_column(log, BAD, body=body.replace(b'"round"', b'"rounb"').replace(b'"channel"', b'"chammel"'))
    assert refused(reader, log, tmp_path) == BAD


@pytest.mark.parametrize("reader", ["diff", "rebuild"])
def test_an_event_without_a_position_has_none_in_the_refusal_either(log, tmp_path, reader):
    fill(log, 1, 1)
    tamper(log, "UPDATE event SET body = :junk WHERE event_id IN (SELECT event_id FROM unsealed)", junk=b"{{")
    assert refused(reader, log, tmp_path) is None


def test_an_event_newer_than_the_code_is_no_damage(empty):
    with empty.write() as connection:
        append(connection, "ticket/a", schema_version=2)
    seal_all(empty)
    with pytest.raises(UnknownEventVersion):
        diff(empty, PROJECTION, SERVICE)


def test_a_page_behind_the_hole_is_read_and_one_that_would_cross_it_is_not(log):
    tamper(log, DAMAGE["both are gone"][0], p=BAD)
    with log.read() as connection:
        assert len(read_log(connection, 0, BAD - 1)["events"]) == BAD - 1
        assert read_log(connection, BAD, 100)["next_after"] == LAST
        for after, limit in ((0, 100), (BAD - 1, 1)):
            with pytest.raises(Damaged):
                read_log(connection, after, limit)


def test_positions_missing_at_the_end_are_missed_too(log):
    tamper(log, "DELETE FROM log_entry WHERE position > :p", p=LAST - 2)
    with log.read() as connection:
        with pytest.raises(Damaged) as told:
            read_log(connection)
        assert told.value.details == {"position": LAST - 1}
        assert read_log(connection, LAST)["events"] == []


def test_a_stream_that_is_not_read_to_its_end_ends_with_its_snapshot(log, monkeypatch):
    complaints = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    with pytest.raises(ZeroDivisionError), Snapshot(log) as snapshot:
        streams = [snapshot.rows("SELECT position FROM log_entry", ("int8",)) for _ in range(2)]
        if snapshot.name:
            streams.append(snapshot.raw_rows("SELECT position FROM log_entry"))
        assert all(next(stream) for stream in streams)
        raise ZeroDivisionError
    del streams
    with pytest.raises(DBAPIError), Snapshot(log) as snapshot:
        stream = snapshot.rows("SELECT position FROM log_entry", ("int8",))
        next(stream)
        snapshot.connection.exec_driver_sql("SELECT nothing FROM nowhere")
    del stream
    gc.collect()
    assert complaints == []
