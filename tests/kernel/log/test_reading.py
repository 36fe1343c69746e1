"""Reading by position and by stream, and exports that other people's tools understand."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import orjson
import pytest

from kernel.log.export import export, tail
from kernel.log.heads import newest
from kernel.log.reading import log_head, read_log, stream_events, streams
from kernel.log.snapshot import Snapshot
from tests.kernel.log.support import SERVICE, append, fill, rows_of, seal_all

EVENTS = 12


@pytest.fixture
def log(empty):
    """Three streams of four sealed events."""
    fill(empty, 3, 4)
    seal_all(empty)
    return empty


def test_the_log_is_read_page_by_page_in_published_form(log):
    read, after = [], 0
    with log.read() as connection:
        while (page := read_log(connection, after, 5))["events"]:
            assert (page["epoch"], page["head"]) == (1, EVENTS)
            read += page["events"]
            after = page["next_after"]
        assert read_log(connection, EVENTS)["next_after"] == EVENTS
    assert [event["position"] for event in read] == list(range(1, EVENTS + 1))
    hashes = dict(rows_of(log, "SELECT event_id, event_hash FROM event"))
    assert all(event["eventhash"] == hashes[event["id"]].hex() for event in read)
    assert read[0]["type"] == "zhitongche.feedback.ticket_submitted"


def test_an_empty_log_has_a_head_without_a_time(empty):
    with empty.read() as connection:
        head = log_head(connection, SERVICE)
        assert read_log(connection) == {"epoch": 1, "events": [], "next_after": 0, "head": 0}
    root = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert head == {"service": SERVICE, "epoch": 1, "position": 0, "root": root, "at": None}


def test_the_head_is_the_last_sealed_one(log):
    with log.read() as connection:
        stored, head = newest(connection), log_head(connection, SERVICE)
    assert stored is not None
    assert (head["position"], head["root"]) == (EVENTS, stored.root.hex())
    assert head["at"].endswith("Z")


def test_a_streams_events_come_oldest_first_and_have_no_position_until_sealed(log):
    with log.write() as connection:
        append(connection, "ticket/0001")
    with log.read() as connection:
        listed = stream_events(connection, "ticket/0001")
    assert [event.stream_version for event, _, _ in listed] == [1, 2, 3, 4, 5]
    assert [position for _, position, _ in listed] == [2, 5, 8, 11, None]


def test_a_snapshot_does_not_see_what_is_written_meanwhile(log):
    with Snapshot(log) as snapshot:
        with log.write() as connection:
            append(connection, "ticket/0000")
            append(connection, "ticket/later")
        assert {stream_id: len(bodies) for stream_id, bodies in streams(snapshot)} == {
            f"ticket/{number:04}": 4 for number in range(3)
        }


def test_streams_are_cut_off_at_a_moment_of_recording(empty):
    with empty.write() as connection:
        for moment in (10, 20, 30):
            append(connection, "ticket/a", recorded_at=moment)
    with Snapshot(empty) as snapshot:
        assert [len(bodies) for _, bodies in streams(snapshot, 20)] == [2]
        assert list(streams(snapshot, 9)) == []


def test_json_lines_are_the_published_events_in_order(log, tmp_path):
    out = tmp_path / "log.jsonl"
    assert export(log, SERVICE, "jsonl", out) == EVENTS
    with log.read() as connection:
        expected = read_log(connection, 0, 100)["events"]
    assert [orjson.loads(line) for line in out.read_bytes().splitlines()] == expected == list(tail(log))
    assert list(tail(log, EVENTS - 2)) == expected[-2:]


def test_xes_has_a_trace_per_stream_with_names_and_times(log, tmp_path):
    out = tmp_path / "log.xes"
    assert export(log, SERVICE, "xes", out) == EVENTS
    traces = ET.parse(out).getroot().findall("trace")
    assert len(traces) == 3
    for trace in traces:
        names = [event.find("string[@key='concept:name']").get("value") for event in trace.findall("event")]
        assert names == ["ticket_submitted", "ticket_assigned", "ticket_replied", "ticket_closed"]
        assert all(event.find("date[@key='time:timestamp']") is not None for event in trace.findall("event"))


def test_ocel_names_every_object_and_type_that_its_events_name(log, tmp_path):
    out = tmp_path / "log.json"
    assert export(log, SERVICE, "ocel", out) == EVENTS
    document = orjson.loads(out.read_bytes())
    objects = {each["id"]: each["type"] for each in document["objects"]}
    assert set(objects.values()) == {each["name"] for each in document["objectTypes"]}
    assert {each["type"] for each in document["events"]} == {each["name"] for each in document["eventTypes"]}
    named = {relation["objectId"] for event in document["events"] for relation in event["relationships"]}
    assert named == set(objects)
    assert len(document["events"]) == EVENTS


def test_another_format_is_no_format(log, tmp_path):
    with pytest.raises(KeyError):
        export(log, SERVICE, "csv", tmp_path / "log.csv")
