"""A question whose asking is recorded: no event, no answer; and its answer is kept nowhere."""

from __future__ import annotations

import threading
import uuid
from contextlib import closing

import pytest

from kernel.log.store import Conflict, StoreGone
from kernel.refusals import Refusal
from kernel.runtime.calls import Call
from tests.kernel.small_service import Small, urls
from tests.support.homes import a_home

_SECRET = {"secret": "the amount is 1"}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def url(request):
    yield from urls(request, a_home())


@pytest.fixture
def small(url, tmp_path):
    service = Small(url, tmp_path).empty()
    yield service
    service.close()


@pytest.fixture
def thing_id(small):
    made = str(uuid.uuid4())
    small.run(small.call(made))
    return made


def _asked(small):
    return small.rows("SELECT command_id FROM event WHERE name = 'thing_asked' ORDER BY stream_version")


def test_each_asking_is_an_event_of_its_own(small, thing_id):
    assert [small.run(small.question(thing_id)) for _ in range(3)] == [[_SECRET]] * 3
    ids = [command_id for (command_id,) in _asked(small)]
    assert len(set(ids)) == 3
    assert {str(uuid.UUID(one)) for one in ids} == set(ids)
    stored = small.rows("SELECT command_id FROM command WHERE method = 'ask_thing'")
    assert {one for (one,) in stored} == set(ids)


def test_nobody_chooses_the_id_of_a_question(small, thing_id):
    call = small.question(thing_id, command_id=str(uuid.uuid4()))
    (refusal,) = small.run(call)
    assert list(refusal.details["fields"]) == ["command_id"]
    assert _asked(small) == []


def test_the_answer_stands_in_no_table(small, thing_id):
    assert small.run(small.question(thing_id)) == [_SECRET]
    for table in ("command", "event", "stream", "thing", "unsealed", "log_entry", "mark"):
        for row in small.rows(f"SELECT * FROM {table}"):
            told = b"".join(bytes(cell) if isinstance(cell, bytes) else str(cell).encode() for cell in row)
            assert b"the amount is" not in told, table


def test_what_is_refused_is_not_recorded(small, thing_id):
    refused = small.run(small.question(str(uuid.uuid4())), small.question(thing_id, fails="breaks"))
    assert [refusal.code for refusal in refused] == ["not_found", "internal_error"]
    assert _asked(small) == []


@pytest.mark.parametrize(("fault", "code"), [(StoreGone, "unavailable"), (ValueError, "internal_error")])
def test_where_the_event_cannot_be_written_nothing_is_answered(small, thing_id, monkeypatch, fault, code):
    def write(_store, _batch):
        raise fault

    monkeypatch.setattr(type(small.store), "write", write)
    outcomes = small.run(small.question(thing_id), small.question(thing_id))
    assert [outcome.code for outcome in outcomes] == [code, code]
    monkeypatch.undo()
    assert _asked(small) == []


def test_a_conflict_is_asked_again_and_recorded_once(small, thing_id, monkeypatch):
    original, conflicts = type(small.store).write, [Conflict, Conflict]

    def write(store, batch):
        if conflicts:
            raise conflicts.pop()
        original(store, batch)

    monkeypatch.setattr(type(small.store), "write", write)
    assert small.run(small.question(thing_id)) == [_SECRET]
    assert len(_asked(small)) == 1


def test_questions_and_commands_of_one_batch_share_a_commit(small, thing_id, monkeypatch):
    original, batches = type(small.store).write, []

    def write(store, batch):
        batches.append(batch)
        original(store, batch)

    monkeypatch.setattr(type(small.store), "write", write)
    question, other = small.question(thing_id), str(uuid.uuid4())
    answers = small.run(question, small.call(thing_id), question, small.call(other), small.question(other))
    assert len(batches) == 1
    assert answers[0] == _SECRET
    # What an earlier command of the batch did, a later question sees.
    assert (answers[2], answers[4]) == ({"secret": "the amount is 2"}, _SECRET)
    assert len(_asked(small)) == 3


def test_one_refused_question_leaves_its_neighbours_alone(small, thing_id):
    one, refused, two = small.run(
        small.question(thing_id), small.question(str(uuid.uuid4())), small.question(thing_id)
    )
    assert (one, refused.code, two) == (_SECRET, "not_found", _SECRET)
    assert len(_asked(small)) == 2


def test_a_question_needs_a_token_as_every_call_does(small, thing_id):
    (refusal,) = small.run(Call("ask_thing", {"thing_id": thing_id}, {}))
    assert refusal.code == "not_authenticated"
    assert _asked(small) == []


def test_sixteen_who_ask_at_once_are_all_answered_and_all_recorded(url, tmp_path):
    with closing(Small(url, tmp_path).empty()) as first:
        thing_id = str(uuid.uuid4())
        first.run(first.call(thing_id))
        services = [Small(url, tmp_path) for _ in range(16)]
        start, outcomes = threading.Barrier(16), []

        def ask(service):
            start.wait()
            for _ in range(3):
                outcomes.extend(service.run(service.question(thing_id)))

        threads = [threading.Thread(target=ask, args=(service,)) for service in services]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for service in services:
            service.close()
        refused = [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]
        assert (refused, len(outcomes), len(_asked(first))) == ([], 48, 48)
