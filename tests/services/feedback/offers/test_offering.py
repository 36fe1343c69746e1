"""An assignment to a unit with a machine queue stands in that queue until it is claimed, and again after."""

from __future__ import annotations

import amqp
import orjson

from tests.services.feedback.offers.express import SECOND_MACHINE, SECOND_QUEUE
from tests.support.school import MACHINE, QUEUE, SCHOOL, UNIT


def test_each_assignment_puts_one_message_with_the_position_of_its_event(express, taker):
    first, second = express.assign(), express.assign()
    assert express.step() == 2
    assert express.step() == 0
    assert taker.take_all() == [
        {
            "ticket_id": ticket_id,
            "round": 1,
            "institution": SCHOOL,
            "unit": MACHINE,
            "position": express.position_of_assignment(ticket_id),
        }
        for ticket_id in (first, second)
    ]


def test_a_message_survives_its_broker_and_says_what_it_is(express, taker):
    express.assign()
    express.step()
    message = taker.take()
    assert message.properties["delivery_mode"] == 2
    assert message.properties["content_type"] == "application/json"
    assert message.properties["content_encoding"] == "utf-8"
    assert message.properties["message_id"]
    assert set(orjson.loads(message.body)) == {"ticket_id", "round", "institution", "unit", "position"}


def test_an_assignment_is_offered_only_once_it_has_a_position(express, taker):
    ticket_id = express.assign(sealed=False)
    assert express.offers.step() == 0
    express.seal()
    assert express.offers.step() == 1
    assert taker.ids() == [ticket_id]


def test_a_unit_without_a_machine_queue_gets_no_message_and_no_queue(express, taker):
    express.assign(lead=UNIT)
    assert express.step() == 0
    try:
        taker.length(f"tickets.{SCHOOL}.{UNIT}")
    except amqp.NotFound:
        return
    raise AssertionError("there is a queue")


def test_a_claimed_ticket_is_offered_again_only_when_its_lease_has_ended(express, taker):
    ticket_id = express.assign()
    express.step()
    assert taker.ids() == [ticket_id]
    # Given a claim before the offer could count as lost
    token = express.machine("claim_ticket", ticket_id, lease_seconds=60)["lease_token"]
    express.age_offers(60)
    assert express.step() == 0
    # When it is renewed, nothing is offered; when it ends, it is
    express.machine("claim_ticket", ticket_id, lease_token=token, lease_seconds=600)
    assert express.step() == 0
    express.end_lease(ticket_id)
    assert express.step() == 1
    assert express.step() == 0
    assert taker.ids() == [ticket_id]


def test_a_lease_ends_by_the_database_s_clock(express):
    ticket_id = express.assign()
    express.step()
    express.machine("claim_ticket", ticket_id, lease_seconds=60)
    (expires_at,) = express.sql("SELECT expires_at FROM lease")[0]
    assert express.step(now=expires_at - 1) == 0
    assert express.step(now=expires_at) == 1


def test_a_released_ticket_is_offered_again(express, taker):
    ticket_id = express.assign()
    express.step()
    token = express.machine("claim_ticket", ticket_id)["lease_token"]
    express.machine("release_ticket", ticket_id, lease_token=token)
    assert express.step() == 1
    assert express.step() == 0
    assert taker.ids() == [ticket_id, ticket_id]


def test_a_ticket_claimed_before_anybody_could_offer_it_is_not_offered(express):
    ticket_id = express.assign()
    express.machine("claim_ticket", ticket_id)
    assert express.step() == 0


def test_a_ticket_assigned_anew_is_offered_with_its_new_position(express, taker):
    ticket_id = express.assign()
    express.step()
    before = taker.take_all()[0]["position"]
    # When it goes to people, nothing; when it comes back, or is assigned to the same unit again, an offer each
    express.assign(ticket_id, UNIT)
    assert express.step() == 0
    for _ in range(2):
        express.assign(ticket_id)
        assert express.step() == 1
    first, second = (body["position"] for body in taker.take_all())
    assert before < first < second == express.position_of_assignment(ticket_id)


def test_a_ticket_goes_to_the_queue_of_its_new_lead(express, taker):
    ticket_id = express.assign()
    express.step()
    assert taker.ids() == [ticket_id]
    express.assign(ticket_id, SECOND_MACHINE)
    assert express.step() == 1
    assert [body["unit"] for body in taker.take_all(SECOND_QUEUE)] == [SECOND_MACHINE]
    assert taker.length(QUEUE) == 0


def test_what_is_answered_returned_or_withdrawn_is_not_offered_and_forgotten(express, taker):
    ended = [express.assign() for _ in range(3)]
    kept = express.assign()
    express.step()
    taker.take_all()
    express.machine("reply_ticket", ended[0], text="合成答复")
    express.machine("return_ticket", ended[1], reason="合成：不归我处")
    express.operator("withdraw_ticket", ticket_id=ended[2])
    express.age_offers(60)
    express.offers._tidied_at = 0
    assert express.step() == 1
    assert taker.ids() == [kept]
    assert express.sql("SELECT ticket_id FROM offer") == [(kept,)]


def test_two_at_once_do_no_harm(express, taker):
    ticket_ids = {express.assign() for _ in range(3)}
    express.seal()
    # Given both have read the same and neither has recorded
    second = express.another()
    put = express.queues[0].put

    def put_while_the_other_does(letters):
        assert second.step() == 3
        return put(letters)

    express.queues[0].put = put_while_the_other_does
    assert express.offers.step() == 3
    express.queues[0].put = put
    assert (express.offers.step(), second.step()) == (0, 0)
    taken = taker.take_all()
    assert {body["ticket_id"] for body in taken} == ticket_ids
    assert len(taken) == 6
    # Then the second copy is refused, and the first claim stands
    token = express.machine("claim_ticket", taken[0]["ticket_id"])["lease_token"]
    assert token == 1
