"""What every writer promises, once for each database."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from copy import deepcopy

import pytest

from kernel import instants
from kernel.envelope import GENESIS, event_hash
from kernel.log.store import Batch, Conflict, EventRow, StoredCommand, StoreGone, StreamHead
from tests.kernel.small_service import Small, urls
from tests.support.homes import a_home

_TABLES = ("command", "stream", "event", "unsealed", "log_entry", "thing", "mark")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def url(request):
    yield from urls(request, a_home())


@pytest.fixture
def small(url, tmp_path):
    service = Small(url, tmp_path).empty()
    yield service
    service.close()


def _new() -> str:
    return str(uuid.uuid4())


def _batch(stream_id, version=0, previous=GENESIS, events=1, **row):
    """What one command on one stream writes."""
    batch = Batch(recorded_at=instants.now())
    command_id = _new()
    batch.commands[command_id] = StoredCommand("s", "m", b"\x00\xff", '{"答": 1}'.encode())
    head = StreamHead("datong", version, previous, 0)
    for _ in range(events):
        body = f'{{"n":{head.version + 1}}}'.encode()
        digest = event_hash(head.head_hash, body)
        row_of = EventRow(
            _new(), stream_id, head.version + 1, command_id, "thing_written", 5, body, head.head_hash, digest
        )
        batch.events.append(row_of)
        head = StreamHead("datong", head.version + 1, digest, 5)
    batch.streams[stream_id] = (version, head)
    if row:
        batch.rows["thing"] = {row["thing_id"]: {"name": None, "amount": 1, "holder": "h"} | row}
    return batch


def _counts(small):
    return {table: small.rows(f"SELECT count(*) FROM {table}")[0][0] for table in _TABLES}


def test_what_was_written_is_read_back_byte_for_byte(small):
    stream_id, thing_id = f"thing/{_new()}", _new()
    batch = _batch(stream_id, events=3, thing_id=thing_id, holder="持有人 '\"\\ 🍚")
    small.store.write(batch)
    (command_id,) = batch.commands
    view = small.store.view([command_id, _new()], [stream_id, "thing/none"], {"thing": [thing_id, "none"]})
    assert view.commands == batch.commands
    assert view.streams == {stream_id: batch.streams[stream_id][1]}
    assert view.rows == {"thing": {thing_id: batch.rows["thing"][thing_id]}}
    stored = small.rows("SELECT event_id, body, prev_hash, event_hash FROM event ORDER BY stream_version")
    assert [(row[0], *map(bytes, row[1:])) for row in stored] == [
        (row.event_id, row.body, row.prev_hash, row.event_hash) for row in batch.events
    ]


def test_a_view_of_nothing_tells_the_time_and_nothing_else(small):
    view = small.store.view([], [], {})
    assert abs(view.now - instants.now()) < 5 * instants.SECOND
    assert (view.commands, view.streams, view.rows) == ({}, {}, {})


def test_a_stream_that_moved_on_meanwhile_is_a_conflict_and_nothing_is_written(small):
    stream_id = f"thing/{_new()}"
    small.store.write(_batch(stream_id, events=2))
    before = _counts(small)
    for version in (0, 1, 3):
        with pytest.raises(Conflict):
            small.store.write(_batch(stream_id, version=version, thing_id=_new()))
        assert _counts(small) == before
    (head,) = small.store.view([], [stream_id], {}).streams.values()
    small.store.write(_batch(stream_id, version=2, previous=head.head_hash))
    assert small.store.view([], [stream_id], {}).streams[stream_id].version == 3


def test_a_command_id_that_was_used_meanwhile_is_a_conflict_and_nothing_is_written(small):
    first = _batch(f"thing/{_new()}")
    small.store.write(first)
    before = _counts(small)
    second = _batch(f"thing/{_new()}", thing_id=_new())
    second.commands = dict(first.commands)
    with pytest.raises(Conflict):
        small.store.write(second)
    assert _counts(small) == before


def test_a_unique_name_that_was_taken_meanwhile_is_a_conflict_and_nothing_is_written(small):
    small.store.write(_batch(f"thing/{_new()}", thing_id=_new(), name="once"))
    before = _counts(small)
    with pytest.raises(Conflict):
        small.store.write(_batch(f"thing/{_new()}", thing_id=_new(), name="once"))
    assert _counts(small) == before


@pytest.mark.parametrize("streams", [3, 100], ids=["by statement", "many at once"])
def test_a_batch_is_written_whole_or_not_at_all(small, streams):
    # Given one stream that exists already, among many new ones
    taken = f"thing/{_new()}"
    small.store.write(_batch(taken))
    before = _counts(small)
    whole = Batch(recorded_at=instants.now())
    for stream_id in [*(f"thing/{_new()}" for _ in range(streams)), taken]:
        part = _batch(stream_id, thing_id=_new())
        whole.commands |= part.commands
        whole.streams |= part.streams
        whole.events += part.events
        whole.rows.setdefault("thing", {}).update(part.rows["thing"])
    failing = deepcopy(whole)
    with pytest.raises(Conflict):
        small.store.write(failing)
    assert _counts(small) == before
    # When the old one is left out, then all of it stands
    del whole.streams[taken]
    whole.events = [event for event in whole.events if event.stream_id != taken]
    small.store.write(whole)
    after = _counts(small)
    assert after["event"] == before["event"] + streams
    assert after["stream"] == before["stream"] + streams
    assert after["command"] == before["command"] + streams + 1
    assert after["unsealed"] + after["log_entry"] == after["event"]


def test_a_live_row_is_replaced_by_its_key(small):
    thing_id = _new()
    for amount in (1, 2):
        small.store.write(_batch(f"thing/{_new()}", thing_id=thing_id, amount=amount))
    assert small.rows("SELECT amount FROM thing WHERE thing_id = :t", t=thing_id) == [(2,)]


def test_events_wait_for_the_sealer_in_the_order_in_which_they_were_written(small):
    ids = []
    for events in (3, 1, 2):
        batch = _batch(f"thing/{_new()}", events=events)
        ids += [row.event_id for row in batch.events]
        small.store.write(batch)
    table, order = ("unsealed", "seq") if small.database.dialect == "postgresql" else ("log_entry", "position")
    assert [row[0] for row in small.rows(f"SELECT event_id FROM {table} ORDER BY {order}")] == ids


def test_a_database_that_does_not_answer_is_gone_and_not_broken(small):
    small.store.write(_batch(f"thing/{_new()}"))
    for ask in (
        lambda: small.store.view([], ["thing/x"], {}),
        lambda: small.store.write(_batch(f"thing/{_new()}")),
    ):
        before = _counts(small)
        with _away(small), pytest.raises(StoreGone):
            ask()
        assert _counts(small) == before
        small.store.write(_batch(f"thing/{_new()}"))


@contextmanager
def _away(small):
    """SQLite: its table is not there. PostgreSQL: somebody ended its connection."""
    if small.database.dialect == "sqlite":
        small.change("ALTER TABLE stream RENAME TO moved_away")
        yield
        small.change("ALTER TABLE moved_away RENAME TO stream")
        return
    small.change(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    yield


def test_a_stream_may_be_held_without_an_event_and_the_hold_sees_a_move(small):
    stream_id = f"thing/{_new()}"
    small.store.write(_batch(stream_id))
    head = small.store.view([], [stream_id], {}).streams[stream_id]
    held = Batch(commands={_new(): StoredCommand("s", "m", b"", b"{}")}, recorded_at=1)
    held.streams[stream_id] = (head.version, head)
    small.store.write(held)
    assert small.store.view([], [stream_id], {}).streams[stream_id] == head
    small.store.write(_batch(stream_id, version=1, previous=head.head_hash))
    held.commands = {_new(): StoredCommand("s", "m", b"", b"{}")}
    with pytest.raises(Conflict):
        small.store.write(held)
