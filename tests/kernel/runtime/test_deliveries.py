"""Acknowledging never loses an open delivery, and a message that ends its host is parked."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.refusals import InternalError, Refusal
from kernel.runtime.distributed import topology
from kernel.runtime.distributed.client import RpcClient
from kernel.runtime.distributed.deliveries import MOST_ATTEMPTS, Tags, fingerprint
from kernel.runtime.distributed.host import Host
from tests.kernel.runtime.lab import HostedLab, Lab, hosted, process
from tests.kernel.runtime.raw import connection, raw_caller
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = b'{"args": [], "kwargs": {"n": %d}}'


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 4), st.lists(st.integers(0, 30)))))
def test_what_is_done_is_acknowledged_once_and_what_is_open_never(rounds):
    # Given deliveries that come and are done in any order
    tags, newest = Tags(), 0
    opened, acknowledged = [], []
    for arriving, chosen in rounds:
        for _ in range(arriving):
            newest += 1
            tags.open(newest)
            opened.append(newest)
        done = {opened[pick % len(opened)] for pick in chosen if opened}
        for tag in done:
            tags.done(tag)
            opened.remove(tag)
        # When the broker applies what we tell it
        before = set(acknowledged)
        for tag, multiple in tags.acknowledgements():
            hit = [t for t in range(1, newest + 1) if (t <= tag if multiple else t == tag)]
            acknowledged += [t for t in hit if t not in acknowledged]
            assert tag not in before
        # Then exactly what was done is gone
        assert set(acknowledged) == set(range(1, newest + 1)) - set(opened)


def _redelivered(uri: str, *bodies: bytes) -> None:
    """Leave messages in the queue as a host that died in the middle leaves them."""
    with raw_caller(uri) as caller:
        topology.declare_service(caller.channel, "lab")
        for number, body in enumerate(bodies):
            caller.send("lab.echo", body, reply_to=None, correlation_id=f"m{number}")
    with connection(uri) as dying:
        channel, taken = dying.channel(), []
        channel.basic_consume("rpc-lab", callback=taken.append)
        while len(taken) < len(bodies):
            dying.drain_events(timeout=5)


def test_messages_that_come_again_run_one_by_one_and_are_counted_first(amqp_uri):
    _redelivered(amqp_uri, *(GOOD % n for n in range(5)))
    with hosted(amqp_uri) as lab:
        until(lambda: len(lab.application.batches) == 5)
    assert [[call.arguments["n"] for call in batch] for batch in lab.application.batches] == [
        [n] for n in range(5)
    ]
    assert len(set(lab.letters.counted)) == 5


def test_a_message_after_its_last_attempt_is_parked_and_not_run(amqp_uri):
    # Given a message that came again, and as many attempts on record as there are
    _redelivered(amqp_uri, GOOD % 1)
    with _prepared(amqp_uri) as lab:
        until(lambda: lab.letters.kept)
    # Then it stands among the dead letters
    assert lab.letters.kept == [("rpc-lab", "ends_its_host", GOOD % 1, MOST_ATTEMPTS)]
    assert lab.application.batches == []


@contextmanager
def _prepared(uri: str) -> Iterator[HostedLab]:
    lab = HostedLab(uri)
    lab.letters.attempts = lambda _fingerprint: MOST_ATTEMPTS
    lab.thread.start()
    yield lab
    lab.host.stop()
    lab.thread.join(10)


@pytest.mark.slow
def test_a_message_that_kills_its_host_is_parked_after_its_attempts_and_the_service_lives_on(
    amqp_uri, tmp_path
):
    with raw_caller(amqp_uri) as caller:
        # Given a message that kills every host
        host = process(amqp_uri, tmp_path)
        topology.declare_service(caller.channel, "lab")
        poison = caller.send("lab.die", GOOD % 666)
        innocent = caller.send("lab.record", b'{"args": [], "kwargs": {"number": 1}}')
        # When a supervisor starts the host again each time
        deaths = 0
        while not (tmp_path / "dead").exists():
            if host.poll() is not None:
                assert host.returncode == -signal.SIGKILL
                deaths += 1
                assert deaths <= MOST_ATTEMPTS + 1
                host = process(amqp_uri, tmp_path)
            time.sleep(0.02)
        # Then it is answered and kept, and the others are served
        assert '"code":"internal_error"' in caller.reply(poison)["error"]["value"]
        assert caller.reply(innocent)["error"] is None
        assert (tmp_path / "dead").read_text() == f"rpc-lab ends_its_host {MOST_ATTEMPTS}"
        with RpcClient(amqp_uri) as client:
            client.call("lab.record", {"number": 2})
        host.terminate()
        assert host.wait(20) == 0
    assert (tmp_path / "diary").read_text().split()[-2:] == ["1", "2"]


def test_the_same_call_made_twice_is_two_messages(amqp_uri):
    class Message:
        body = b"{}"
        delivery_info = MappingProxyType({"routing_key": "lab.echo"})

        def __init__(self, correlation_id):
            self.properties = {"correlation_id": correlation_id}

    assert fingerprint(Message("a")) == fingerprint(Message("a")) != fingerprint(Message("b"))
    assert len(fingerprint(Message(None))) == 64


def test_dead_letters_are_asked_for():
    with pytest.raises(TypeError, match="dead_letters"):
        Host(Lab, "amqp://nowhere")
    assert issubclass(InternalError, Refusal)
