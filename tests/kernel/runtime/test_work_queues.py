"""Letters reach a work queue whichever broker answers, and whatever a broker's death made of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kernel.runtime.distributed.work_queues import DEAD_TICKETS, Letter, WorkQueues
from tests.kernel.runtime.raw import connection
from tests.support.waiting import until

if TYPE_CHECKING:
    import amqp

QUEUE = "tickets.school.unit"


def letter(number: int) -> Letter:
    return Letter(QUEUE, f"id-{number}", b"{}")


def test_an_offer_goes_to_whichever_broker_answers(amqp_uri):
    queues = WorkQueues(f"amqp://guest:guest@127.0.0.1:1/;{amqp_uri}")
    assert queues.put([letter(1)]) == [True]
    assert queues.ready(QUEUE) == 1
    queues.close()


@pytest.mark.slow
def test_a_queue_that_its_broker_does_not_get_back_is_made_anew(amqp_uri, rabbit):
    """RabbitMQ 3.10 does not get a quorum queue back that was killed in its first second."""
    queues = WorkQueues(amqp_uri)
    queues.ready(DEAD_TICKETS)
    until(lambda: queues.put([Letter(DEAD_TICKETS, "old", b"{}")]) == [True])
    assert queues.put([letter(1)]) == [True]
    queues.close()
    rabbit.kill()
    rabbit.start()
    # When letters are offered again and again
    queues = WorkQueues(amqp_uri, patience=6.0, silence=0.2, make_anew_after=0.1)
    until(lambda: queues.put([letter(2)]) == [True], 60)
    queues.close()
    # Then they stand there, and whoever looks at the dead ones finds nothing new
    with connection(amqp_uri) as looking:
        channel = looking.channel()
        names = [name for queue in (QUEUE, DEAD_TICKETS) for name in _names(channel, queue)]
    assert [name for name in names if name != "id-1"] == ["id-2", "old"]


def _names(channel: amqp.Channel, queue: str) -> list[str]:
    found = []
    while (message := channel.basic_get(queue)) is not None:
        found.append(message.properties["message_id"])
    return found
