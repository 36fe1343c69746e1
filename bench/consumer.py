"""A consumer in a process of its own: applies every event of the feedback service to a table of its own.

`python -m bench.consumer` runs until SIGTERM; its cursor stands in the database `bench_consumer`.
"""

from __future__ import annotations

import signal
import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, text

from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.identity.tokens import sign
from kernel.log.database import Database
from kernel.log.dead_letters import DeadLetters
from kernel.log.schema import log_tables
from kernel.log.subscription import Subscription
from kernel.runtime.distributed.client import RpcClient
from kernel.runtime.distributed.doorbell import AmqpDoorbell
from kernel.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kernel.envelope import Event

NAME = "bench_consumer"
METADATA = MetaData()
LOG = log_tables(METADATA)
COPY = Table(
    "copy",
    METADATA,
    Column("ticket_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
)
_APPLY = text(
    "INSERT INTO copy (ticket_id, name, version) SELECT DISTINCT ON (subject) subject, name, version"
    " FROM unnest(CAST(:subjects AS text[]), CAST(:names AS text[]), CAST(:versions AS int[]))"
    " AS happened (subject, name, version) ORDER BY subject, version DESC"
    " ON CONFLICT (ticket_id) DO UPDATE SET name = EXCLUDED.name, version = EXCLUDED.version"
)


def apply(connection: Connection, events: list[Event]) -> None:
    values = {
        "subjects": [event.stream_id for event in events],
        "names": [event.name for event in events],
        "versions": [event.stream_version for event in events],
    }
    connection.execute(_APPLY, values)


def main() -> None:
    settings = Settings.from_environment()
    secrets = Secrets.load(settings.secret_file)
    database = Database(settings.url(NAME))
    METADATA.create_all(database.engine)
    token = sign(secrets, Actor(str(uuid.uuid4()), Role.SERVICE), ttl=86_400)
    client = RpcClient(settings.amqp_uri, context={"auth_token": token})

    def read_log(after: int, limit: int) -> dict[str, Any]:
        page: dict[str, Any] = client.call("feedback.read_log", {"after": after, "limit": limit})
        return page

    subscription = Subscription(database, NAME, "feedback", apply, read_log)
    bell = AmqpDoorbell(settings.amqp_uri, subscription, DeadLetters(database, secrets))
    signal.signal(signal.SIGTERM, lambda *_: bell.stop())
    bell.run()
    client.close()


if __name__ == "__main__":
    main()
