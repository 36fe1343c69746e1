"""Probes: anybody of one institution asks anything about the other, and about what never was."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from kernel.identity.actor import EVERYWHERE, Actor, Role
from tests.proofs.asking import Asker, Pair, never
from tests.proofs.town import HERE, THERE, telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.proofs.town import Known, Told, Town

_MADE_ANEW = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
    # How long something waits grows between two questions.
    r"|\d+\.\d{3,}"
)
# Of the own people as well, these would soon leave nobody to ask about.
_ENDING = {"erase_person", "retire_person", "undo_import", "withdraw_ticket", "decline_ticket"}
_FOREIGN, _MAY = 0.8, 0.6
# Whoever starts the registry lets it record every institution's rules.
_ITSELF = "service:registry"
_ERRORS_OF_OURS = {"internal_error", "unavailable", "damaged"}
_TOGETHER, _ENOUGH = 100, 20


class Probe(NamedTuple):
    """A question, who asks it, and the same about what never was."""

    service: str
    method: str
    actor: Actor
    double: Actor
    pair: Pair

    @property
    def doubled(self) -> bool:
        """Whether anything in it is of the other institution."""
        return bool(self.pair.swapped) or self.double != self.actor


class Prober:
    """Probes by a seed: the same seed asks the same questions in the same order."""

    def __init__(self, town: Town, seed: int, only: str = "") -> None:
        self.town, self.dice = town, Random(seed)
        self.schemas = {
            (service, method): route.schema
            for service in ("registry", "feedback")
            for routes in (town.at(service).application._commands, town.at(service).application._queries)
            for method, route in routes.items()
            if only in {"", method}
        }
        self.hidden = {institution: town.hidden(institution) for institution in town.known}
        self.kinds: dict[str, int] = {}

    def probe(self) -> Probe:
        """The next question."""
        mine, other = (HERE, THERE) if self.dice.random() < 0.5 else (THERE, HERE)
        known = self.town.known
        service, method = self.dice.choice(sorted(self.schemas))
        foreign = 1.0 if method in _ENDING else _FOREIGN
        asker = Asker(self.dice, known[mine], known[other], foreign=foreign)
        pair = asker.arguments(method, self.schemas[service, method])
        actor, double = self._actors(service, method, known[mine], known[other])
        return Probe(service, method, actor, double, pair)

    def _actors(self, service: str, method: str, mine: Known, other: Known) -> tuple[Actor, Actor]:
        # Whom the table names comes further in.
        allowed = sorted(self.town.at(service).application._access.rows[method])
        role = self.dice.choice(allowed if allowed and self.dice.random() < _MAY else list(Role))
        unit = self.dice.choice((None, "library", "logistics", *mine.units[:2]))
        actor = mine.actor(role, unit=unit or ("library" if role is Role.HANDLER else None))
        if "command_id" in self.schemas[service, method].fields or self.dice.random() < 0.5:
            return actor, actor
        # Somebody who is called, or stands in a unit that is called, like one of the other institution; who
        # writes would leave that name in what they write.
        if role is Role.SUBMITTER:
            called = replace(actor, subject=self.dice.choice(other.logins))
            return called, replace(actor, subject="login-nowhere-1")
        return replace(actor, unit=other.units[0]), replace(actor, unit=never(other.units[0]))

    def answered(self, probes: Sequence[Probe]) -> list[tuple[Told, Told | None]]:
        """What each probe is answered, and what the same about nobody is, where there was somebody."""
        told: dict[int, list[Told]] = {}
        for service in ("registry", "feedback"):
            asked, whose = [], []
            for at, probe in enumerate(probes):
                if probe.service == service:
                    asked += [(probe.actor, probe.method, probe.pair.asked)]
                    asked += [(probe.double, probe.method, probe.pair.instead)] if probe.doubled else []
                    whose += [at] * (1 + probe.doubled)
            for at, one in zip(whose, self.town.ask_all(service, asked), strict=True):
                told.setdefault(at, []).append(one)
        return [(told[at][0], told[at][1] if len(told[at]) > 1 else None) for at in range(len(probes))]

    def faults(self, probe: Probe, told: Told, instead: Told | None) -> list[str]:
        """What the answer tells of the other institution."""
        other = self.town.known[THERE if probe.actor.institution == HERE else HERE]
        self.kinds[told.kind] = self.kinds.get(told.kind, 0) + 1
        faults = [] if told.kind not in _ERRORS_OF_OURS else [f"{told}"]
        named = {*probe.pair.swapped, probe.actor.subject}
        if words := telling(told.text) & self.hidden[other.institution] - named:
            faults.append(f"told {sorted(words)}")
        faults += [f"told {word}" for word in (other.mark, other.institution) if word in told.text]
        if instead is not None:
            first = (told.kind, plain(told.text, list(probe.pair.swapped)))
            second = (instead.kind, plain(instead.text, list(probe.pair.swapped.values())))
            faults += [] if first == second else [f"differs: {first} {second}"]
        return faults

    def run(self, count: int) -> list[str]:
        """The faults of so many probes, each with the question; the first few are enough."""
        found: list[str] = []
        for first in range(0, count, _TOGETHER):
            probes = [self.probe() for _ in range(min(_TOGETHER, count - first))]
            for probe, (told, instead) in zip(probes, self.answered(probes), strict=True):
                found += [f"{fault} {probe}" for fault in self.faults(probe, told, instead)]
            if len(found) > _ENOUGH:
                break
        return found


def plain(text: str, named: list[str]) -> str:
    """The answer without the values that were asked for, and without what is made anew for every answer."""
    for at, value in enumerate(named):
        text = text.replace(value, f"<{at}>")
    return _MADE_ANEW.sub("<new>", text)


def strangers(town: Town) -> list[str]:
    """Events of an institution that somebody of another one caused."""
    found = []
    for service in ("registry", "feedback"):
        at_work = town.at(service)
        at_work.seal()
        after, events = 0, [{}]
        while events:
            auditor = Actor("auditor", Role.AUDITOR, EVERYWHERE)
            page = at_work.do(auditor, "read_log", after=after, limit=1000)
            events, after = page["events"], page["next_after"]
            found += [
                f"{event['institution']} {event['type']} {event['actor']}"
                for event in events
                if event["actor"] not in ("sealed", _ITSELF) and event["institution"] not in event["actor"]
            ]
    return found
