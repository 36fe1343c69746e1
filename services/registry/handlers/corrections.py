"""The commands by which people have their files corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.application import Needs
from kernel.facts import Fact
from kernel.identifiers import time_ordered
from kernel.refusals import Erased, InvalidInput, NotFound, WrongState
from services.registry.domain.person.corrections import REASON, TEXT, CorrectionState, correction_of
from services.registry.projections.rows import correction_row

if TYPE_CHECKING:
    from kernel.log.work import Work
    from services.registry.domain.person.states import Person
    from services.registry.handlers.people import People
    from services.registry.handlers.reading import Reading

Arguments = dict[str, Any]
Answer = dict[str, Any]
Row = dict[str, Any]


def needs_correction(arguments: Arguments) -> Needs:
    """The request's stream and row."""
    correction_id = arguments["correction_id"]
    return Needs((correction_of(correction_id),), {"correction": (correction_id,)})


class Corrections:
    """Handlers by method name."""

    def __init__(self, reading: Reading) -> None:
        """Find people through `reading`."""
        self.reading = reading
        self.people = reading.people

    def in_scope(self, work: Work, arguments: Arguments) -> None:
        """Scope of what names a request."""
        row = work.row("correction", arguments["correction_id"])
        if row is None or not work.actor.covers(row["institution"]):
            raise NotFound

    def request_correction(self, work: Work, arguments: Arguments) -> Answer:
        """The caller says what is wrong in the own file; who asked stands in no event in clear."""
        person, correction_id = self.reading.own(work), time_ordered()
        data = {"fields": arguments["fields"], "state": CorrectionState.OPEN}
        fact = Fact("correction_requested", data, {TEXT: arguments["text"]})
        return _answer(work, _write(work, self.people, person, (correction_id, None), fact))

    def answer_correction(self, work: Work, arguments: Arguments) -> Answer:
        """Those who keep the registry say what became of it, and why."""
        row = work.row("correction", arguments["correction_id"])
        if row is None:
            raise NotFound
        self.people.load(work, row["person_id"])
        person = self.people.person(work, row["person_id"])
        return _answer(work, _close(work, self.people, person, row, arguments))


def accept(people: People, work: Work, person: Person, correction_id: str, reason: str | None) -> None:
    """Close a request as accepted, in the commit of the amendment that it asked for."""
    work.load([correction_of(correction_id)], {"correction": [correction_id]})
    row = work.row("correction", correction_id)
    if row is None or row["person_id"] != person.person_id:
        raise InvalidInput.of(correction_id="unknown_correction")
    _close(work, people, person, row, {"accepted": True, "reason": reason})


def _close(work: Work, people: People, person: Person, row: Row, answer: Arguments) -> Row:
    if row["state"] != CorrectionState.OPEN:
        raise WrongState({"state": row["state"], "allowed": []})
    if not person.has_file:
        raise Erased
    state = CorrectionState.ACCEPTED if answer["accepted"] else CorrectionState.DECLINED
    texts = {REASON: answer["reason"]} if answer["reason"] else {}
    fact = Fact("correction_answered", {"state": state}, texts)
    return _write(work, people, person, (row["correction_id"], row), fact)


def _write(work: Work, people: People, person: Person, before: tuple[str, Row | None], fact: Fact) -> Row:
    correction_id, row = before
    ids = {"correction_id": correction_id, "person_id": person.person_id}
    fact = Fact(fact.name, {**ids, **fact.data}, fact.texts)
    (event,) = work.record(
        correction_of(correction_id),
        person.institution,
        [fact],
        key=work.keys.get([person.key_id])[person.key_id],
        policy=people.office.pack(person.institution).version,
        sealed_actor=row is None,
    )
    after = correction_row(row, event)
    work.put("correction", correction_id, after)
    return after


def _answer(work: Work, row: Row) -> Answer:
    told = {name: row[name] for name in ("correction_id", "person_id", "state")}
    return told | {"event_hash": work.last_hash(correction_of(row["correction_id"]))}
