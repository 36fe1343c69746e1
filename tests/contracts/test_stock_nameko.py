"""Other people's programs with stock nameko, of both lines, get what docs/interface.md promises them."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kernel import instants
from kernel.log.relay import Outgoing
from kernel.refusals import DeadlinePassed, StaleVersion
from kernel.runtime.distributed.client import RpcClient
from kernel.runtime.distributed.publisher import AmqpPublisher
from tests.contracts.environments import STOCK, stock_calls, stock_python
from tests.kernel.runtime.lab import ROOT, hosted, refusal_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kernel.runtime.lab import HostedLab

HERE = Path(__file__).parent


@pytest.fixture(scope="session", params=STOCK)
def stock(request) -> Path:
    """An interpreter that has one line of stock nameko."""
    return stock_python(request.param)


@pytest.fixture
def lab(amqp_uri) -> Iterator[HostedLab]:
    with hosted(amqp_uri) as hosted_lab:
        yield hosted_lab


def test_a_stock_client_gets_answers_refusals_and_namekos_own_errors(lab, amqp_uri, stock):
    arguments = {"title": "建议：延长图书馆开放时间 🕙", "list": [1, None, {"a": 1.5}]}
    answer, asked, refusal, hidden, no_method, no_service, positional = stock_calls(
        stock,
        amqp_uri,
        ["lab", "echo", [], arguments],
        ["lab", "ask", [], arguments],
        ["lab", "refuse", [], {}],
        ["lab", "explode", [], {}],
        ["lab", "no_such_method", [], {}],
        ["nowhere", "echo", [], {}],
        ["lab", "echo", [1, 2], {}],
    )
    assert answer == asked == {"answer": {"arguments": arguments, "context": {"auth_token": "a token"}}}
    assert (refusal["raised"], refusal["exc_type"]) == ("RemoteError", "StaleVersion")
    assert json.loads(refusal["value"]) == {
        "code": "stale_version",
        "message": "内容已被他人更新，请刷新后再试。",
        "clause": "DT-15",
        "details": {"version": 7},
    }
    assert (hidden["exc_type"], json.loads(hidden["value"])["code"]) == ("InternalError", "internal_error")
    assert "secret" not in hidden["value"]
    assert (no_method["raised"], no_method["text"]) == ("MethodNotFound", "no_such_method")
    assert no_service["raised"] == "UnknownService"
    assert json.loads(positional["value"])["code"] == "invalid_input"


def test_a_stock_client_gets_asynchronous_answers_out_of_order(lab, amqp_uri, stock):
    calls = [["lab", "slow", [], {"seconds": 0.3, "n": 0}]]
    calls += [["lab", "echo", [], {"n": n}] for n in range(1, 12)]
    outcomes = stock_calls(stock, amqp_uri, *calls, order="async")
    assert [outcome["answer"]["arguments"]["n"] for outcome in outcomes] == list(range(12))


@contextmanager
def program(*command: object) -> Iterator[subprocess.Popen[str]]:
    """A program that says `ready`, for the block; it must end well."""
    running = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.PIPE, text=True, cwd=ROOT, bufsize=1
    )
    with running:
        try:
            assert running.stdout.readline().strip('"\n') == "ready"
            yield running
        finally:
            running.terminate()


def test_a_stock_listener_hears_an_event_as_it_was_published(amqp_uri, stock):
    event = {
        "specversion": "1.0",
        "id": "e1",
        "data": {"ticket_id": "t1", "note": "请于三日内答复"},
        "position": 1,
    }
    with program(stock, "-W", "ignore", HERE / "stock_listener.py", amqp_uri) as listener:
        publisher = AmqpPublisher(amqp_uri, "feedback")
        others = Outgoing(1, "e0", "ticket_closed", b"{}")
        body = json.dumps(event, ensure_ascii=False).encode()
        publisher.publish([others, Outgoing(2, "e1", "ticket_assigned", body)])
        publisher.close()
        assert json.loads(listener.stdout.readline()) == event


@pytest.fixture
def stock_container(amqp_uri) -> Iterator[RpcClient]:
    """The lab in a stock container, and our client."""
    words = ("-m", "tests.contracts.stock_container", amqp_uri, "tests.kernel.runtime.lab", "Lab")
    with program(sys.executable, "-W", "ignore", *words) as container:
        with RpcClient(amqp_uri, context={"auth_token": "a token"}) as client:
            yield client
        container.terminate()
        assert container.wait(20) == 0


def test_a_stock_container_hosts_the_same_class_and_our_client_calls_it(stock_container):
    call = stock_container.call
    for method in ("echo", "ask"):
        answer = call(f"lab.{method}", {"title": "直通车"})
        assert answer["arguments"] == {"title": "直通车"}
        assert set(answer["context"]) == {"auth_token", "deadline"}
    refusal = refusal_of(call, "lab.refuse", {})
    assert (type(refusal), refusal.details, refusal.clause) == (StaleVersion, {"version": 7}, "DT-15")
    assert type(refusal_of(call, "lab.ask", {"refuse": True})) is StaleVersion
    assert refusal_of(call, "lab.no_such", {}).details == {"method": "no_such"}
    for method in ("explode", "crash"):
        assert set(refusal_of(call, f"lab.{method}", {}).details) == {"correlation_id"}
    past = {"deadline": instants.to_text(instants.now() - instants.SECOND)}
    for method in ("echo", "ask"):
        assert type(refusal_of(call, f"lab.{method}", {}, context=past)) is DeadlinePassed
