"""Live tables are what the log makes of them: compared row by row, refilled, and counted as of a moment."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import BigInteger, Column, MetaData, String, Table, Text, insert

from kernel.log.leader import Leadership
from kernel.log.rebuild import LiveTable, Projection, ServiceRuns, diff, rebuild, replay
from kernel.log.schema import key_text
from kernel.log.upcasting import Upcaster
from tests.kernel.log.support import NAMES, SERVICE, append, fill, rows_of, seal_all
from tests.kernel.log.tampering import tamper
from tests.support.waiting import until

METADATA = MetaData()
CASE = Table(
    "live_case",
    METADATA,
    Column("case_id", key_text(80), primary_key=True),
    Column("state", String(40), nullable=False),
    Column("version", BigInteger, nullable=False),
)
STEP = Table(
    "live_step",
    METADATA,
    Column("case_id", key_text(80), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=True),
)


def project(events):
    last = events[-1]
    steps = {
        f"{event.stream_id}/{event.stream_version}": {
            "case_id": event.stream_id,
            "version": event.stream_version,
            "name": event.name,
        }
        for event in events
    }
    case = {"case_id": last.stream_id, "state": last.name, "version": last.stream_version}
    return {"live_case": {last.stream_id: case}, "live_step": steps}


_LOCKS = (
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())"
)
PROJECTION = Projection(
    upcaster=Upcaster(dict.fromkeys(NAMES, 1)),
    tables=(LiveTable(CASE), LiveTable(STEP)),
    project=project,
    state=lambda events: events[-1].name,
)


@pytest.fixture
def live(empty):
    """Three streams of three sealed events and one unsealed one, and live rows that agree."""
    METADATA.create_all(empty.engine)
    fill(empty, 3, 3)
    seal_all(empty)
    fill(empty, 3, 1)
    rebuild(empty, PROJECTION, SERVICE)
    yield empty
    METADATA.drop_all(empty.engine)


def different(database):
    report = diff(database, PROJECTION, SERVICE)
    assert report["ok"] == (not any(table["different"] for table in report["tables"]))
    return {table["table"]: table["different"] for table in report["tables"] if table["different"]}


def test_rows_that_agree_are_no_difference(live):
    assert diff(live, PROJECTION, SERVICE) == {
        "ok": True,
        "service": SERVICE,
        "position": 9,
        "tables": [
            {"table": "live_case", "rows": 3, "different": []},
            {"table": "live_step", "rows": 12, "different": []},
            {"table": "stream", "rows": 3, "different": []},
        ],
    }


def test_a_changed_value_is_one_difference(live):
    tamper(live, "UPDATE live_case SET state = 'ticket_burnt' WHERE case_id = 'ticket/0001'")
    tamper(live, "UPDATE live_step SET name = NULL WHERE case_id = 'ticket/0002' AND version = 3")
    assert different(live) == {"live_case": ["ticket/0001"], "live_step": ["ticket/0002/3"]}


@pytest.mark.parametrize(
    "change",
    [
        "institution = 'chifeng'",
        "base_version = base_version + 1",
        "base_version = base_version - 4",
        "version = version + 1",
        "recorded_at = recorded_at + 1",
    ],
)
def test_a_changed_row_of_a_stream_is_one_difference_and_a_rebuild_puts_it_right(live, change):
    tamper(live, f"UPDATE stream SET {change} WHERE stream_id = 'ticket/0001'")
    assert different(live) == {"stream": ["ticket/0001"]}
    rebuild(live, PROJECTION, SERVICE)
    # Version and hash are witnesses of what the log was, and stay.
    assert different(live) == ({"stream": ["ticket/0001"]} if change.startswith("version") else {})


def test_a_write_may_have_begun_before_any_command_but_not_inside_one(live):
    (last,) = rows_of(
        live, "SELECT command_id FROM event WHERE stream_id = 'ticket/0002' AND stream_version = 4"
    )
    tamper(live, "UPDATE stream SET base_version = 1 WHERE stream_id = 'ticket/0001'")
    assert different(live) == {}
    # Given two events of one command
    with live.write() as connection:
        append(connection, "ticket/0002", command_id=last[0])
    rebuild(live, PROJECTION, SERVICE)
    assert different(live) == {}
    tamper(live, "UPDATE stream SET base_version = 4 WHERE stream_id = 'ticket/0002'")
    assert different(live) == {"stream": ["ticket/0002"]}


def test_only_behind_an_event_that_is_held_a_write_may_have_added_nothing(live):
    tamper(live, "UPDATE stream SET base_version = version")
    assert len(different(live)["stream"]) == 3
    holding = replace(PROJECTION, held_after=frozenset({NAMES[3]}))
    assert diff(live, holding, SERVICE)["ok"]


@pytest.mark.parametrize("case_id", ["ticket/0000", "ticket/0001", "ticket/0002"])
def test_a_lost_row_is_one_difference(live, case_id):
    tamper(live, f"DELETE FROM live_case WHERE case_id = '{case_id}'")
    assert different(live) == {"live_case": [case_id]}


@pytest.mark.parametrize("case_id", ["a", "ticket/00001", "ticket/0002x", "z"])
def test_a_row_that_no_event_made_is_one_difference(live, case_id):
    with live.write() as connection:
        connection.execute(insert(CASE), {"case_id": case_id, "state": "ticket_closed", "version": 1})
    assert different(live) == {"live_case": [case_id]}


def test_a_row_under_another_streams_key_is_two_differences(live):
    tamper(live, "UPDATE live_step SET case_id = 'ticket/00015' WHERE case_id = 'ticket/0002' AND version = 3")
    assert different(live) == {"live_step": ["ticket/00015/3", "ticket/0002/3"]}


def test_rebuilding_makes_every_row_again_and_no_other(live):
    before = rows_of(live, "SELECT * FROM live_step ORDER BY case_id, version")
    tamper(live, "DELETE FROM live_case")
    tamper(live, "UPDATE live_step SET name = 'x', version = version + 10")
    assert rebuild(live, PROJECTION, SERVICE) == 15
    assert rows_of(live, "SELECT * FROM live_step ORDER BY case_id, version") == before
    assert different(live) == {}


def test_a_rebuild_that_fails_changes_nothing(live):
    def broken(events):
        if events[0].stream_id == "ticket/0002":
            raise RuntimeError
        return project(events)

    projection = Projection(PROJECTION.upcaster, PROJECTION.tables, broken, PROJECTION.state)
    with pytest.raises(RuntimeError):
        rebuild(live, projection, SERVICE)
    assert different(live) == {}


@pytest.mark.servers
def test_while_a_log_process_leads_nothing_is_rebuilt_and_afterwards_it_is(on_postgresql):
    METADATA.create_all(on_postgresql.engine)
    fill(on_postgresql, 3, 3)
    leading = Leadership(on_postgresql, SERVICE)
    try:
        assert leading.connection() is not None
        with pytest.raises(ServiceRuns):
            rebuild(on_postgresql, PROJECTION, SERVICE)
        # The log of another service is another matter.
        assert rebuild(on_postgresql, PROJECTION, "contacts") == 12
        leading.resign()
        # The server ends a closed connection, and gives its lock back, in its own time.
        until(lambda: not rows_of(on_postgresql, _LOCKS))
        assert rebuild(on_postgresql, PROJECTION, SERVICE) == 12
        # And its end lets a process lead again.
        assert leading.connection() is not None
    finally:
        leading.resign()
        METADATA.drop_all(on_postgresql.engine)


def test_a_replay_counts_states_as_of_a_moment_of_recording(empty):
    with empty.write() as connection:
        append(connection, "ticket/a", recorded_at=10)
        append(connection, "ticket/b", recorded_at=20)
        append(connection, "ticket/a", recorded_at=30)
    seal_all(empty)
    assert replay(empty, PROJECTION, SERVICE, 20) == {
        "service": SERVICE,
        "as_of": "1970-01-01T00:00:00.000020Z",
        "position": 2,
        "counts": {"ticket_submitted": 2},
    }
    assert replay(empty, PROJECTION, SERVICE) == {
        "service": SERVICE,
        "as_of": None,
        "position": 3,
        "counts": {"ticket_assigned": 1, "ticket_submitted": 1},
    }
