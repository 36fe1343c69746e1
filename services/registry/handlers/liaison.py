"""Appointing a unit's liaison by the rule of the day (CF-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.facts import Fact
from kernel.log.store import Conflict
from kernel.refusals import InvalidInput, NotEligible, NotOffered
from services.registry.domain.person import edits
from services.registry.domain.person.days import begun, first_day, holds, never_held
from services.registry.domain.person.found_by import LIAISON
from services.registry.domain.person.liaison import branch_of

if TYPE_CHECKING:
    from datetime import date

    from kernel.log.work import Work
    from kernel.policy.pack import Value
    from services.registry.domain.person.entries import Liaison
    from services.registry.domain.person.file import File
    from services.registry.domain.person.states import Person
    from services.registry.handlers.people import People

Arguments = dict[str, Any]
Answer = dict[str, Any]


class LiaisonCommands:
    """Handler of `appoint_liaison`."""

    def __init__(self, people: People) -> None:
        """Read and write people through `people`."""
        self.people = people
        self.office = people.office

    def appoint_liaison(self, work: Work, arguments: Arguments) -> Answer:
        """The person is the unit's liaison, by the branch that applies on the day; who was it, is it no more.

        `NotEligible` (clause) where no branch and no fallback applies; the fallback needs a reason.
        """
        person, file = self.people.expected(work, arguments)
        institution, unit = person.institution, arguments["unit"]
        rule, term = self._rules(institution)
        if unit not in self.office.unit_ids(institution):
            raise InvalidInput.of(unit="no_such_unit")
        on = arguments["on"] or self.people.today(work).isoformat()
        nomination = branch_of(file, rule, first_day(on))
        if not nomination.branch:
            raise NotEligible({"unknown": nomination.unknown}, rule.cites.clause)
        if nomination.needs_reason and not arguments["reason"]:
            fields = InvalidInput.of(reason="fallback_needs_reason").details
            raise InvalidInput(fields, rule.cites.clause)
        self._one_at_a_time(work, institution, unit)
        ended = [self._end(work, *held, unit, on) for held in self._held(institution, unit, on)]
        entry = {name: arguments[name] for name in ("unit", "reason", "nominated_by") if arguments[name]}
        entry |= {"branch": nomination.branch, "since": on, "until": _term_ends(on, term)}
        if term is not None:
            entry["appointed_by"] = term.content["appointed_by"]
        if person.person_id in ended:
            person, file = self.people.expected(work, {"person_id": person.person_id})
        after, entry_id = edits.with_entry(file, "liaisons", entry)
        # The branch says what the person is, so it stands in the sealed file alone.
        fact = Fact("liaison_appointed", {"entry": entry_id, "unit": unit, "since": on})
        person = self.people.change(work, person, (file, after), fact)
        told = {"branch": nomination.branch, "clause": rule.cites.clause, "until": entry["until"] or None}
        return self.people.answer(work, person) | {"entry_id": entry_id, "ended": ended, **told}

    def _rules(self, institution: str) -> tuple[Value, Value | None]:
        pack = self.office.pack(institution)
        rules, terms = pack.section("liaison_rules"), pack.section("liaison_terms")
        if not rules:
            raise NotOffered
        return next(iter(rules.values())), next(iter(terms.values()), None)

    def _one_at_a_time(self, work: Work, institution: str, unit: str) -> None:
        stream_id = f"liaison/{institution}/{unit}"
        if work.moved(stream_id):
            # An appointment to the same seat waits in this batch, where the look-up below cannot see it.
            raise Conflict
        work.load([stream_id], {})
        fact = Fact("liaison_seat_filled", {"unit": unit})
        work.record(stream_id, institution, [fact], key=None)

    def _held(self, institution: str, unit: str, on: str) -> list[tuple[Person, File]]:
        day = first_day(on)
        return [
            (person, file)
            for person, file in self.office.found(institution, LIAISON, unit)
            if _to_end(file, unit, day)
        ]

    def _end(self, work: Work, person: Person, _file: File, unit: str, on: str) -> str:
        self.people.load(work, person.person_id)
        person, file = self.people.expected(work, {"person_id": person.person_id})
        after = file
        for one in _to_end(file, unit, first_day(on)):
            until = on if begun(one.since, first_day(on)) else one.since
            after = edits.with_changed(after, "liaisons", one.id, until=until)
        self.people.change(work, person, (file, after), Fact("liaison_ended", {"unit": unit}))
        return person.person_id


def _to_end(file: File, unit: str, day: date) -> list[Liaison]:
    """Terms of a unit that go on after a day, or begin after it."""
    terms = [one for one in file.liaisons if one.unit == unit and holds("", one.until, day)]
    return [one for one in terms if not never_held(one.since, one.until)]


def _term_ends(on: str, term: Value | None) -> str:
    if term is None or not term.content.get("years"):
        return ""
    day = first_day(on)
    years = term.content["years"]
    try:
        return day.replace(year=day.year + years).isoformat()
    except ValueError:
        # The 29th of February has no day of its own in other years.
        return day.replace(year=day.year + years, month=3, day=1).isoformat()
