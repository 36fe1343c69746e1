"""Hosts, brokers and clients come and go: nothing is run twice, nobody waits for what cannot come."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from kernel.refusals import Unavailable
from kernel.runtime.distributed.client import RpcClient
from kernel.runtime.distributed.host import BrokerGone
from tests.kernel.runtime.lab import HostedLab, hosted, process, refusal_of
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self


class Callers:
    """Eight threads that record numbers as fast as they are answered, for as long as the block runs."""

    def __init__(self, client: RpcClient) -> None:
        self._client = client
        self._over = threading.Event()
        self.answered: list[str] = []
        self.failed: list[Unavailable] = []
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(8)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _work(self, caller: int) -> None:
        for number in itertools.count():
            if self._over.is_set():
                break
            try:
                self._client.call("lab.record", {"number": f"{caller}-{number}"})
            except Unavailable as refusal:
                self.failed.append(refusal)
            else:
                self.answered.append(f"{caller}-{number}")

    def go_on(self) -> None:
        """Wait until they were answered a hundred times more."""
        enough = len(self.answered) + 100
        until(lambda: len(self.answered) >= enough, 20)


def _recorded(folder: Path) -> Counter[str]:
    return Counter((folder / "diary").read_text().split())


@pytest.mark.slow
def test_a_host_told_to_stop_answers_what_it_began_and_gives_the_rest_to_the_next(amqp_uri, tmp_path):
    host = process(amqp_uri, tmp_path)
    with RpcClient(amqp_uri, timeout=20) as client:
        client.call_with_retry("lab.echo", {}, patience=20)
        # Given eight callers at work
        with Callers(client) as callers:
            for _ in range(3):
                callers.go_on()
                # When the host is told to stop, and another is started
                begun = time.monotonic()
                host.terminate()
                assert host.wait(20) == 0
                assert time.monotonic() - begun < 3
                host = process(amqp_uri, tmp_path)
            callers.go_on()
    host.terminate()
    assert host.wait(20) == 0
    # Then no call failed, and each was run exactly once
    assert callers.failed == []
    assert _recorded(tmp_path) == Counter(callers.answered)


@pytest.mark.slow
def test_when_the_broker_is_killed_callers_know_at_once_and_the_same_client_goes_on(rabbit, amqp_uri):
    lab = HostedLab(amqp_uri)
    lab.thread.start()
    with RpcClient(amqp_uri, timeout=30) as client, ThreadPoolExecutor(4) as threads:
        assert lab.host.ready.wait(20)
        client.call("lab.echo", {})
        # Given callers that wait
        waiting = [threads.submit(refusal_of, client.call, "lab.slow", {"seconds": 3}) for _ in range(4)]
        until(lambda: len(lab.application.asked) == 4)
        # When the broker is killed
        rabbit.kill()
        begun = time.monotonic()
        refusals = [future.result() for future in waiting]
        # Then all are told at once, the host ends, and a new call says so too
        assert time.monotonic() - begun < 2
        assert [refusal.details for refusal in refusals] == [{"part": "broker"}] * 4
        assert refusal_of(client.call, "lab.echo", {}).details == {"part": "broker"}
        lab.thread.join(10)
        assert isinstance(lab.ended_with, BrokerGone)
        # When the broker and a host are back, the client goes on
        rabbit.start()
        with hosted(amqp_uri):
            assert client.call_with_retry("lab.echo", {"n": 1}, patience=20)["arguments"] == {"n": 1}


def test_a_host_waits_for_a_broker_that_is_not_up_yet_and_can_be_stopped_meanwhile():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        lab = HostedLab(f"amqp://guest:guest@127.0.0.1:{nobody.getsockname()[1]}//")
        lab.thread.start()
        assert not lab.host.ready.wait(0.5)
        assert lab.thread.is_alive()
        lab.host.stop()
        lab.thread.join(5)
    assert not lab.thread.is_alive()
    assert lab.ended_with is None


def test_a_host_with_several_brokers_to_choose_from_takes_one_that_answers(amqp_uri):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        uris = f"amqp://guest:guest@127.0.0.1:{nobody.getsockname()[1]}//;{amqp_uri}"
        with hosted(uris), RpcClient(uris) as client:
            assert client.call("lab.echo", {"n": 1})["arguments"] == {"n": 1}


def test_a_wrong_password_ends_the_host_instead_of_being_tried_again(amqp_uri):
    lab = HostedLab(amqp_uri.replace("guest:guest", "guest:wrong"))
    lab.thread.start()
    lab.thread.join(10)
    assert "ACCESS_REFUSED" in str(lab.ended_with.__cause__)


def test_a_stopping_host_answers_the_queries_it_began(amqp_uri):
    with RpcClient(amqp_uri) as client, ThreadPoolExecutor(1) as threads:
        with hosted(amqp_uri) as lab:
            asked = threads.submit(client.call, "lab.slow", {"seconds": 0.6})
            until(lambda: lab.application.asked)
        assert asked.result()["arguments"] == {"seconds": 0.6}


def test_a_call_that_nobody_serves_waits_for_the_next_host_as_long_as_its_caller_does(amqp_uri):
    with hosted(amqp_uri):
        pass
    with RpcClient(amqp_uri) as client, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(client.call, "lab.echo", {"n": 1})
        time.sleep(0.3)
        assert not waiting.done()
        with hosted(amqp_uri):
            assert waiting.result()["arguments"] == {"n": 1}


def test_a_closed_client_tells_its_waiting_callers_and_opens_again_for_the_next(amqp_uri):
    client = RpcClient(amqp_uri)
    with hosted(amqp_uri) as lab, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(refusal_of, client.call, "lab.slow", {"seconds": 0.5})
        until(lambda: lab.application.asked)
        client.close()
        assert waiting.result().details == {"part": "broker"}
        assert client.call("lab.echo", {"n": 1})["arguments"] == {"n": 1}
        client.close()


def test_a_retry_keeps_on_until_a_service_is_there_and_gives_up_in_time(amqp_uri):
    with RpcClient(amqp_uri, timeout=0.3) as client:
        begun = time.monotonic()
        assert refusal_of(client.call_with_retry, "lab.echo", {}, patience=1.0).details == {"service": "lab"}
        assert time.monotonic() - begun < 2
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(client.call_with_retry, "lab.echo", {"n": 1}, patience=20)
            time.sleep(0.3)
            with hosted(amqp_uri):
                assert waiting.result()["arguments"] == {"n": 1}


def test_a_client_whose_broker_does_not_answer_gives_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = RpcClient(f"amqp://guest:guest@127.0.0.1:{silent.getsockname()[1]}//")
        begun = time.monotonic()
        refusal = refusal_of(client.call, "lab.echo", {}, timeout=0.5)
        assert refusal.details == {"part": "broker"}
        assert time.monotonic() - begun < 2


@pytest.mark.slow
def test_an_idle_connection_is_kept_by_heartbeats_on_both_sides(amqp_uri, monkeypatch):
    # Given heartbeats of one second
    monkeypatch.setattr("kernel.runtime.distributed.link.HEARTBEAT", 1)
    monkeypatch.setattr("kernel.runtime.distributed.link.BEAT_EVERY", 0.2)
    monkeypatch.setattr("kernel.runtime.distributed.host.BEAT_EVERY", 0.2)
    monkeypatch.setattr("kernel.runtime.distributed.client.BEAT_EVERY", 0.2)
    with hosted(amqp_uri) as lab, RpcClient(amqp_uri) as client:
        client.call("lab.echo", {})
        session = client._session
        # When nothing is said for five of them
        time.sleep(5)
        # Then both connections are the ones of before
        client.call("lab.echo", {})
        assert client._session is session
        assert lab.ended_with is None
