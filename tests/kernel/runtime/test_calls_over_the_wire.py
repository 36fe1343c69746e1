"""What a caller gets from a service under our host, through our client, over a real broker."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from nameko.rpc import rpc
from nameko.timer import timer

from kernel import instants
from kernel.refusals import (
    DeadlinePassed,
    InternalError,
    InvalidInput,
    NotFound,
    StaleVersion,
    Unavailable,
)
from kernel.runtime.distributed.client import RpcClient
from kernel.runtime.distributed.entrypoints import Entrypoints
from tests.kernel.runtime.lab import LabApplication, hosted, refusal_of
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kernel.runtime.lab import HostedLab


@pytest.fixture
def lab(amqp_uri) -> Iterator[HostedLab]:
    with hosted(amqp_uri) as hosted_lab:
        yield hosted_lab


@pytest.fixture
def client(amqp_uri) -> Iterator[RpcClient]:
    with RpcClient(amqp_uri, context={"auth_token": "a token"}) as rpc_client:
        yield rpc_client


@pytest.mark.parametrize("method", ["echo", "ask"])
def test_a_call_is_answered_with_what_the_application_says(lab, client, method):
    arguments = {"名字": "直通车 🚄", "deep": [{"n": 1.5}, None, True], "self_": 2**53}
    assert client.call(f"lab.{method}", arguments)["arguments"] == arguments


@pytest.mark.parametrize("method", ["echo", "ask"])
def test_only_the_three_context_keys_reach_the_application(lab, client, method):
    answer = client.call(f"lab.{method}", {}, context={"traceparent": "00-1", "language": "zh", "user_id": 3})
    assert {name: answer["context"][name] for name in ("auth_token", "traceparent")} == {
        "auth_token": "a token",
        "traceparent": "00-1",
    }
    assert set(answer["context"]) == {"auth_token", "traceparent", "deadline"}


@pytest.mark.parametrize("method", ["refuse", "ask"])
def test_a_refusal_comes_back_with_its_class_its_details_and_its_clause(lab, client, method):
    refusal = refusal_of(client.call, f"lab.{method}", {"refuse": True})
    assert type(refusal) is StaleVersion
    assert refusal.details == {"version": 7}
    assert refusal.clause == ("DT-15" if method == "refuse" else None)


def test_a_method_that_does_not_exist_is_not_found(lab, client):
    for method in ("no_such", "not_an_entrypoint", "__init__"):
        refusal = refusal_of(client.call, f"lab.{method}", {})
        assert (type(refusal), refusal.details) == (NotFound, {"method": method})


def test_a_service_that_nobody_declared_is_known_at_once(client):
    begun = time.monotonic()
    refusal = refusal_of(client.call, "nowhere.echo", {})
    assert (type(refusal), refusal.details) == (Unavailable, {"service": "nowhere"})
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("method", ["explode", "crash", "odd_answer"])
def test_an_error_of_ours_tells_the_caller_a_number_and_the_log_the_place(lab, client, caplog, method):
    with caplog.at_level(logging.DEBUG):
        refusal = refusal_of(client.call, f"lab.{method}", {"title": "非常私密"})
    assert type(refusal) is InternalError
    (line,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert refusal.details["correlation_id"] in line
    assert "lab.py" in line or method == "odd_answer"
    everything = str(refusal) + caplog.text
    assert "王先生" not in everything
    assert "非常私密" not in everything
    assert "a token" not in everything
    assert client.call("lab.echo", {"after": 1})["arguments"] == {"after": 1}


def test_what_arrived_while_a_batch_ran_is_the_next_batch(lab, client):
    # Given one command that keeps the application busy
    lab.application.gate.clear()
    with ThreadPoolExecutor(20) as callers:
        first = callers.submit(client.call, "lab.echo", {"n": 0})
        until(lambda: lab.host._tags._open)
        # When nineteen more arrive meanwhile
        rest = [callers.submit(client.call, "lab.echo", {"n": n}) for n in range(1, 20)]
        time.sleep(0.3)
        lab.application.gate.set()
        answers = [future.result()["arguments"]["n"] for future in (first, *rest)]
    # Then they share one batch, and everybody has his own answer
    assert answers == list(range(20))
    assert [len(batch) for batch in lab.application.batches] == [1, 19]


def test_a_batch_is_never_larger_than_asked(amqp_uri, client):
    with hosted(amqp_uri, batch=4) as lab, ThreadPoolExecutor(30) as callers:
        list(callers.map(lambda n: client.call("lab.echo", {"n": n}), range(120)))
    assert max(len(batch) for batch in lab.application.batches) <= 4
    assert sum(len(batch) for batch in lab.application.batches) == 120


def test_slow_queries_keep_no_command_waiting_even_when_commands_fill_the_prefetch_many_times(lab, client):
    with ThreadPoolExecutor(4) as askers:
        slow = [askers.submit(client.call, "lab.hold", {}) for _ in range(4)]
        try:
            until(lambda: len(lab.application.asked) == 4)
            for n in range(200):
                client.call("lab.echo", {"n": n})
            assert not any(future.done() for future in slow)
        finally:
            lab.application.released.set()
        assert all(future.result() for future in slow)


def test_answers_find_their_callers_out_of_order(lab, client):
    with ThreadPoolExecutor(16) as callers:
        calls = [("slow", n, {"seconds": (n % 4) / 20, "n": n}) for n in range(40)]
        futures = [callers.submit(client.call, f"lab.{method}", arguments) for method, _, arguments in calls]
        assert [future.result()["arguments"]["n"] for future in futures] == list(range(40))


@pytest.mark.parametrize("method", ["echo", "ask"])
def test_a_call_whose_deadline_has_passed_is_refused_and_not_run(lab, client, method):
    past = instants.to_text(instants.now() - instants.SECOND)
    refusal = refusal_of(client.call, f"lab.{method}", {}, context={"deadline": past})
    assert type(refusal) is DeadlinePassed
    assert lab.application.batches == []
    assert lab.application.asked == []


_NO_INSTANTS = ["soon", "", "2026-03-05T01:02:03", "2026-03-05", 5, 2.5, False, ["x"], {"a": 1}, ["T"] * 20]


@pytest.mark.parametrize("method", ["echo", "ask"])
def test_a_deadline_that_is_no_instant_is_invalid_input_and_not_run(lab, client, method):
    for deadline in [*_NO_INSTANTS, {str(n): "T" for n in range(20)}]:
        refusal = refusal_of(client.call, f"lab.{method}", {}, context={"deadline": deadline})
        assert type(refusal) is InvalidInput, deadline
        assert list(refusal.details["fields"]) == ["deadline"]
    assert (lab.application.batches, lab.application.asked) == ([], [])


def test_a_call_that_nobody_waits_for_any_more_never_runs(amqp_uri, client):
    # Given a service that was here and is away
    with hosted(amqp_uri):
        pass
    # When a caller gives up before it is back
    refusal = refusal_of(client.call, "lab.echo", {}, timeout=0.4)
    assert (type(refusal), refusal.details) == (Unavailable, {"timeout": 0.4})
    # Then the returning service runs later calls only
    with hosted(amqp_uri) as lab:
        client.call("lab.echo", {"n": "later"})
        assert [[call.arguments["n"] for call in batch] for batch in lab.application.batches] == [["later"]]


def test_a_call_that_waits_in_the_host_past_its_deadline_never_runs(lab, client):
    # Given a host that holds a call behind a busy application
    lab.application.gate.clear()
    with ThreadPoolExecutor(2) as callers:
        busy = callers.submit(client.call, "lab.echo", {"n": "busy"})
        until(lambda: lab.host._tags._open)
        refusal = refusal_of(client.call, "lab.echo", {"n": "late"}, timeout=0.3)
        assert type(refusal) is Unavailable
        # When the application is free again
        lab.application.gate.set()
        busy.result()
    client.call("lab.echo", {"n": "next"})
    # Then the call was refused without being run
    assert [call.arguments["n"] for batch in lab.application.batches for call in batch] == ["busy", "next"]


def test_callers_of_many_threads_share_one_client(lab, client):
    def many(caller: int) -> bool:
        return all(
            client.call("lab.echo", {"n": [caller, n]})["arguments"]["n"] == [caller, n] for n in range(25)
        )

    with ThreadPoolExecutor(32) as callers:
        assert all(callers.map(many, range(32)))
    assert sum(thread.name == "rpc-replies" for thread in threading.enumerate()) == 1


def test_a_class_that_names_its_arguments_is_not_hosted():
    class Named(_Service):
        @rpc
        def assign(self, ticket_id):
            return ticket_id

    with pytest.raises(TypeError, match="assign must take"):
        Entrypoints(Named)


def test_a_class_without_a_desk_is_not_hosted():
    class Bare:
        name = "lab"

    with pytest.raises(TypeError, match="a Desk"):
        Entrypoints(Bare)


def test_entrypoints_of_other_kinds_are_no_methods_of_the_wire():
    class Ticking(_Service):
        @timer(interval=1)
        def tick(self):
            return None

    assert Entrypoints(Ticking).commands == {"echo"}


class _Service:
    from kernel.runtime.distributed.desk import Desk

    name = "lab"
    desk = Desk(LabApplication)

    @rpc
    def echo(self, **arguments):
        return self.desk.command("echo", arguments)
