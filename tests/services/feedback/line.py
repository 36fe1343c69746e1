"""An express line of the test's own: the application, people to call it, and a look at its tables.

All people, titles and letters here are synthetic.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from kernel.identity import tokens
from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.keys import keyring
from kernel.log.database import Database
from kernel.log.process import drain
from kernel.migration import KEYS, migrate
from kernel.refusals import Refusal
from kernel.runtime.calls import Call
from kernel.settings import Settings
from services.feedback.application import build
from services.feedback.storage.latency import roll_up
from services.feedback.storage.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[3]
MIGRATIONS = ROOT / "services" / "feedback" / "migrations"
SCHOOL, OTHER_SCHOOL = "datong", "mianyang"
LEAD, ASSISTING, THIRD = "logistics", "library", "personnel"
CHANNEL = "office_mailbox"

OPERATOR = Actor("o-1", Role.OPERATOR, SCHOOL)
EVERY_OPERATOR = Actor("o-0", Role.OPERATOR)
HANDLER = Actor("h-1", Role.HANDLER, SCHOOL, LEAD)
COLLEAGUE = Actor("h-2", Role.HANDLER, SCHOOL, LEAD)
ASSISTANT = Actor("h-3", Role.HANDLER, SCHOOL, ASSISTING)
STRANGER = Actor("h-4", Role.HANDLER, SCHOOL, THIRD)
SUBMITTER = Actor("s-1", Role.SUBMITTER, SCHOOL)
AUDITOR = Actor("a-1", Role.AUDITOR, SCHOOL)
EVERY_AUDITOR = Actor("a-0", Role.AUDITOR)
EVERY_ADMIN = Actor("d-0", Role.ADMIN)

_COUNTS = " UNION ALL ".join(f"SELECT '{name}', (SELECT count(*) FROM \"{name}\")" for name in METADATA.tables)


def settings_of(home: Path, database_url: str | None = None) -> Settings:
    """Settings of a line in a directory; SQLite files there unless a URL template is given."""
    return Settings(
        home=home,
        database_url=database_url or f"sqlite:///{home}/{{service}}.db",
        amqp_uri="",
        policies=ROOT / "policies",
        secret_file=home / "secret.json",
    )


def migrated(settings: Settings) -> Settings:
    """The same settings, their databases made."""
    for name, scripts in (("feedback", MIGRATIONS), ("feedback_keys", KEYS)):
        database = Database(settings.url(name))
        migrate(database, scripts)
        database.close()
    return settings


def a_home() -> Path:
    """A directory in memory where there is one: a commit that waits for the disk proves nothing here."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="line-", dir=memory if memory.is_dir() else None))


def new_id() -> str:
    return str(uuid.uuid4())


class Line:
    """One application over migrated databases."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.application = build(settings)
        self.secrets = Secrets.load(settings.secret_file)
        self.database = Database(settings.url("feedback"))
        self.key_database = Database(settings.url("feedback_keys"))
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
        """Run one call; a command gets an id unless it has one."""
        if method in self.application.commands:
            arguments.setdefault("command_id", new_id())
        return self.run(self.call(actor, method, arguments))

    def refused(self, actor: Actor | None, method: str, **arguments: Any) -> Refusal:
        """The refusal of a call that must not succeed."""
        try:
            answer = self.do(actor, method, **arguments)
        except Refusal as refusal:
            return refusal
        raise AssertionError(f"{method} answered {answer}")

    def submit(self, actor: Actor = OPERATOR, **changed: Any) -> dict[str, Any]:
        arguments = {
            "institution": actor.institution if actor.institution != "*" else SCHOOL,
            "channel": CHANNEL,
            "title": "路灯不亮",
            "body": "图书馆东侧的路灯坏了。",
        }
        return self.do(actor, "submit_suggestion", **arguments | changed)

    def ticket(self, state: str = "submitted", **changed: Any) -> str:
        """The id of a new ticket that went the straight line to a state, or one side exit."""
        ticket_id = self.submit(**changed)["ticket_id"]
        for actor, method, more in _WAYS[state]:
            self.do(actor, method, ticket_id=ticket_id, **more)
        return ticket_id

    def get(self, ticket_id: str, actor: Actor = OPERATOR) -> dict[str, Any]:
        return self.do(actor, "get_ticket", ticket_id=ticket_id)

    def events(self, ticket_id: str) -> list[tuple[Any, ...]]:
        """(version, name, actor's command id, body) as they stand in the table."""
        query = "SELECT stream_version, name, command_id, body FROM event WHERE stream_id = :s ORDER BY 1"
        return self.rows(query, s=f"ticket/{ticket_id}")

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.database.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def change(self, statement: str, **values: Any) -> None:
        """What somebody with every right on the database does."""
        with self.database.write() as connection:
            connection.execute(text(statement), values)

    def counts(self) -> dict[str, int]:
        """Rows by table, keys included: what must not change where a call is refused."""
        return dict(self.rows(_COUNTS))

    def roll_up(self) -> None:
        """Count every stage that has ended."""
        moved = 1
        while moved:
            with self.database.write() as connection:
                moved = roll_up(connection, self.database.dialect)

    def seal(self) -> None:
        """Give every committed event its position, where the writer does not do it itself."""
        if self.database.dialect != "sqlite":
            drain(self.database, "feedback", self.secrets, self.settings.home)


_ASSIGN = (OPERATOR, "assign_ticket", {"lead": LEAD, "assisting": [ASSISTING]})
_REPLY = (HANDLER, "reply_ticket", {"text": "已经修好。"})
_WAYS: dict[str, tuple[tuple[Actor, str, dict[str, Any]], ...]] = {
    "submitted": (),
    "accepted": ((OPERATOR, "accept_ticket", {}),),
    "assigned": (_ASSIGN,),
    "replied": (_ASSIGN, _REPLY),
    "closed": (_ASSIGN, _REPLY, (OPERATOR, "close_ticket", {})),
    "declined": ((OPERATOR, "decline_ticket", {"reason": "重复。"}),),
    "withdrawn": ((OPERATOR, "withdraw_ticket", {}),),
}


def copy_of(template: Path) -> Path:
    """A home with the template's migrated databases and secrets."""
    home = a_home()
    shutil.copytree(template, home, dirs_exist_ok=True)
    return home
