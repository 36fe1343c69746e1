"""A department's own system takes tickets from its queue: offer, claim, acknowledge, reply."""

from __future__ import annotations

import json
import uuid

import pytest

from kernel.runtime.distributed.work_queues import WorkQueues
from tests.journeys.listening import at_queue
from tests.support.school import MACHINE, QUEUE, SCHOOL


@pytest.fixture
def machine(distributed):
    queues = WorkQueues(distributed.settings.amqp_uri)
    assert queues.ready(QUEUE) == 0
    queues.close()
    with at_queue(distributed.settings.amqp_uri, QUEUE) as found:
        yield found
        left = found.next(seconds=0.2)
        assert left is None, "a test left a message in the queue"


def offered(message) -> str:
    return json.loads(message.body)["ticket_id"]


def test_a_machine_takes_an_offer_claims_acknowledges_and_replies(distributed, machine):
    # Given a ticket assigned to a unit with a queue
    ticket_id = distributed.assigned(MACHINE)
    # When its machine takes the message
    message = machine.next()
    offer = json.loads(message.body)
    (assigned,) = [
        entry
        for entry in distributed.sealed_timeline(ticket_id)["entries"]
        if entry["event"] == "ticket_assigned"
    ]
    assert offer == {
        "ticket_id": ticket_id,
        "round": 1,
        "institution": SCHOOL,
        "unit": MACHINE,
        "position": assigned["position"],
    }
    assert message.properties["delivery_mode"] == 2
    # And claims it, acknowledges, and answers under the lease
    lease = distributed.handle("claim_ticket", ticket_id, unit=MACHINE)["lease_token"]
    message.ack()
    renewed = distributed.handle("claim_ticket", ticket_id, unit=MACHINE, lease_token=lease, lease_seconds=120)
    replied = distributed.handle(
        "reply_ticket", ticket_id, unit=MACHINE, text="（合成）已修复", lease_token=renewed["lease_token"]
    )
    # Then the ticket is replied, and nothing is offered any more
    assert replied["state"] == "replied"
    assert machine.next(seconds=1.5) is None


def test_a_released_ticket_is_offered_again(distributed, machine):
    ticket_id = distributed.assigned(MACHINE)
    message = machine.next()
    assert offered(message) == ticket_id
    lease = distributed.handle("claim_ticket", ticket_id, unit=MACHINE)["lease_token"]
    message.ack()
    assert machine.next(seconds=1.5) is None, "a leased ticket is offered"
    distributed.handle("release_ticket", ticket_id, unit=MACHINE, lease_token=lease)
    again = machine.next(seconds=30)
    assert offered(again) == ticket_id
    distributed.handle("reply_ticket", ticket_id, unit=MACHINE, text="（合成）答复")
    again.ack()


def test_an_offer_of_a_ticket_that_is_gone_is_refused_at_the_claim_and_acknowledged(distributed, machine):
    ticket_id = distributed.assigned(MACHINE)
    message = machine.next()
    distributed.call("withdraw_ticket", {"ticket_id": ticket_id})
    who = {"role": "handler", "institution": SCHOOL, "unit": MACHINE}
    assert distributed.refused("claim_ticket", {"ticket_id": ticket_id}, **who).code == "wrong_state"
    message.ack()
    assert machine.next(seconds=1.0) is None


def test_a_claim_repeated_after_a_lost_answer_gives_the_same_lease(distributed, machine):
    ticket_id = distributed.assigned(MACHINE)
    message = machine.next()
    command_id = str(uuid.uuid4())
    first, second = (
        distributed.handle("claim_ticket", ticket_id, unit=MACHINE, command_id=command_id) for _ in range(2)
    )
    assert first == second
    message.ack()
    distributed.handle(
        "reply_ticket", ticket_id, unit=MACHINE, text="（合成）答复", lease_token=first["lease_token"]
    )
