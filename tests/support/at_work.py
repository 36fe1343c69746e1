"""One service at work: its application, people to call it, and a look at its tables."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from kernel.identity import tokens
from kernel.identity.secrets import Secrets
from kernel.keys import keyring
from kernel.log.database import Database
from kernel.log.process import drain
from kernel.refusals import Refusal
from kernel.runtime.calls import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import MetaData

    from kernel.identity.actor import Actor
    from kernel.parts import ServiceParts
    from kernel.settings import Settings


def new_id() -> str:
    return str(uuid.uuid4())


class AtWork:
    """One application over migrated databases."""

    def __init__(self, settings: Settings, parts: ServiceParts, metadata: MetaData) -> None:
        self.settings = settings
        self.parts = parts
        self.application = parts.build(settings)
        self.secrets = Secrets.load(settings.secret_file)
        self.database = Database(settings.url(parts.name))
        self.key_database = Database(settings.url(f"{parts.name}_keys"))
        self._counted = " UNION ALL ".join(
            f"SELECT '{name}', (SELECT count(*) FROM \"{name}\")" for name in metadata.tables
        )
        self._tokens: dict[Actor, str] = {}

    def close(self) -> None:
        self.application.close()
        self.database.close()
        self.key_database.close()

    @cached_property
    def keys(self) -> keyring.KeyRing:
        """A second ring over the same keys, as another process would hold."""
        return keyring.KeyRing(self.key_database, self.secrets.wrapping_key)

    def token(self, actor: Actor) -> str:
        if actor not in self._tokens:
            self._tokens[actor] = tokens.sign(self.secrets, actor)
        return self._tokens[actor]

    def call(self, actor: Actor | None, method: str, arguments: dict[str, Any], **context: Any) -> Call:
        if actor is not None:
            context["auth_token"] = self.token(actor)
        return Call(method, arguments, context)

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        return self.application.run_batch(calls)

    def run(self, call: Call) -> Any:
        """The answer; raises what was refused."""
        if call.method in self.application.queries:
            return self.application.run_query(call)
        (outcome,) = self.application.run_batch([call])
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def do(self, actor: Actor | None, method: str, **arguments: Any) -> Any:
        """Run one call; a command gets an id unless it has one, or is a question."""
        if self._takes_an_id(method):
            arguments.setdefault("command_id", new_id())
        return self.run(self.call(actor, method, arguments))

    def _takes_an_id(self, method: str) -> bool:
        routes = self.application._commands
        return method in routes and not routes[method].reads

    def refused(self, actor: Actor | None, method: str, **arguments: Any) -> Refusal:
        """The refusal of a call that must not succeed."""
        try:
            answer = self.do(actor, method, **arguments)
        except Refusal as refusal:
            return refusal
        raise AssertionError(f"{method} answered {answer}")

    def stream(self, stream_id: str) -> list[tuple[Any, ...]]:
        """(version, name, actor's command id, body) as they stand in the table."""
        query = "SELECT stream_version, name, command_id, body FROM event WHERE stream_id = :s ORDER BY 1"
        return self.rows(query, s=stream_id)

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.database.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def change(self, statement: str, **values: Any) -> None:
        """What somebody with every right on the database does."""
        with self.database.write() as connection:
            connection.execute(text(statement), values)

    def counts(self) -> dict[str, int]:
        """Rows by table, keys included: what must not change where a call is refused."""
        return dict(self.rows(self._counted))

    def seal(self) -> None:
        """Give every committed event its position, where the writer does not do it itself."""
        if self.database.dialect != "sqlite":
            drain(self.database, self.parts.name, self.secrets, self.settings.home)
