"""Sealed events reach the broker in order, and its listeners once in effect, whatever dies or is forgotten."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import amqp
import orjson
import pytest

from kernel.log.process import LogProcess
from kernel.log.relay import Outgoing, Published, PublisherUnavailable, Relay, lag
from kernel.runtime.distributed.doorbell import AmqpDoorbell, bell_queue, declare_bell
from kernel.runtime.distributed.link import Link
from kernel.runtime.distributed.publisher import AmqpPublisher, declare_events
from tests.kernel.log.listening import CONSUMER, Counting
from tests.kernel.log.parts import in_a_thread, running
from tests.kernel.log.support import NAMES, SERVICE, Secrets, fill, rows_of, seal_all
from tests.support.letters import Letters
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from kernel.log.database import Database


class Recorder:
    """A publisher whose broker is a list; says of each message what it is told to say."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.declared = 0
        self.returns: set[str] = set()
        self.confirms: int | None = None

    def publish(self, batch: Sequence[Outgoing]) -> Published:
        self.sent += [outgoing.event_id for outgoing in batch]
        returned = tuple(place for place, outgoing in enumerate(batch) if outgoing.name in self.returns)
        return Published(len(batch) if self.confirms is None else self.confirms, returned)

    def declare(self) -> None:
        self.declared += 1

    def idle(self) -> None:
        """Nothing to keep alive."""

    def close(self) -> None:
        """Nothing to close."""


def order(database: Database) -> list[str]:
    return [row[0] for row in rows_of(database, "SELECT event_id FROM log_entry ORDER BY position")]


def cursor_of(database: Database) -> int:
    rows = rows_of(database, "SELECT position FROM cursor WHERE consumer = 'relay'")
    return rows[0][0] if rows else 0


@pytest.fixture
def sealed(on_postgresql):
    """Twenty sealed events. Where there is a broker, the database is PostgreSQL."""
    fill(on_postgresql, 5, 4)
    seal_all(on_postgresql)
    return on_postgresql


@pytest.fixture
def relaying(sealed) -> Iterator[tuple[Relay, Recorder]]:
    recorder = Recorder()
    relay = Relay(sealed, SERVICE, recorder, frozenset({NAMES[0]}))
    yield relay, recorder
    relay.reset()


def test_events_go_out_in_order_and_the_cursor_follows(sealed, relaying):
    relay, recorder = relaying
    assert [relay.step(8), relay.step(8), relay.step(8), relay.step(8)] == [8, 8, 4, 0]
    assert recorder.sent == order(sealed)
    assert cursor_of(sealed) == 20
    with sealed.read() as connection:
        assert lag(connection, SERVICE) == 0


def test_the_cursor_moves_over_the_confirmed_prefix_only(sealed, relaying):
    relay, recorder = relaying
    recorder.confirms = 5
    with pytest.raises(PublisherUnavailable):
        relay.step()
    assert cursor_of(sealed) == 5
    relay.reset()
    recorder.confirms, recorder.sent = None, []
    assert relay.step() == 15
    assert recorder.sent == order(sealed)[5:]


def test_an_event_that_no_queue_wants_is_counted_and_passed_over(sealed, relaying):
    relay, recorder = relaying
    recorder.returns = {NAMES[1]}
    assert relay.step() == 20
    assert (relay.returned, recorder.declared, len(recorder.sent)) == (5, 0, 20)


def test_a_returned_event_that_should_have_a_queue_is_declared_and_sent_again(sealed, relaying):
    relay, recorder = relaying
    recorder.returns = {NAMES[0]}
    assert relay.step() == 20
    assert recorder.declared == 1
    assert recorder.sent == order(sealed) + order(sealed)[:5]


def test_of_two_relays_one_moves_the_cursor(sealed, relaying):
    relay, _ = relaying
    other = Relay(sealed, SERVICE, Recorder())
    try:
        assert relay.step(4) == 4
        assert other.step(8) == 8
        # The first one does not know of it, sends some again, and goes on from where the other stands.
        relay.step(4)
        assert cursor_of(sealed) == 12
        assert relay.step(20) == 8
    finally:
        other.reset()


@contextmanager
def channel(uri: str) -> Iterator[Any]:
    link = Link(uri)
    try:
        yield link.channel
    finally:
        link.close()


def outgoing(count: int) -> list[Outgoing]:
    return [Outgoing(number, f"id-{number}", NAMES[number % 2], b"{}") for number in range(count)]


def test_many_messages_are_confirmed_in_one_go_and_the_unwanted_are_named(amqp_uri):
    with channel(amqp_uri) as declared:
        declare_events(declared, SERVICE)
        declared.queue_declare("wants-one", durable=True, auto_delete=False)
        declared.queue_bind("wants-one", f"{SERVICE}.events", NAMES[0])
        publisher = AmqpPublisher(amqp_uri, SERVICE)
        published = publisher.publish(outgoing(500))
        publisher.idle()
        publisher.close()
        assert published == Published(500, tuple(range(1, 500, 2)))
        first = declared.basic_get("wants-one", no_ack=True)
    assert first.delivery_info["routing_key"] == NAMES[0]
    assert {name: first.properties[name] for name in ("content_type", "delivery_mode", "message_id")} == {
        "content_type": "application/json",
        "delivery_mode": 2,
        "message_id": "id-0",
    }


def test_a_full_queue_that_refuses_ends_the_confirmed_prefix(amqp_uri):
    with channel(amqp_uri) as declared:
        declare_events(declared, SERVICE)
        limit = {"x-max-length": 10, "x-overflow": "reject-publish"}
        declared.queue_declare("small", durable=True, auto_delete=False, arguments=limit)
        declared.queue_bind("small", f"{SERVICE}.events", "#")
    publisher = AmqpPublisher(amqp_uri, SERVICE)
    published = publisher.publish(outgoing(100))
    publisher.close()
    # RabbitMQ lets in a few more than the limit while messages are on their way.
    assert 10 <= published.confirmed_prefix < 100


def test_without_a_broker_nothing_is_published(amqp_uri):
    publisher = AmqpPublisher("amqp://guest:guest@127.0.0.1:1/", SERVICE)
    with pytest.raises(PublisherUnavailable):
        publisher.publish(outgoing(1))
    publisher = AmqpPublisher(f"amqp://guest:guest@127.0.0.1:1/;{amqp_uri}", SERVICE)
    assert publisher.publish(outgoing(1)).confirmed_prefix == 1
    publisher.close()


def listening(
    amqp_uri: str, counting: Counting, letters: Letters | None = None
) -> AbstractContextManager[AmqpDoorbell]:
    return in_a_thread(AmqpDoorbell(amqp_uri, counting.subscription(), letters or Letters(), look_every=0.5))


def bound(amqp_uri: str) -> None:
    with channel(amqp_uri) as declared:
        declare_bell(declared, CONSUMER, SERVICE)


@pytest.mark.parametrize("fault", ["relay.published", "relay.confirmed", "relay.cursor"])
def test_a_relay_killed_anywhere_doubles_messages_and_no_effect(on_postgresql, tmp_path, amqp_uri, fault):
    # Given a listener's queue, and a relay that dies in its first batch
    bound(amqp_uri)
    fill(on_postgresql, 5, 2)
    with running(on_postgresql, tmp_path, amqp_uri, fault=fault) as dying:
        assert dying.died_of_its_fault()
    # When the next one goes on
    fill(on_postgresql, 5, 1)
    with running(on_postgresql, tmp_path, amqp_uri):
        until(lambda: cursor_of(on_postgresql) == 15)
    with channel(amqp_uri) as declared:
        waiting = declared.queue_declare(bell_queue(CONSUMER, SERVICE), passive=True).message_count
    # Then messages are there twice at most, and each event is applied once
    assert waiting == (15 if fault == "relay.cursor" else 25)
    counting = Counting(on_postgresql)
    with listening(amqp_uri, counting):
        until(lambda: len(counting.applied()) == 15)
    assert counting.applied() == sorted(order(on_postgresql))


@pytest.mark.slow
def test_events_flow_to_a_listener_through_a_broker_that_went_away_and_forgot_everything(
    on_postgresql, tmp_path, amqp_uri, rabbit
):
    counting = Counting(on_postgresql)
    publisher = AmqpPublisher(amqp_uri, SERVICE, patience=3.0)
    process = LogProcess(on_postgresql, SERVICE, Secrets(), tmp_path, publisher)
    with in_a_thread(process), listening(amqp_uri, counting):
        fill(on_postgresql, 5, 1)
        until(lambda: len(counting.applied()) == 5)
        # When the broker ends, and comes back without exchange, queue and messages
        rabbit.wipe()
        fill(on_postgresql, 5, 1)
        rabbit.start()
        # Then what was written meanwhile arrives
        until(lambda: len(counting.applied()) == 10, 60)
        until(lambda: cursor_of(on_postgresql) == 10, 60)
        # And what comes after it, by message
        fill(on_postgresql, 5, 1)
        until(lambda: len(counting.applied()) == 15)
    assert counting.applied() == sorted(order(on_postgresql))


def test_a_message_that_is_no_event_becomes_a_dead_letter_and_stops_nobody(on_postgresql, amqp_uri):
    counting, letters = Counting(on_postgresql), Letters()
    bound(amqp_uri)
    fill(on_postgresql, 1, 1)
    seal_all(on_postgresql)
    with channel(amqp_uri) as declared:
        for body in (b"no json", b"", orjson.dumps({"position": 1})):
            declared.basic_publish(amqp.Message(body), f"{SERVICE}.events", NAMES[0])
    with listening(amqp_uri, counting, letters):
        until(lambda: len(letters.kept) == 3)
        until(lambda: len(counting.applied()) == 1)
    assert {(consumer, reason) for consumer, reason, _, _ in letters.kept} == {(CONSUMER, "malformed_message")}
    with channel(amqp_uri) as declared:
        queue = declared.queue_declare(bell_queue(CONSUMER, SERVICE), passive=True)
    assert queue.message_count == 0


def test_a_message_that_cannot_become_a_dead_letter_now_waits_until_it_can(on_postgresql, amqp_uri):
    counting, letters = Counting(on_postgresql), Letters()
    bound(amqp_uri)
    letters.away = True
    with channel(amqp_uri) as declared:
        declared.basic_publish(amqp.Message(b"no json"), f"{SERVICE}.events", NAMES[0])
    with listening(amqp_uri, counting, letters):
        until(lambda: letters.refused >= 2)
        letters.away = False
        until(lambda: letters.kept)
        # And events are still heard
        fill(on_postgresql, 1, 1)
        seal_all(on_postgresql)
        until(lambda: len(counting.applied()) == 1)
    assert [body for _, _, body, _ in letters.kept] == [b"no json"]
