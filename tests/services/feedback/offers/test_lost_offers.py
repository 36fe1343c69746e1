"""An offer that its queue no longer holds is made again; the broker may forget everything."""

from __future__ import annotations

import threading

import amqp
import pytest
from sqlalchemy.exc import OperationalError

from kernel.log import faults
from kernel.runtime.distributed.work_queues import DELIVERY_LIMIT, WORK_QUEUE, QueuesUnavailable
from services.feedback.offers import LOST_AFTER
from tests.services.feedback.offers.express import DEAD, SECOND_MACHINE, SECOND_QUEUE, a_taker
from tests.support.school import QUEUE
from tests.support.waiting import until


def test_what_is_lost_from_a_queue_is_offered_again_when_it_is_old_enough(express, taker):
    ticket_ids = [express.assign() for _ in range(3)]
    express.step()
    taker.channel.queue_purge(QUEUE)
    express.age_offers(LOST_AFTER - 2)
    assert express.step() == 0
    express.age_offers(2)
    assert express.step() == 3
    assert taker.ids() == ticket_ids


def test_a_lost_offer_is_made_again_within_thirty_seconds(express, taker):
    ticket_id = express.assign()
    express.step()
    taker.channel.queue_purge(QUEUE)
    # As the loop asks: each second, by a clock of the test's own
    (lost_at,) = express.sql("SELECT offered_at FROM offer")[0]
    seconds = next(n for n in range(1, 31) if express.step(now=lost_at + n * 1_000_000))
    assert LOST_AFTER <= seconds <= LOST_AFTER * 1.5
    assert taker.ids() == [ticket_id]


def test_only_as_many_are_offered_again_as_are_missing_and_the_oldest_first(express, taker):
    ticket_ids = [express.assign() for _ in range(4)]
    express.step()
    # Given a machine that loses what it took
    assert taker.take() is not None
    express.age_offers(60)
    assert express.step() == 1
    assert taker.ids() == [*ticket_ids[1:], ticket_ids[0]]


def test_offers_that_wait_in_their_queue_are_not_made_again(express, taker):
    express.assign()
    express.step()
    for _ in range(3):
        express.age_offers(600)
        assert express.step() == 0
    assert taker.length() == 1


def test_a_deleted_queue_is_made_again(express, taker):
    first = express.assign()
    express.step()
    taker.channel.queue_delete(QUEUE)
    # The first letter is returned and makes the queue known to be gone; the next step makes it
    second = express.assign()
    assert [express.step(), express.step()] == [0, 1]
    express.age_offers(60)
    assert express.step() == 1
    assert sorted(taker.ids()) == sorted([first, second])


def test_a_broker_that_is_away_is_waited_for_and_a_wiped_one_gets_every_offer_again(express, rabbit):
    ticket_ids = {express.assign() for _ in range(3)}
    express.step()
    stop = threading.Event()
    loop = threading.Thread(target=express.another(lost_after=1.0).run, args=(stop, lambda: True))
    loop.start()
    try:
        # Given a broker that stops and loses all its data while the loop is on
        rabbit.wipe()
        ticket_ids.add(express.assign())
        with pytest.raises(QueuesUnavailable):
            express.step()
        assert len(express.sql("SELECT * FROM offer")) == 3
        # When it is there again
        rabbit.start()
        with a_taker(express.settings.amqp_uri) as taker:
            until(lambda: _holds(taker, 4))
            assert set(taker.ids()) == ticket_ids
    finally:
        stop.set()
        loop.join(20)
    assert not loop.is_alive()


def _holds(taker, letters):
    try:
        return taker.length() >= letters
    except amqp.NotFound:
        return False  # py-amqp has opened the channel anew


def test_a_crash_between_confirm_and_record_offers_twice_and_loses_nothing(express, taker, monkeypatch):
    ticket_id = express.assign()

    def crash(name):
        if name == "offers.confirmed":
            raise RuntimeError(name)

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(faults, "point", crash)
        express.step()
    assert express.another().step() == 1
    assert taker.ids() == [ticket_id, ticket_id]


def test_a_database_that_is_away_is_told_by_its_own_error(express, postgres):
    express.assign()
    postgres.stop()
    with pytest.raises(OperationalError):
        express.offers.step()
    postgres.start()
    assert express.step() == 1


def test_a_poison_delivery_is_dead_after_the_limit_and_its_ticket_is_offered_again(express, taker):
    ticket_id = express.assign()
    express.step()
    # Given a machine that never acknowledges
    deliveries = 0
    while (message := taker.take(acknowledge=False)) is not None:
        taker.channel.basic_reject(message.delivery_tag, requeue=True)
        deliveries += 1
    assert deliveries == DELIVERY_LIMIT + 1
    (dead,) = until(lambda: taker.take_all(DEAD))
    assert dead["ticket_id"] == ticket_id
    express.age_offers(60)
    assert express.step() == 1
    assert taker.ids() == [ticket_id]


def test_a_queue_that_others_declared_is_used_as_it_is_and_keeps_no_other_waiting(express, taker):
    # Given a queue that a unit's system made first, with arguments of its own
    taker.channel.queue_declare(QUEUE, durable=True, auto_delete=False)
    foreign, ours = express.assign(), express.assign(lead=SECOND_MACHINE)
    assert express.step() == 2
    assert taker.ids() == [foreign]
    assert taker.ids(SECOND_QUEUE) == [ours]
    express.age_offers(60)
    assert express.step() == 2


def test_a_queue_that_takes_nothing_keeps_no_other_waiting(express, taker):
    # Given a full queue that rejects what is published
    full = {"x-max-length": 0, "x-overflow": "reject-publish"}
    taker.channel.queue_declare(QUEUE, durable=True, auto_delete=False, arguments=full)
    refused, ours = express.assign(), express.assign(lead=SECOND_MACHINE)
    assert express.step() == 1
    assert taker.ids(SECOND_QUEUE) == [ours]
    # When it takes letters again
    taker.channel.queue_delete(QUEUE)
    assert until(express.step) == 1
    assert taker.ids() == [refused]


def test_the_queue_is_declared_as_the_one_definition_says(express, taker):
    express.assign()
    express.step()
    # The broker refuses a declaration that differs in anything
    taker.channel.queue_declare(QUEUE, durable=True, auto_delete=False, arguments=WORK_QUEUE)
    assert taker.length() == 1
    assert WORK_QUEUE["x-queue-type"] == "quorum"
    assert WORK_QUEUE["x-delivery-limit"] == 10
    assert WORK_QUEUE["x-dead-letter-routing-key"] == DEAD


def test_the_loop_offers_while_it_leads_and_ends_when_told(express, taker):
    leading, stop = threading.Event(), threading.Event()
    loop = threading.Thread(target=express.another().run, args=(stop, leading.is_set))
    loop.start()
    try:
        ticket_id = express.assign()
        assert not stop.wait(1.0)
        assert express.sql("SELECT * FROM offer") == []
        leading.set()
        assert until(lambda: express.sql("SELECT ticket_id FROM offer")) == [(ticket_id,)]
        assert taker.ids() == [ticket_id]
    finally:
        stop.set()
        loop.join(5)
    assert not loop.is_alive()
