"""What follows a commit outside its database: after it, never without it, and again where it failed."""

from __future__ import annotations

import uuid

import pytest

from kernel.log.steps import Steps
from kernel.log.store import Batch, Conflict, StoreGone
from tests.kernel.small_service import Small, urls
from tests.support.homes import a_home


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


def test_a_step_is_taken_once_what_it_follows_is_committed(small):
    thing_id, seen = _new(), []
    small.step = lambda one: seen.append((one, small.rows("SELECT count(*) FROM event")[0][0]))
    small.run(small.call(thing_id))
    assert seen == [(thing_id, 1)]


@pytest.mark.parametrize("fails", ["refuses", "breaks"])
def test_a_refused_command_takes_no_step(small, fails):
    kept = _new()
    small.run(small.call(kept), small.call(_new(), fails=fails))
    assert small.steps == [kept]


def test_a_command_that_was_done_before_takes_its_step_once(small):
    thing_id = _new()
    call = small.call(thing_id)
    small.run(call)
    small.run(call)
    assert small.steps == [thing_id]


def test_after_a_conflict_each_step_is_taken_once_and_none_of_the_refused(small):
    small.run(small.call(_new(), name="taken"))
    small.steps.clear()
    first, last = _new(), _new()
    small.run(small.call(first), small.call(_new(), name="taken"), small.call(last))
    assert small.steps == [first, last]


def test_a_step_that_failed_is_taken_again_after_the_next_commit_and_its_caller_is_answered(small, caplog):
    thing_id, other = _new(), _new()

    def away(_):
        raise OSError("a text that nobody may read")

    small.step = away
    assert small.run(small.call(thing_id))[0]["amount"] == 1
    assert "OSError" in caplog.text
    assert "a text that nobody may read" not in caplog.text
    small.step = small.steps.append
    # What changes nothing commits nothing, and what is refused neither.
    small.run(small.call(other, fails="refuses"))
    assert small.steps == []
    small.run(small.call(other))
    assert small.steps == [thing_id, other]


def test_where_the_answer_of_a_commit_was_lost_the_step_is_taken_with_the_next(small, monkeypatch):
    thing_id, other = _new(), _new()
    original = type(small.store).write

    def commit_and_vanish(store, batch):
        original(store, batch)
        raise StoreGone

    monkeypatch.setattr(type(small.store), "write", commit_and_vanish)
    assert small.run(small.call(thing_id))[0].code == "unavailable"
    monkeypatch.undo()
    assert small.steps == []
    small.run(small.call(other))
    assert small.steps == [thing_id, other]


class _Store:
    """Writes nothing, and fails where it is told to."""

    def __init__(self):
        self.fault = None

    def write(self, _batch):
        if self.fault:
            raise self.fault


def test_steps_that_an_earlier_process_left_are_taken_at_the_start(caplog):
    taken, failing = [], [OSError()]

    def left():
        if failing:
            raise failing.pop()
        taken.append("left")

    steps = Steps(_Store(), [left, lambda: taken.append("other")])
    assert taken == ["other"]
    assert "OSError" in caplog.text
    steps.write(Batch())
    assert taken == ["other", "left"]


def test_of_a_batch_that_is_decided_anew_no_step_stays():
    taken, store = [], _Store()
    steps, store.fault = Steps(store, []), Conflict()
    with pytest.raises(Conflict):
        steps.write(Batch(afterwards=[lambda: taken.append("never")]))
    store.fault = None
    steps.write(Batch())
    assert taken == []
