"""A service small enough to see through: streams of things, each write one event and one live row."""

from __future__ import annotations

import shutil
import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, text

from kernel.application import CommandRoute, Needs, QueryRoute, ServiceApplication
from kernel.facts import Fact
from kernel.identity import tokens
from kernel.identity.access import ANYBODY, OPEN, AccessTable
from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.keys import keyring
from kernel.log.database import Database
from kernel.log.schema import key_text, log_tables
from kernel.log.sealer import seal_pending
from kernel.log.store import SetChange
from kernel.log.writer_postgresql import PostgresqlStore
from kernel.log.writer_sqlite import SqliteStore
from kernel.refusals import NotFound
from kernel.runtime.calls import Call
from kernel.schemas import ArgumentSchema, boolean, integer, listed, uuid_text
from kernel.schemas import text as words
from tests.support.lending import lent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from kernel.log.store import LogStore
    from kernel.log.work import Work

METADATA = MetaData()
LOG = log_tables(METADATA)
THING = Table(
    "thing",
    METADATA,
    Column("thing_id", key_text(36), primary_key=True),
    Column("name", key_text(40), nullable=True, unique=True),
    Column("amount", Integer, nullable=False),
    Column("holder", Text, nullable=False),
)
MARK = Table(
    "mark",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("thing_id", key_text(36), primary_key=True),
    sqlite_with_rowid=False,
)
LIVE = (THING, MARK)
ACTOR = Actor("t-1", Role.OPERATOR, "datong")
ROOM = "locked"
_ACCESS = {
    "write_thing": ANYBODY - {Role.AUDITOR},
    "ask_thing": ANYBODY,
    "read_thing": ANYBODY,
    "open_thing": OPEN,
    "admin_thing": frozenset({Role.ADMIN}),
}


class _WriteThing(ArgumentSchema):
    command_id = uuid_text()
    thing_id = uuid_text()
    amount = integer(0, 10**6)
    name = words(40, optional=True)
    times = integer(1, 10, optional=True, default=1)
    fails = words(20, optional=True)
    holds = boolean()
    gains = listed(integer(0, 2**62), limit=100, optional=True, default=list)
    loses = listed(integer(0, 2**62), limit=100, optional=True, default=list)


class _ReadThing(ArgumentSchema):
    thing_id = words(40)


class _AskThing(ArgumentSchema):
    thing_id = uuid_text()
    fails = words(20, optional=True)


def urls(request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    """A URL template whose databases a module's tests share; `Small.empty` makes them a test's own."""
    if request.param == "sqlite":
        yield f"sqlite:///{home}/{{service}}.db"
        shutil.rmtree(home)
        return
    with lent(request.getfixturevalue("postgres"), "feedback") as url:
        yield url
    shutil.rmtree(home)


def store_of(database: Database) -> LogStore:
    """The store of a database, sealing where its writer seals."""
    if database.dialect == "postgresql":
        return PostgresqlStore(database, LIVE)
    return SqliteStore(
        database,
        LOG,
        LIVE,
        seal=lambda connection: seal_pending(connection, "sqlite", "small", bytes(32)),
        sealed=lambda _head: None,
    )


class Small:
    """The application, its database and somebody who calls it."""

    def __init__(self, url_template: str, home: Path, *, store: LogStore | None = None) -> None:
        self.database = Database(url_template.replace("{service}", "feedback"))
        self.key_database = Database(url_template.replace("{service}", "feedback_keys"))
        METADATA.create_all(self.database.engine)
        keyring.METADATA.create_all(self.key_database.engine)
        secrets = Secrets.load_or_make(home / "secret.json")
        self.store = store or store_of(self.database)
        self.token = tokens.sign(secrets, ACTOR)
        # What follows each commit, by thing; `step` may be replaced by one that fails.
        self.steps: list[str] = []
        self.step = self.steps.append
        commands = {
            "write_thing": CommandRoute(_WriteThing(), _needs, _scope, self._write),
            "ask_thing": CommandRoute(_AskThing(), _needs, _everywhere, self._ask, reads=True),
        }
        queries = {
            "read_thing": QueryRoute(_ReadThing(), self._read),
            "open_thing": QueryRoute(_ReadThing(), self._read),
            "admin_thing": QueryRoute(_ReadThing(), self._read),
        }
        self.application = ServiceApplication(
            "small",
            commands=commands,
            queries=queries,
            access=AccessTable(_ACCESS, [*commands, *queries]),
            authenticator=tokens.Authenticator(secrets),
            store=self.store,
            keys=keyring.KeyRing(self.key_database, secrets.wrapping_key),
            request_key=secrets.request_key,
        )

    def empty(self) -> Small:
        with self.database.write() as connection:
            for table in METADATA.sorted_tables:
                connection.execute(table.delete())
        return self

    def close(self) -> None:
        close = getattr(self.store, "close", None)
        if close:
            close()
        self.database.close()
        self.key_database.close()

    def call(self, thing_id: str, amount: int = 1, **more: Any) -> Call:
        arguments = {"command_id": str(uuid.uuid4()), "thing_id": thing_id, "amount": amount} | more
        return Call("write_thing", arguments, {"auth_token": self.token})

    def question(self, thing_id: str, **more: Any) -> Call:
        return Call("ask_thing", {"thing_id": thing_id} | more, {"auth_token": self.token})

    def marks(self, thing_id: str) -> set[int]:
        return {number for (number,) in self.rows("SELECT number FROM mark WHERE thing_id = :t", t=thing_id)}

    def run(self, *calls: Call) -> list[Any]:
        return self.application.run_batch(calls)

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.database.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def change(self, statement: str, **values: Any) -> None:
        with self.database.write() as connection:
            connection.execute(text(statement), values)

    def _write(self, work: Work, arguments: dict[str, Any]) -> dict[str, Any]:
        stream = f"thing/{arguments['thing_id']}"
        before = work.row("thing", arguments["thing_id"]) or {"amount": 0, "name": None}
        if arguments["holds"]:
            work.hold(stream)
        facts = [Fact("thing_written", {"amount": arguments["amount"]}) for _ in range(arguments["times"])]
        if not arguments["holds"]:
            work.record(stream, "datong", facts, key=None)
        amount = before["amount"] + arguments["amount"] * arguments["times"]
        name = arguments["name"] or before["name"]
        row = {"thing_id": arguments["thing_id"], "name": name, "amount": amount, "holder": work.actor.subject}
        work.put("thing", arguments["thing_id"], row)
        gained, lost = ({(n, arguments["thing_id"]) for n in arguments[way]} for way in ("gains", "loses"))
        work.change_set("mark", SetChange(gained, lost))
        work.afterwards(lambda: self.step(arguments["thing_id"]))
        _fail(arguments["fails"])
        head = work.head(stream)
        return {"amount": amount, "version": head.version if head else 0, "hash": work.last_hash(stream)}

    def _ask(self, work: Work, arguments: dict[str, Any]) -> dict[str, Any]:
        """What is answered is said in an event first."""
        thing = work.row("thing", arguments["thing_id"])
        if thing is None:
            raise NotFound
        stream = f"asked/{arguments['thing_id']}"
        work.load([stream], {})
        work.record(stream, "datong", [Fact("thing_asked", {})], key=None)
        work.afterwards(lambda: self.step(arguments["thing_id"]))
        _fail(arguments["fails"])
        return {"secret": f"the amount is {thing['amount']}"}

    def _read(self, _actor: Actor | None, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["thing_id"] == ROOM:
            raise NotFound
        _fail(arguments["thing_id"])
        return {"thing_id": arguments["thing_id"]}


def _needs(arguments: dict[str, Any]) -> Needs:
    return Needs((f"thing/{arguments['thing_id']}",), {"thing": (arguments["thing_id"],)})


def _everywhere(_work: Work, _arguments: dict[str, Any]) -> None:
    """In everybody's scope."""


def _scope(_work: Work, arguments: dict[str, Any]) -> None:
    if arguments["name"] == ROOM:
        raise NotFound


def _fail(kind: str | None) -> None:
    if kind == "refuses":
        raise NotFound
    if kind == "breaks":
        raise RuntimeError("a text that nobody may read")
