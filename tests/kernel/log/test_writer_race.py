"""Sixteen writers with applications of their own, on one stream and on many: once each, in order, chained."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from contextlib import closing

import orjson
import pytest

from kernel import instants
from kernel.envelope import GENESIS, event_hash
from kernel.refusals import Refusal
from tests.kernel.small_service import Small, urls
from tests.support.homes import a_home

_WRITERS = 16
_EACH = 6


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def url(request):
    yield from urls(request, a_home())


@pytest.fixture
def writers(url, tmp_path):
    made = [Small(url, tmp_path) for _ in range(_WRITERS)]
    made[0].empty()
    yield made
    for writer in made:
        writer.close()


def _race(writers, calls_of):
    """Outcomes by writer, each running its calls one by one from the same instant on."""
    start, outcomes = threading.Barrier(len(writers)), [[] for _ in writers]

    def work(n):
        start.wait()
        for call in calls_of(n, writers[n]):
            outcomes[n].append((call, *writers[n].run(call)))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(writers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcome for each in outcomes for outcome in each]


def _check_chains(writer, streams):
    for stream_id in streams:
        rows = writer.rows(
            "SELECT stream_version, body, prev_hash, event_hash, recorded_at FROM event WHERE stream_id = :s"
            " ORDER BY stream_version",
            s=stream_id,
        )
        previous, earlier = GENESIS, 0
        for expected, (version, body, prev_hash, digest, recorded_at) in enumerate(rows, 1):
            assert version == expected
            assert bytes(prev_hash) == previous
            assert event_hash(previous, bytes(body)) == bytes(digest)
            assert recorded_at > earlier
            previous, earlier = bytes(digest), recorded_at
        ((version, head),) = writer.rows(
            "SELECT version, head_hash FROM stream WHERE stream_id = :s", s=stream_id
        )
        assert (version, bytes(head)) == (len(rows), previous)


@pytest.mark.slow
def test_on_one_stream_every_acknowledged_command_is_there_once_and_no_other(writers):
    thing_id = str(uuid.uuid4())
    told = _race(writers, lambda _n, writer: [writer.call(thing_id) for _ in range(_EACH)])
    done = {call.arguments["command_id"]: answer for call, answer in told if not isinstance(answer, Refusal)}
    refused = [answer for _, answer in told if isinstance(answer, Refusal)]
    # Whoever was overtaken too often hears it by name, and nothing of it stands anywhere.
    assert {refusal.code for refusal in refused} <= {"stale_version"}
    stored = writers[0].rows("SELECT command_id FROM event ORDER BY stream_version")
    assert Counter(row[0] for row in stored) == Counter(list(done))
    assert sorted(answer["version"] for answer in done.values()) == list(range(1, len(done) + 1))
    assert {row[0] for row in writers[0].rows("SELECT command_id FROM command")} == set(done)
    assert writers[0].rows("SELECT amount FROM thing") == [(len(done),)]
    assert len(done) >= _WRITERS
    _check_chains(writers[0], [f"thing/{thing_id}"])


@pytest.mark.slow
def test_on_streams_of_their_own_nobody_is_refused(writers):
    ids = [str(uuid.uuid4()) for _ in writers]
    told = _race(writers, lambda n, writer: [writer.call(ids[n], times=2) for _ in range(_EACH)])
    assert not [answer for _, answer in told if isinstance(answer, Refusal)]
    assert writers[0].rows("SELECT DISTINCT amount FROM thing") == [(_EACH * 2,)]
    _check_chains(writers[0], [f"thing/{thing_id}" for thing_id in ids])


def test_one_command_sent_by_sixteen_at_once_is_done_once_and_answered_alike(writers):
    call = writers[0].call(str(uuid.uuid4()))
    told = _race(writers, lambda _n, _writer: [call])
    assert len({orjson.dumps(answer, option=orjson.OPT_SORT_KEYS) for _, answer in told}) == 1
    assert len(writers[0].rows("SELECT 1 FROM event")) == 1


def test_one_name_wanted_by_sixteen_at_once_goes_to_one(writers):
    told = _race(writers, lambda _n, writer: [writer.call(str(uuid.uuid4()), name="the one")])
    assert len([answer for _, answer in told if not isinstance(answer, Refusal)]) == 1
    assert len(writers[0].rows("SELECT 1 FROM thing")) == 1
    assert len(writers[0].rows("SELECT 1 FROM event")) == 1


def test_time_never_runs_backwards_within_a_stream_even_when_the_clock_does(url, tmp_path):
    with closing(Small(url, tmp_path).empty()) as small:
        thing_id = str(uuid.uuid4())
        small.run(small.call(thing_id))
        # Given a stream whose last event was recorded by a clock an hour ahead
        ahead = instants.now() + 3600 * instants.SECOND
        small.change("UPDATE stream SET recorded_at = :a", a=ahead)
        # When more is written, alone, several events at once, and several commands in a batch
        small.run(small.call(thing_id))
        small.run(small.call(thing_id, times=3))
        small.run(small.call(thing_id), small.call(thing_id))
        # Then every event is later than the one before
        recorded = [row[0] for row in small.rows("SELECT recorded_at FROM event ORDER BY stream_version")]
        assert recorded[1] == ahead + 1
        assert recorded == sorted(set(recorded))
        bodies = [
            orjson.loads(bytes(row[0])) for row in small.rows("SELECT body FROM event ORDER BY stream_version")
        ]
        assert [instants.parse(body["recordedtime"]) for body in bodies] == recorded
