"""The database or the broker goes away and comes back: callers are told, and nothing needs a hand."""

from __future__ import annotations

import json
import time
import uuid
from contextlib import suppress

import pytest
from amqp.exceptions import NotFound
from kombu import Connection, Queue

from kernel.refusals import Unavailable
from kernel.runtime.distributed.work_queues import tickets_queue
from tests.faults.consumer import Copy
from tests.journeys.listening import listening
from tests.kernel.runtime.raw import raw_caller
from tests.support.school import CHANNEL, MACHINE, QUEUE, SCHOOL
from tests.support.waiting import until

pytestmark = pytest.mark.slow
GOOD = {"institution": SCHOOL, "channel": CHANNEL, "title": "（合成）", "body": "（合成）"}
OTHER_SCHOOL = "mianyang"
OTHER_QUEUE = tickets_queue(OTHER_SCHOOL, MACHINE)
TOLD_SECONDS, BACK_SECONDS, OFFERED_SECONDS = 2.0, 5.0, 30.0


def new(**arguments):
    return {"command_id": str(uuid.uuid4()), **arguments}


def test_without_the_database_callers_are_told_at_once_and_with_it_all_goes_on(cluster, operator, postgres):
    processes = [cluster.serve("rpc"), cluster.serve("log")]
    cluster.await_ready()
    ticket_id = operator.call("feedback.submit_suggestion", new(**GOOD))["ticket_id"]
    # When the database is gone
    postgres.kill()
    command = new(ticket_id=ticket_id, lead="library")
    for method, arguments in (("assign_ticket", command), ("get_ticket", {"ticket_id": ticket_id})):
        asked = time.monotonic()
        with pytest.raises(Unavailable):
            operator.call(f"feedback.{method}", arguments)
        assert time.monotonic() - asked < TOLD_SECONDS, method
    assert operator.call("feedback.get_health", {})["status"] == "failing"
    # Then with its return the same command is done, by the same processes
    postgres.start()
    back = time.monotonic()
    answer = operator.call_with_retry("feedback.assign_ticket", command, patience=30)
    assert time.monotonic() - back < BACK_SECONDS
    assert answer["state"] == "assigned"
    until(lambda: operator.call("feedback.get_health", {})["log"]["unsealed"] == 0, BACK_SECONDS)
    assert time.monotonic() - back < 2 * BACK_SECONDS
    assert all(process.running() for process in processes)


def test_a_bad_message_that_comes_while_the_database_is_away_is_kept_and_refused_when_it_is_back(
    cluster, operator, postgres
):
    host = cluster.serve("rpc")
    cluster.await_ready()
    postgres.kill()
    with raw_caller(cluster.amqp_uri) as caller:
        asked = caller.send("feedback.get_ticket", b"not json")
        caller.send("feedback.get_ticket", b"not json either", reply_to=None)
        # Then others are told as ever
        assert operator.call("feedback.get_health", {})["status"] == "failing"
        with pytest.raises(Unavailable):
            operator.call("feedback.submit_suggestion", new(**GOOD))
        assert "dead letters wait" in host.words()
        postgres.start()
        assert caller.is_refused(asked, "malformed_message")
    until(lambda: len(dead_letters(cluster)) == 2)
    assert host.stop() == 0
    assert dead_letters(cluster) == [("rpc-feedback", "malformed_message", 1)] * 2


def dead_letters(cluster) -> list[tuple[str, str, int]]:
    return cluster.rows("SELECT consumer, reason, attempts FROM dead_letter")


def recorded(cluster) -> set[str]:
    """The tickets whose offer the service knows to stand in its queue."""
    return {ticket_id for (ticket_id,) in cluster.rows("SELECT ticket_id FROM offer")}


def offered(uri: str, *wanted: str, seconds: float, name: str = QUEUE) -> list[str]:
    """The tickets in a queue, once those wanted are among them; they stay in it.

    Held until the end: each return to the queue counts as a failed delivery.
    """
    limit, found = time.monotonic() + seconds, []
    with Connection(uri) as connection:
        while not set(wanted) <= set(found):
            assert time.monotonic() < limit, f"{name} holds {found}, not {wanted}"
            with suppress(NotFound):
                queue = Queue(name, no_declare=True)(connection.channel())
                while (message := queue.get(no_ack=False)) is not None:
                    found.append(json.loads(message.body)["ticket_id"])
            time.sleep(0.1)
    return found


def test_a_broker_that_lost_everything_gets_its_topology_its_offers_and_its_events_again(
    cluster, operator, tokens, rabbit, tmp_path
):
    # Given offers that nobody took, and a consumer that is up to date
    cluster.serve(supervised=True)
    cluster.await_ready()
    tickets = [assigned(operator, SCHOOL) for _ in range(3)]
    assert sorted(offered(cluster.amqp_uri, *tickets, seconds=20)) == sorted(tickets)
    copy = Copy(cluster.amqp_uri, tmp_path, tokens.service)
    try:
        until(lambda: len(copy.applied()) == 9)
        # When the broker loses all its data
        rabbit.wipe()
        rabbit.start()
        started = time.monotonic()
        # Then the service answers again
        command = new(**GOOD)
        later = operator.call_with_retry("feedback.submit_suggestion", command, patience=30)["ticket_id"]
        # And a plain listener hears what happens next
        with listening(cluster.amqp_uri) as ears:
            operator.call("feedback.assign_ticket", new(ticket_id=later, lead=MACHINE))
            ears.wait(lambda heard: any(later in str(message.body) for message in heard))
        # And the offers are there again, the consumer misses nothing
        offered(cluster.amqp_uri, *tickets, later, seconds=OFFERED_SECONDS)
        assert time.monotonic() - started < OFFERED_SECONDS + BACK_SECONDS
        until(lambda: len(copy.applied()) == 12)
    finally:
        copy.stop()
    assert copy.dead.kept == []


def test_a_queue_that_its_broker_lost_keeps_no_other_unit_from_its_offers(cluster, operator, rabbit):
    """RabbitMQ 3.10 does not get a quorum queue back that was a second old when it was killed."""
    cluster.serve(supervised=True)
    cluster.await_ready()
    # Given the first ticket of a school, so that its queue is as young as can be when the broker dies
    first = assigned(operator, OTHER_SCHOOL)
    offered(cluster.amqp_uri, first, seconds=20, name=OTHER_QUEUE)
    rabbit.kill()
    rabbit.start()
    # When tickets of both schools are assigned, and the other school's are offered in several rounds
    operator.call_with_retry("feedback.get_health", {}, patience=30)
    assigned(operator, OTHER_SCHOOL)
    tickets = []
    for _ in range(3):
        tickets.append(assigned(operator, SCHOOL))
        until(lambda: recorded(cluster) >= set(tickets), OFFERED_SECONDS)
    # Then its machine finds each of its own, once
    assert sorted(offered(cluster.amqp_uri, *tickets, seconds=BACK_SECONDS)) == sorted(tickets)


def assigned(operator, school: str) -> str:
    """The id of a new ticket that is assigned to a school's unit with a machine."""
    submitted = operator.call("feedback.submit_suggestion", new(**GOOD | {"institution": school}))
    operator.call("feedback.assign_ticket", new(ticket_id=submitted["ticket_id"], lead=MACHINE))
    return submitted["ticket_id"]
