"""While dead letters cannot be kept, their messages wait: none is lost or answered twice, others are served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kernel.runtime.distributed import topology
from tests.kernel.runtime.lab import hosted
from tests.kernel.runtime.raw import connection, raw_caller
from tests.support.letters import Letters
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kernel.runtime.lab import HostedLab
    from tests.kernel.runtime.raw import RawCaller

GOOD = b'{"args": [], "kwargs": {"n": 1}}'
PREFETCH = 8


@pytest.fixture
def away(monkeypatch) -> Letters:
    """Dead letters that cannot be kept, and short beats."""
    monkeypatch.setattr("kernel.runtime.distributed.host.BEAT_EVERY", 0.2)
    letters = Letters()
    letters.away = True
    return letters


@pytest.fixture
def lab(amqp_uri, away) -> Iterator[HostedLab]:
    """A host with a small window."""
    with hosted(amqp_uri, letters=away, prefetch=PREFETCH) as hosted_lab:
        yield hosted_lab


@pytest.fixture
def caller(amqp_uri) -> Iterator[RawCaller]:
    with raw_caller(amqp_uri) as raw:
        yield raw


def served(caller: RawCaller) -> bool:
    return caller.reply(caller.send("lab.echo", GOOD))["error"] is None


def test_a_bad_message_waits_until_it_is_kept_and_is_then_refused_once(lab, caller):
    bad, mute = caller.send("lab.echo", b"1"), caller.send("lab.echo", b"2", reply_to=None)
    # Given a host that has asked for them more than once, and serves others meanwhile
    until(lambda: lab.letters.refused >= 2)
    assert served(caller)
    assert lab.letters.kept == []
    # When they can be kept
    lab.letters.away = False
    assert caller.is_refused(bad, "malformed_message")
    until(lambda: len(lab.letters.kept) == 2)
    # Then each was kept once, and nobody is answered a second time
    assert sorted(body for _, _, body, _ in lab.letters.kept) == [b"1", b"2"]
    assert served(caller)
    assert not {bad, mute} & set(caller.replies)
    until(lambda: not lab.host._tags._open)


def test_of_many_bad_messages_those_are_told_who_wait_and_the_others_are_kept_later(lab, caller):
    # Given half the window full of messages that nobody waits for
    for number in range(PREFETCH // 2):
        caller.send("lab.echo", b"mute %d" % number, reply_to=None)
    until(lambda: lab.host._held_back.full)
    # When more arrive than the window holds
    told = [caller.send("lab.echo", b"%d" % number) for number in range(2 * PREFETCH)]
    # Then who waits hears that it may try again, and the host serves
    assert all(caller.is_refused(one, "unavailable") for one in told)
    assert served(caller)
    lab.letters.away = False
    until(lambda: len(lab.letters.kept) == PREFETCH // 2)


def test_the_store_is_asked_once_a_beat_however_many_messages_wait(lab, caller, monkeypatch):
    monkeypatch.setattr(lab.host._held_back, "_pause", 60.0)
    for number in range(3):
        caller.send("lab.echo", b"%d" % number, reply_to=None)
    assert served(caller)
    assert lab.letters.refused == 1


def test_a_message_that_came_again_waits_to_be_counted_and_then_runs_once(amqp_uri, away, caller):
    # Given a message whose host died
    topology.declare_service(caller.channel, "lab")
    sent = caller.send("lab.echo", GOOD)
    with connection(amqp_uri) as dying:
        taken = []
        dying.channel().basic_consume(topology.rpc_queue("lab"), callback=taken.append)
        while not taken:
            dying.drain_events(timeout=5)
    with hosted(amqp_uri, letters=away) as lab:
        until(lambda: away.refused)
        assert served(caller)
        assert len(lab.application.batches) == 1
        # When it can be counted
        away.away = False
        assert caller.reply(sent)["error"] is None
        assert (len(away.counted), len(lab.application.batches)) == (1, 2)


def test_a_host_that_ends_meanwhile_leaves_its_messages_in_the_queue(amqp_uri, lab, caller):
    caller.send("lab.echo", b"1", reply_to=None)
    until(lambda: lab.letters.refused)
    lab.host.stop()
    lab.thread.join(10)
    with hosted(amqp_uri) as following:
        until(lambda: following.letters.kept)
    assert following.letters.kept == [("rpc-lab", "malformed_message", b"1", 1)]
