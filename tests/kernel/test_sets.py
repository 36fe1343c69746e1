"""Sets of rows are written with the events, or not at all: gained, lost, and both in every order."""

from __future__ import annotations

import uuid

import pytest

from kernel.log.store import SetChange
from kernel.refusals import Refusal
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


def test_members_are_gained_and_lost_and_those_of_others_stay(small):
    one, other = _new(), _new()
    small.run(small.call(one, gains=[1, 2, 2**62]), small.call(other, gains=[1, 2]))
    small.run(small.call(one, gains=[3], loses=[1]))
    assert (small.marks(one), small.marks(other)) == ({2, 3, 2**62}, {1, 2})


def test_gaining_what_is_there_and_losing_what_is_not_changes_nothing(small):
    thing_id = _new()
    small.run(small.call(thing_id, gains=[1, 2]))
    small.run(small.call(thing_id, gains=[1], loses=[7]))
    assert small.marks(thing_id) == {1, 2}


@pytest.mark.parametrize(
    ("commands", "left"),
    [
        ([{"gains": [1]}, {"loses": [1]}], set()),
        ([{"loses": [5]}, {"gains": [5]}], {5}),
        ([{"gains": [1]}, {"loses": [1]}, {"gains": [1]}], {1, 5}),
        ([{"loses": [5]}, {"gains": [5]}, {"loses": [5]}], set()),
        ([{"gains": [1], "loses": [5]}, {"gains": [5], "loses": [1]}], {5}),
    ],
)
def test_within_one_batch_the_later_command_decides(small, commands, left):
    thing_id = _new()
    small.run(small.call(thing_id, gains=[5]))
    if 5 not in left and not any(5 in command.get("loses", ()) for command in commands):
        left = left | {5}
    answers = small.run(*(small.call(thing_id, **command) for command in commands))
    assert not [answer for answer in answers if isinstance(answer, Refusal)]
    assert small.marks(thing_id) == left
    assert len(small.rows("SELECT 1 FROM command")) == len(commands) + 1


@pytest.mark.parametrize("fails", ["refuses", "breaks"])
def test_a_refused_command_leaves_nothing_of_its_set(small, fails):
    thing_id = _new()
    small.run(
        small.call(thing_id, gains=[1]),
        small.call(thing_id, gains=[2], loses=[1], fails=fails),
        small.call(thing_id, gains=[3]),
    )
    assert small.marks(thing_id) == {1, 3}


def test_after_a_conflict_each_command_writes_its_own_set_once(small):
    small.run(small.call(_new(), name="taken"))
    first, conflicting, last = _new(), _new(), _new()
    answers = small.run(
        small.call(first, gains=[1]),
        small.call(conflicting, gains=[1], name="taken"),
        small.call(last, gains=[1]),
        small.call(first, gains=[2], loses=[1]),
    )
    assert [isinstance(answer, Refusal) for answer in answers] == [False, True, False, False]
    assert (small.marks(first), small.marks(conflicting), small.marks(last)) == ({2}, set(), {1})


@pytest.mark.parametrize("count", [3, 40, 120])
def test_many_new_streams_bring_their_sets_along(small, count):
    ids = [_new() for _ in range(count)]
    answers = small.run(*(small.call(one, gains=[place, 7]) for place, one in enumerate(ids)))
    assert not [answer for answer in answers if isinstance(answer, Refusal)]
    assert [small.marks(one) for one in ids] == [{place, 7} for place in range(count)]


def test_many_new_streams_and_one_that_loses_are_written_together(small):
    old = _new()
    small.run(small.call(old, gains=[1]))
    ids = [_new() for _ in range(40)]
    small.run(*(small.call(one, gains=[7]) for one in ids), small.call(old, loses=[1]))
    assert small.marks(old) == set()
    assert small.rows("SELECT count(*) FROM mark") == [(40,)]


def test_many_new_streams_whose_members_are_there_already_are_written_all_the_same(small):
    ids = [_new() for _ in range(40)]
    small.change("INSERT INTO mark (number, thing_id) VALUES (7, :t)", t=ids[5])
    answers = small.run(*(small.call(one, gains=[7]) for one in ids))
    assert not [answer for answer in answers if isinstance(answer, Refusal)]
    assert small.rows("SELECT count(*) FROM mark") == [(40,)]


def test_what_follows_in_a_set_is_what_both_changes_come_to():
    change = SetChange({("a",), ("b",)}, {("c",)})
    change.then(SetChange({("c",)}, {("a",), ("d",)}))
    assert change == SetChange({("b",), ("c",)}, {("a",), ("d",)})
    assert not change.gained & change.lost
