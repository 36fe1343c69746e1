"""Programs with stock nameko, written by somebody else, work with the real service; and it runs in theirs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.contracts.environments import STOCK, stock_calls, stock_python
from tests.journeys.system import System
from tests.support.cluster import ROOT, a_cluster
from tests.support.school import CHANNEL, SCHOOL, UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTRACTS = ROOT / "tests" / "contracts"
GOOD = {"institution": SCHOOL, "channel": CHANNEL, "title": "（合成）路灯", "body": "（合成）路灯不亮。"}


@pytest.fixture(scope="module", params=STOCK)
def stock(request) -> Path:
    """An interpreter that has one line of stock nameko."""
    return stock_python(request.param)


def called(
    stock: Path, uri: str, token: str, *calls: tuple[str, dict[str, Any]], service: str = "feedback"
) -> list[dict[str, Any]]:
    """What a stock client's calls of a service came to."""
    listed = ([service, method, [], arguments] for method, arguments in calls)
    return stock_calls(stock, uri, *listed, token=token)


@contextmanager
def program(*command: object, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A program that says `ready`, for the block; it ends with it."""
    running = subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        bufsize=1,
        env=os.environ | environment,
    )
    with running:
        try:
            # A listener's queue outlives it: what waited there may be heard first.
            while (line := running.stdout.readline()).strip('"\n') != "ready":
                assert line, "it ended before it was ready"
            yield running
        finally:
            running.terminate()


def new(**arguments: Any) -> dict[str, Any]:
    return {"command_id": str(uuid.uuid4()), **arguments}


def walked(stock: Path, system: System) -> str:
    """A ticket that a stock client carries from submission to close."""
    uri, operator = system.settings.amqp_uri, system.token()
    handler = system.token(role="handler", institution=SCHOOL, unit=UNIT)
    (submitted,) = called(stock, uri, operator, ("submit_suggestion", new(**GOOD)))
    ticket = {"ticket_id": submitted["answer"]["ticket_id"]}
    (assigned,) = called(stock, uri, operator, ("assign_ticket", new(**ticket, lead=UNIT)))
    assert assigned["answer"]["state"] == "assigned"
    (replied,) = called(stock, uri, handler, ("reply_ticket", new(**ticket, text="（合成）已修好。")))
    assert replied["answer"]["state"] == "replied"
    closed, shown, unknown, again = called(
        stock,
        uri,
        operator,
        ("close_ticket", new(**ticket)),
        ("get_ticket", ticket),
        ("get_ticket", {"ticket_id": str(uuid.uuid4())}),
        ("close_ticket", new(**ticket)),
    )
    assert closed["answer"]["state"] == "closed"
    assert shown["answer"]["reply"]["text"] == "（合成）已修好。"
    assert (unknown["raised"], unknown["exc_type"]) == ("RemoteError", "NotFound")
    told = json.loads(again["value"])
    assert (again["exc_type"], told["code"], told["details"]["state"]) == (
        "WrongState",
        "wrong_state",
        "closed",
    )
    return ticket["ticket_id"]


def test_a_stock_client_carries_a_suggestion_from_submission_to_close(distributed, stock):
    ticket_id = walked(stock, distributed)
    events = [entry["event"] for entry in distributed.sealed_timeline(ticket_id)["entries"]]
    assert events == [
        "ticket_submitted",
        "ticket_accepted",
        "ticket_assigned",
        "ticket_replied",
        "ticket_closed",
    ]


def test_a_stock_client_without_a_good_token_is_refused_by_name(distributed, stock):
    health, refused = called(
        stock, distributed.settings.amqp_uri, "no token", ("get_health", {}), ("get_ticket", {"ticket_id": "x"})
    )
    assert health["answer"]["service"] == "feedback"
    assert (refused["raised"], refused["exc_type"]) == ("RemoteError", "NotAuthenticated")
    assert json.loads(refused["value"])["code"] == "not_authenticated"


def test_a_stock_client_registers_a_person_whom_another_caller_finds(distributed, stock):
    uri, registry, name = distributed.settings.amqp_uri, distributed.of("registry"), "虚构" + uuid.uuid4().hex
    health, registered, again = called(
        stock,
        uri,
        distributed.token(institution=SCHOOL),
        ("get_health", {}),
        ("register_person", new(institution=SCHOOL, name=name)),
        ("register_person", new(institution=SCHOOL, nickname=name)),
        service="registry",
    )
    assert (health["answer"]["service"], health["answer"]["status"]) == ("registry", "ok")
    assert (again["raised"], again["exc_type"]) == ("RemoteError", "InvalidInput")
    (found,) = registry.call("search_people", {"institution": SCHOOL, "text": name})["items"]
    assert found["person_id"] == registered["answer"]["person_id"]


def test_a_stock_listener_hears_an_assignment_of_the_real_service(distributed, stock):
    uri = distributed.settings.amqp_uri
    with program(stock, "-W", "ignore", CONTRACTS / "stock_listener.py", uri) as listener:
        ticket_id = distributed.assigned(UNIT)
        heard = next(event for event in map(json.loads, listener.stdout) if ticket_id in event["subject"])
    assert heard["type"] == "zhitongche.feedback.ticket_assigned"
    assert heard["data"]["lead"] == UNIT
    (logged,) = [event for event in distributed.log(heard["position"] - 1) if event["id"] == heard["id"]]
    assert logged == heard


@pytest.fixture(scope="module")
def in_stock_container(rabbit, postgres, tmp_path_factory) -> Iterator[System]:
    """The real service class in a stock nameko container, with our log process beside it."""
    with a_cluster(rabbit, postgres, tmp_path_factory.mktemp("stock")) as cluster:
        cluster.serve("log")
        words = ("tests.contracts.stock_container", cluster.amqp_uri)
        words = (*words, "services.feedback.service", "FeedbackService")
        with program(sys.executable, "-W", "ignore", "-m", *words, **cluster.environment) as container:
            system = System(cluster.settings, cluster)
            yield system
            system.close()
            container.terminate()
            assert container.wait(20) == 0


def test_a_stock_container_hosts_the_service_and_both_clients_walk_the_line(in_stock_container, stock):
    walked(stock, in_stock_container)
    ticket_id = in_stock_container.assigned(UNIT)
    in_stock_container.handle("reply_ticket", ticket_id, text="（合成）答复")
    assert in_stock_container.call("close_ticket", {"ticket_id": ticket_id})["state"] == "closed"
    refusal = in_stock_container.refused("close_ticket", {"ticket_id": ticket_id})
    assert (refusal.code, refusal.details["state"]) == ("wrong_state", "closed")
    assert in_stock_container.refused("submit_suggestion", {"title": 7}).code == "invalid_input"
    assert len(in_stock_container.sealed_timeline(ticket_id)["entries"]) == 5
    assert in_stock_container.verify()["ok"]
    assert in_stock_container.diff()["ok"]
