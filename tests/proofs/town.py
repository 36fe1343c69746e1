"""Two institutions in one deployment, each with invented people and tickets: 以下人员均为程序虚构.

Every text of an institution bears a character that stands nowhere else, so that one look tells whether an
answer holds anything of it. Marks are real Chinese characters: they are searched like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

import services.feedback
import services.registry
import services.registry.storage.tables
from kernel.identity.actor import Actor, Role
from kernel.policy import Packs
from kernel.refusals import Refusal
from services.feedback.storage import tables as feedback_tables
from tests.support.at_work import AtWork, new_id
from tests.support.homes import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernel.policy import Pack
    from kernel.runtime.calls import Call
    from kernel.settings import Settings

HERE, THERE = "datong", "chifeng"
MARKS = {HERE: "龘", THERE: "靐"}
NEVER = "齉"
PACKS = Packs.load(ROOT / "policies")
REGISTRY, FEEDBACK = services.registry.parts(), services.feedback.parts()
# A word that tells one thing from another: long, with a digit and a letter in it, and no time.
_TELLING = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[0-9A-Za-z-]{8,}(?![\w-])")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}\Z")
Document = dict[str, Any]


def telling(text: str) -> set[str]:
    """The words of a text that name one thing: ids, numbers, hashes."""
    return {word for word in _TELLING.findall(text) if not _TIME.fullmatch(word)}


@dataclass
class Known:
    """What there is in one institution, for those who would like to know."""

    institution: str
    people: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    corrections: list[str] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    answers: list[Document] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    """Every telling word that its own people were ever answered."""

    @property
    def pack(self) -> Pack:
        found = PACKS.get(self.institution)
        assert found
        return found

    @property
    def mark(self) -> str:
        return MARKS[self.institution]

    def actor(self, role: Role, subject: str = "", unit: str | None = None) -> Actor:
        """Somebody of this institution."""
        return Actor(subject or f"{role}-{self.institution}", role, self.institution, unit)


class Told(NamedTuple):
    """The kind of an answer (`answered`, or the code of the refusal), and the answer as it is sent."""

    kind: str
    text: str


def _queried(at_work: AtWork, call: Call) -> Any:
    try:
        return at_work.run(call)
    except Refusal as refusal:
        return refusal


def _told(outcome: Any) -> Told:
    if isinstance(outcome, Refusal):
        return Told(outcome.code, outcome.to_json())
    return Told("answered", orjson.dumps(outcome).decode())


class Town:
    """Both services, and both institutions."""

    def __init__(self, settings: Settings) -> None:
        self.registry = AtWork(settings, REGISTRY, services.registry.storage.tables.METADATA)
        self.line = AtWork(settings, FEEDBACK, feedback_tables.METADATA)
        self.known = {institution: Known(institution) for institution in MARKS}

    def close(self) -> None:
        self.registry.close()
        self.line.close()

    def at(self, service: str) -> AtWork:
        return {"registry": self.registry, "feedback": self.line}[service]

    def ask(self, service: str, actor: Actor | None, method: str, arguments: Document) -> Told:
        """The answer to one question."""
        (told,) = self.ask_all(service, [(actor, method, arguments)])
        return told

    def ask_with(self, service: str, token: str | None, method: str, arguments: Document) -> Told:
        """The answer to one question under any token, or none."""
        at_work = self.at(service)
        named = {"command_id": new_id()} if at_work._takes_an_id(method) else {}
        call = at_work.call(None, method, named | arguments, **({} if token is None else {"auth_token": token}))
        return _told(_queried(at_work, call))

    def ask_all(self, service: str, asked: Sequence[tuple[Actor | None, str, Document]]) -> list[Told]:
        """The answers in order; commands are decided together, one after the other, as a host does it."""
        at_work, calls = self.at(service), []
        for actor, method, arguments in asked:
            named = {"command_id": new_id()} if at_work._takes_an_id(method) else {}
            calls.append(at_work.call(actor, method, named | arguments))
        commands = [call for call in calls if call.method in at_work.application.commands]
        outcomes = iter(at_work.batch(commands))
        return [
            _told(next(outcomes) if call.method in at_work.application.commands else _queried(at_work, call))
            for call in calls
        ]

    def done(self, institution: str, service: str, method: str, /, **arguments: Any) -> Document:
        """What the operator of an institution did; the answer becomes known there."""
        actor = self.known[institution].actor(Role.OPERATOR)
        if service == "feedback" and method in {"claim_ticket", "return_ticket", "release_ticket"}:
            actor = self.known[institution].actor(Role.HANDLER, unit="logistics")
        kind, text = self.ask(service, actor, method, arguments)
        assert kind == "answered", (method, arguments, text)
        self.known[institution].told |= telling(text)
        answer: Document = orjson.loads(text)
        self.known[institution].answers.append(answer)
        return answer

    def hidden(self, institution: str) -> set[str]:
        """What only this institution was ever told; what others were told too tells nothing."""
        others = {word for name, known in self.known.items() if name != institution for word in known.told}
        return self.known[institution].told - others
