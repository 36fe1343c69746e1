"""A listener applies every event of a source once, in order of positions, whatever the broker does."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import orjson
import pytest

from kernel import envelope
from kernel.log import subscription as subscriptions
from kernel.log.reading import sealed_events
from kernel.log.snapshot import Snapshot
from kernel.log.subscription import MalformedEvent
from kernel.log.upcasting import Upcaster
from kernel.refusals import Unavailable
from tests.kernel.log.listening import Counting
from tests.kernel.log.support import NAMES, SERVICE, fill, rows_of, seal_all
from tests.kernel.log.tampering import tamper

if TYPE_CHECKING:
    from kernel.log.database import Database

EVENTS = 20


@pytest.fixture
def counting(empty):
    """Twenty sealed events, and nothing applied."""
    fill(empty, 5, 4)
    seal_all(empty)
    return Counting(empty)


def messages(database: Database) -> list[bytes]:
    with Snapshot(database) as snapshot:
        return [
            envelope.published(body, position, digest) for position, digest, body in sealed_events(snapshot)
        ]


def everything(database: Database) -> list[str]:
    return sorted(row[0] for row in rows_of(database, "SELECT event_id FROM log_entry"))


def test_each_event_delivered_ten_times_and_shuffled_is_applied_once(counting):
    subscription = counting.subscription()
    bodies = messages(counting.database) * 10
    random.Random(7).shuffle(bodies)
    while bodies:
        arrived, bodies = bodies[:13], bodies[13:]
        assert subscription.offer_all(arrived) == []
    assert counting.applied() == everything(counting.database)
    assert (subscription.status.state, subscription.status.lag) == ("running", 0)


def test_events_are_applied_in_order_of_positions(counting):
    order: list[str] = []
    subscription = counting.subscription(apply=lambda _, events: order.extend(each.event_id for each in events))
    bodies = messages(counting.database)
    subscription.offer_all(bodies[10:])
    subscription.offer_all(reversed(bodies))
    assert order == [orjson.loads(body)["id"] for body in bodies]


def test_the_next_event_is_applied_from_its_message_without_asking_the_source(counting):
    subscription = counting.subscription()
    first, second, *_ = messages(counting.database)
    subscription.offer(first)
    asked: list[int] = []
    again = counting.subscription(read_log=lambda after, _: asked.append(after))
    again.offer(second)
    assert (asked, again.status.position) == ([], 2)


def test_a_gap_is_read_from_the_source(counting):
    subscription = counting.subscription()
    subscription.offer(messages(counting.database)[7])
    assert subscription.status.position >= 8
    subscription.catch_up()
    assert counting.applied() == everything(counting.database)


def test_a_lost_doorbell_is_made_up_for_by_looking(counting):
    subscription = counting.subscription()
    subscription.catch_up()
    subscription.catch_up()
    assert counting.applied() == everything(counting.database)
    assert counting.batches == [EVENTS]


def test_a_new_process_goes_on_where_the_last_one_stood(counting):
    counting.subscription().catch_up()
    fill(counting.database, 5, 1)
    seal_all(counting.database)
    counting.subscription().offer(messages(counting.database)[-1])
    assert counting.applied() == everything(counting.database)


def test_two_processes_of_one_consumer_apply_each_event_once(counting):
    bodies = messages(counting.database)

    def listen(seed: int) -> None:
        subscription, mine = counting.subscription(), list(bodies)
        random.Random(seed).shuffle(mine)
        for body in mine:
            subscription.offer(body)
        subscription.catch_up()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(listen, (1, 2)))
    counting.subscription().catch_up()
    assert counting.applied() == everything(counting.database)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b'{"position":1}',
        b'{"position":true,"dataschema":"urn:zhitongche:feedback:x:1"}',
    ],
)
def test_what_is_no_event_is_given_back_and_changes_nothing(counting, body):
    subscription = counting.subscription()
    good = messages(counting.database)[0]
    assert subscription.offer_all([body, good]) == [body]
    with pytest.raises(MalformedEvent):
        subscription.offer(body)
    assert subscription.status.position == 1


def test_another_services_event_is_not_this_sources(counting):
    foreign = messages(counting.database)[0].replace(b"zhitongche:feedback", b"zhitongche:registry")
    with pytest.raises(MalformedEvent):
        counting.subscription().offer(foreign)


def test_an_event_that_cannot_be_applied_stops_behind_the_one_before_and_skips_nothing(counting):
    # Given one event in the middle that the listener cannot apply
    documents = [orjson.loads(body) for body in messages(counting.database)]
    counting.poison = {documents[11]["id"]}
    subscription = counting.subscription()
    # When all are offered
    subscription.offer_all(messages(counting.database))
    # Then eleven are applied, and it says that it stands, and why
    assert counting.applied() == sorted(document["id"] for document in documents[:11])
    status = subscription.status
    assert (status.state, status.position, status.lag, status.error) == ("failing", 11, 9, "RuntimeError")
    # And it does not try again at once
    subscription.offer_all(messages(counting.database))
    assert subscription.status.position == 11
    # And when the reason is gone, nothing was skipped
    counting.poison = set()
    subscription.resume()
    subscription.catch_up()
    assert counting.applied() == everything(counting.database)
    assert subscription.status.state == "running"


def test_a_failing_subscription_tries_again_by_itself(counting):
    broken = [True]

    def read_log(after: int, limit: int):
        if broken:
            raise ConnectionError(broken.pop())
        return counting.read_log(after, limit)

    subscription = counting.subscription(read_log=read_log)
    subscription.catch_up()
    assert subscription.status.state == "failing"
    subscription._retry_at = time.monotonic()
    subscription.catch_up()
    assert counting.applied() == everything(counting.database)


def test_an_event_newer_than_this_code_stops_the_reader(counting):
    upcaster = Upcaster(dict.fromkeys(NAMES, 1))

    def upcast(event):
        newer = event.name == NAMES[3]
        return upcaster.upcast(event._replace(schema_version=2) if newer else event)

    subscription = counting.subscription(upcast=upcast)
    subscription.catch_up()
    assert (subscription.status.state, subscription.status.error) == ("failing", "UnknownEventVersion")
    assert subscription.status.position == 15


def test_a_source_that_was_restored_shorter_stops_its_listener(counting):
    subscription = counting.subscription()
    subscription.catch_up()
    tamper(counting.database, "DELETE FROM checkpoint WHERE size > 5")
    tamper(counting.database, "UPDATE checkpoint SET size = 15")
    subscription.catch_up()
    assert (subscription.status.state, subscription.status.error) == ("stopped", "LogChanged")
    # And stays stopped until a person has looked
    subscription.offer_all(messages(counting.database))
    assert subscription.status.state == "stopped"


def test_a_source_of_another_epoch_stops_its_listener(counting):
    subscription = counting.subscription(read_log=lambda *page: counting.read_log(*page) | {"epoch": 2})
    tamper(
        counting.database,
        f"INSERT INTO cursor (consumer, source, epoch, position) VALUES ('evaluation', '{SERVICE}', 1, 0)",
    )
    subscription.catch_up()
    assert (subscription.status.state, counting.applied()) == ("stopped", [])


def test_a_hole_in_the_source_is_not_stepped_over(counting):
    tamper(counting.database, "DELETE FROM log_entry WHERE position = 8")
    subscription = counting.subscription()
    subscription.catch_up()
    assert (subscription.status.state, counting.applied()) == ("stopped", [])


def test_a_source_that_is_not_there_is_told_of_once_and_again_after_it_was(counting, caplog, monkeypatch):
    away = [True]

    def read_log(after, limit):
        if away:
            raise Unavailable
        return counting.read_log(after, limit)

    monkeypatch.setattr(subscriptions, "_FIRST_PAUSE", 0.0)
    subscription = counting.subscription(read_log=read_log)
    for _ in range(3):
        subscription.resume()
        subscription.catch_up()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    away.clear()
    subscription.catch_up()
    away.append(True)
    subscription.catch_up()
    assert (len(caplog.records), len(counting.applied())) == (2, EVENTS)
