"""The feedback service on a real database and a real broker, and what operators and machines do with it."""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import amqp
import orjson
from kombu.utils.url import parse_url
from sqlalchemy import text

from kernel.identity import tokens
from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.keys import keyring
from kernel.log.database import Database
from kernel.log.sealer import seal_pending
from kernel.policy import Packs
from kernel.refusals import Refusal
from kernel.runtime.calls import Call
from kernel.runtime.distributed.work_queues import WorkQueues
from services.feedback.application import build
from services.feedback.offers import Offers
from services.feedback.storage.tables import METADATA
from tests.support.school import CHANNEL, MACHINE, QUEUE, SCHOOL, SECOND_UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.settings import Settings

# The packs of these tests give this unit a queue too.
SECOND_MACHINE = SECOND_UNIT
SECOND_QUEUE = f"tickets.{SCHOOL}.{SECOND_MACHINE}"
DEAD = "tickets.dead"


class Express:
    """One service with its databases, and offers made at a call of `step`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.url("feedback"))
        with self.database.write() as connection:
            METADATA.create_all(connection)
        keys = Database(settings.url("feedback_keys"))
        with keys.write() as connection:
            keyring.METADATA.create_all(connection)
        keys.close()
        self.application = build(settings)
        self.secrets = Secrets.load(settings.secret_file)
        self.queues: list[WorkQueues] = []
        self.offers = self.another()

    def another(self, **options: Any) -> Offers:
        """Offers of their own, as a second log process has them."""
        self.queues.append(WorkQueues(self.settings.amqp_uri, patience=5.0))
        return Offers(self.database, Packs.load(self.settings.policies), self.queues[-1], **options)

    def close(self) -> None:
        for queues in self.queues:
            queues.close()
        self.application.close()
        self.database.close()

    def call(self, actor: Actor, method: str, **arguments: Any) -> dict[str, Any]:
        token = tokens.sign(self.secrets, actor)
        arguments |= {"command_id": str(uuid.uuid4())}
        (answer,) = self.application.run_batch([Call(method, arguments, {"auth_token": token})])
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def operator(self, method: str, **arguments: Any) -> dict[str, Any]:
        return self.call(Actor("operator-1", Role.OPERATOR, SCHOOL, None), method, **arguments)

    def machine(self, method: str, ticket_id: str, unit: str = MACHINE, **arguments: Any) -> dict[str, Any]:
        actor = Actor(f"{unit}-system", Role.HANDLER, SCHOOL, unit)
        return self.call(actor, method, ticket_id=ticket_id, **arguments)

    def submit(self) -> str:
        submitted = self.operator(
            "submit_suggestion",
            institution=SCHOOL,
            channel=CHANNEL,
            title="合成：路灯",
            body="合成内容",
        )
        return submitted["ticket_id"]

    def assign(self, ticket_id: str | None = None, lead: str = MACHINE, *, sealed: bool = True) -> str:
        ticket_id = ticket_id or self.submit()
        self.operator("assign_ticket", ticket_id=ticket_id, lead=lead)
        if sealed:
            self.seal()
        return ticket_id

    def seal(self) -> None:
        with self.database.write() as connection:
            seal_pending(connection, "postgresql", "feedback", self.secrets.head_key)

    def step(self, **options: Any) -> int:
        """Seal what is new, then offer what is due."""
        self.seal()
        return self.offers.step(**options)

    def sql(self, statement: str, **values: Any) -> list[Any]:
        with self.database.write() as connection:
            result = connection.execute(text(statement), values)
            return list(result.all()) if result.returns_rows else []

    def end_lease(self, ticket_id: str) -> None:
        """As if its time had passed; nothing tells the log of it."""
        self.sql("UPDATE lease SET expires_at = 1 WHERE ticket_id = :ticket_id", ticket_id=ticket_id)

    def age_offers(self, seconds: float) -> None:
        """As if that time had passed since every offer, and since the last look at the queues."""
        self.sql("UPDATE offer SET offered_at = offered_at - :us", us=int(seconds * 1_000_000))
        self.offers._looked_at = 0

    def position_of_assignment(self, ticket_id: str) -> int:
        rows = self.sql(
            "SELECT max(position) FROM log_entry JOIN event USING (event_id)"
            " WHERE stream_id = :stream AND name = 'ticket_assigned'",
            stream=f"ticket/{ticket_id}",
        )
        return rows[0][0]


class Taker:
    """A unit's own system at its queue, by a stock AMQP library."""

    def __init__(self, connection: Any) -> None:
        self.channel = connection.channel()
        self.channel.auto_decode = False

    def take(self, queue: str = QUEUE, *, acknowledge: bool = True) -> Any:
        """The next message of a queue, or none within a moment."""
        end = time.monotonic() + 0.3
        while (message := self.channel.basic_get(queue)) is None and time.monotonic() < end:
            time.sleep(0.02)
        if message is not None and acknowledge:
            self.channel.basic_ack(message.delivery_tag)
        return message

    def take_all(self, queue: str = QUEUE) -> list[dict[str, Any]]:
        taken = []
        while (message := self.take(queue)) is not None:
            taken.append(orjson.loads(message.body))
        return taken

    def ids(self, queue: str = QUEUE) -> list[str]:
        return [body["ticket_id"] for body in self.take_all(queue)]

    def length(self, queue: str = QUEUE) -> int:
        return self.channel.queue_declare(queue, passive=True).message_count


@contextmanager
def a_taker(uri: str) -> Iterator[Taker]:
    parts = parse_url(uri)
    with amqp.Connection(
        host=f"{parts['hostname']}:{parts['port']}",
        userid=parts["userid"],
        password=parts["password"],
        virtual_host=parts["virtual_host"],
    ) as connection:
        yield Taker(connection)
