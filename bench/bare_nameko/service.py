"""The same four steps as anybody would write them with stock nameko, SQLAlchemy and psycopg2, and no features.

`service.py AMQP_URI DATABASE_URL`; makes its two tables, says `ready`, ends on SIGTERM.
"""

import eventlet

eventlet.monkey_patch()

import logging  # noqa: E402 - after the patch, as eventlet wants it
import signal  # noqa: E402
import sys  # noqa: E402
import uuid  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from typing import Any  # noqa: E402

from nameko import config  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402
from nameko.extensions import DependencyProvider  # noqa: E402
from nameko.rpc import rpc  # noqa: E402
from sqlalchemy import JSON, DateTime, ForeignKey, create_engine  # noqa: E402
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column  # noqa: E402

Answer = dict[str, Any]


class Base(DeclarativeBase):
    pass


class Ticket(Base):
    __tablename__ = "ticket"
    id: Mapped[str] = mapped_column(primary_key=True)
    institution: Mapped[str]
    channel: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    state: Mapped[str]
    lead: Mapped[str | None]
    reply: Mapped[str | None]
    version: Mapped[int]


class Event(Base):
    __tablename__ = "event"
    id: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id"), index=True)
    version: Mapped[int]
    name: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    data: Mapped[dict] = mapped_column(JSON)


class Database(DependencyProvider):
    def setup(self) -> None:
        self.engine = create_engine(config["DATABASE_URL"], pool_size=10)
        Base.metadata.create_all(self.engine)

    def stop(self) -> None:
        self.engine.dispose()

    def get_dependency(self, _worker_ctx: Any) -> Session:
        return Session(self.engine)

    def worker_teardown(self, worker_ctx: Any) -> None:
        worker_ctx.service.database.close()


class BareFeedback:
    name = "bare_feedback"
    database = Database()

    @rpc
    def submit(self, institution: str, channel: str, title: str, body: str) -> Answer:
        ticket = Ticket(id=str(uuid.uuid4()), institution=institution, channel=channel, title=title, body=body)
        ticket.version = 0
        self.database.add(ticket)
        return self._step(ticket, "submitted", title=title, body=body)

    @rpc
    def assign(self, ticket_id: str, lead: str) -> Answer:
        ticket = self._ticket(ticket_id, "submitted")
        ticket.lead = lead
        return self._step(ticket, "assigned", lead=lead)

    @rpc
    def reply(self, ticket_id: str, text: str) -> Answer:
        ticket = self._ticket(ticket_id, "assigned")
        ticket.reply = text
        return self._step(ticket, "replied", text=text)

    @rpc
    def close(self, ticket_id: str) -> Answer:
        return self._step(self._ticket(ticket_id, "replied"), "closed")

    def _ticket(self, ticket_id: str, state: str) -> Ticket:
        ticket = self.database.get(Ticket, ticket_id, with_for_update=True)
        if ticket is None or ticket.state != state:
            raise ValueError("no such ticket in this state")
        return ticket

    def _step(self, ticket: Ticket, state: str, **data: str) -> Answer:
        ticket.state = state
        ticket.version += 1
        self.database.flush()
        event = Event(id=str(uuid.uuid4()), ticket_id=ticket.id, version=ticket.version, name=state, data=data)
        event.at = datetime.now(UTC)
        self.database.add(event)
        answer = {"ticket_id": ticket.id, "version": ticket.version, "state": state}
        self.database.commit()
        return answer


def main(amqp_uri: str, database_url: str) -> None:
    logging.disable(logging.WARNING)  # a stock container warns whenever it stops
    config.setup({"AMQP_URI": amqp_uri, "DATABASE_URL": database_url})
    container = ServiceContainer(BareFeedback)
    signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn_n(container.stop))
    container.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    container.wait()


main(*sys.argv[1:])
