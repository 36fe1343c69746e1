"""The commands on what people do: posts, recommendations, contributions, confirmed facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kernel import instants
from kernel.facts import Fact
from kernel.identity.ownership import owner_mark
from kernel.refusals import InvalidInput, NotFound, NotOffered, WrongState
from services.registry.domain.person import edits
from services.registry.domain.person.days import holds, never_held
from services.registry.domain.suggestions import RECORDED, Suggestion
from services.registry.handlers.checks import Places, refuse_disorder

if TYPE_CHECKING:
    from datetime import date

    from kernel.log.work import Work
    from services.registry.domain.person.states import Person
    from services.registry.handlers.people import People

Arguments = dict[str, Any]
Answer = dict[str, Any]


class _Kind(NamedTuple):
    """A kind of entry: the file's list, the event, and what the answer calls the entry's id."""

    listed: str
    event_name: str
    id_name: str


_TENURE_ADDED = _Kind("tenures", "tenure_added", "tenure_id")
_LEADER_REGISTERED = _Kind("tenures", "leader_registered", "tenure_id")
_RECOMMENDED = _Kind("recommendations", "person_recommended", "recommendation_id")
_CONTRIBUTED = _Kind("contributions", "contribution_recorded", "contribution_id")
_CONFIRMED = _Kind("confirmations", "fact_confirmed", "confirmation_id")
_TENURE = ("kind", "post", "level", "role", "body", "unit", "portfolio", "since", "until")


class CareerCommands:
    """Handlers by method name; each answers the id of the entry that it made or changed."""

    def __init__(self, people: People) -> None:
        """Read and write people through `people`."""
        self.people = people
        self.office = people.office

    def add_tenure(self, work: Work, arguments: Arguments) -> Answer:
        """A post, a seat, a secondment."""
        tenure = {name: arguments[name] for name in _TENURE if arguments.get(name)}
        clear = {"kind": tenure["kind"]} if tenure["kind"] == "leadership" else {}
        return self._add(work, arguments, _TENURE_ADDED, tenure, **clear)

    def register_leader(self, work: Work, arguments: Arguments) -> Answer:
        """A post in a leadership: level, portfolio. Duties it brings only to members of the CPC (YS-2.1)."""
        tenure = {name: arguments[name] for name in _TENURE if arguments.get(name)} | {"kind": "leadership"}
        clear = {name: tenure[name] for name in ("level", "unit", "portfolio") if name in tenure}
        return self._add(work, arguments, _LEADER_REGISTERED, tenure, **clear)

    def end_tenure(self, work: Work, arguments: Arguments) -> Answer:
        """A post ends; a term as liaison too."""
        person, file = self.people.expected(work, arguments)
        found = edits.find(file, ("tenures", "liaisons"), arguments["tenure_id"])
        if found is None:
            raise NotFound
        (name, entry), today = found, self.people.today(work)
        if not holds("", entry.until, today):
            raise WrongState({"state": "ended", "allowed": []})
        until = arguments["until"] or today.isoformat()
        after = edits.with_changed(file, name, entry.id, until=until)
        refuse_disorder(file, after, today, "until")
        fact = Fact("tenure_ended", {"entry": entry.id})
        return self.people.answer(work, self.people.change(work, person, (file, after), fact))

    def recommend_person(self, work: Work, arguments: Arguments) -> Answer:
        """A recommendation to a seat, a post or a secondment, or what became of one (DT-13.3, SD-3.6)."""
        if arguments["recommendation_id"] is not None:
            return self._decide(work, arguments)
        given = {name: arguments[name] for name in ("kind", "place", "level", "since") if arguments[name]}
        given.setdefault("since", self.people.today(work).isoformat())
        return self._add(work, arguments, _RECOMMENDED, given, kind=given["kind"])

    def record_contribution(self, work: Work, arguments: Arguments) -> Answer:
        """What somebody gave, where the school counts it and the person agrees (DT-18, DT-16.1)."""
        person = self.people.person(work, arguments["person_id"])
        if not self.office.pack(person.institution).section("contributions"):
            raise NotOffered
        if not arguments["consent"]:
            raise InvalidInput.of(consent="consent_needed")
        given = {name: arguments[name] for name in ("kind", "title", "on", "source") if arguments[name]}
        day = self.people.today(work)
        if arguments["source"] is not None:
            day = self._credited(work, person, arguments["source"])
        given.setdefault("on", day.isoformat())
        return self._add(work, arguments, _CONTRIBUTED, given | {"consent": True})

    def confirm_fact(self, work: Work, arguments: Arguments) -> Answer:
        """What needs judgement is entered by a person, with a reason; `holds` false takes it back."""
        today = self.people.today(work)
        since = arguments["since"] or today.isoformat()
        person, file = self.people.expected(work, arguments)
        of_fact = [one for one in file.confirmations if one.fact == arguments["fact"]]
        going_on = [one for one in of_fact if holds("", one.until, today)]
        held = [one for one in going_on if not never_held(one.since, one.until)]
        if held and arguments["holds"]:
            raise WrongState({"state": "confirmed", "allowed": []})
        if arguments["holds"]:
            given = {name: arguments[name] for name in ("fact", "reason")} | {"since": since}
            given["confirmed_by"] = work.actor.label
            return self._add(work, arguments, _CONFIRMED, given)
        if not held:
            raise WrongState({"state": "not_confirmed", "allowed": []})
        after, withdrawn = file, {"until": since, "withdrawal_reason": arguments["reason"]}
        for one in held:
            after = edits.with_changed(after, "confirmations", one.id, **withdrawn)
        refuse_disorder(file, after, today, "since")
        fact = Fact("confirmation_ended", {"entry": held[-1].id}, {"reason": arguments["reason"]})
        return self.people.answer(work, self.people.change(work, person, (file, after), fact))

    def _credited(self, work: Work, person: Person, ticket_id: str) -> date:
        """The day on which the person's own suggestion was closed as adopted."""
        work.load([], {"suggestion": [ticket_id]})
        row = work.row("suggestion", ticket_id)
        one = Suggestion(**row) if row else None
        if one is None or not one.creditable or one.institution != person.institution:
            raise InvalidInput.of(source="not_adopted")
        subjects = filter(None, (person.person_id, self.office.open(person).subject))
        key = self.office.secrets.owner_key
        if one.owner not in {owner_mark(key, ticket_id, subject) for subject in subjects}:
            raise InvalidInput.of(source="not_adopted")
        work.put("suggestion", ticket_id, one._replace(state=RECORDED, owner="")._asdict())
        return instants.shanghai(one.closed_at or 0).date()

    def _decide(self, work: Work, arguments: Arguments) -> Answer:
        person, file = self.people.expected(work, arguments)
        found = edits.find(file, ("recommendations",), arguments["recommendation_id"])
        if found is None:
            raise NotFound
        if found[1].outcome:
            raise WrongState({"state": found[1].outcome, "allowed": []})
        decided_on = arguments["decided_on"] or self.people.today(work).isoformat()
        changed = {"outcome": arguments["outcome"], "decided_on": decided_on}
        after = edits.with_changed(file, "recommendations", found[1].id, **changed)
        refuse_disorder(file, after, self.people.today(work), "decided_on")
        fact = Fact("recommendation_decided", {"entry": found[1].id})
        person = self.people.change(work, person, (file, after), fact)
        return self.people.answer(work, person) | {"recommendation_id": found[1].id}

    def _add(self, work: Work, arguments: Arguments, sort: _Kind, entry: Answer, **clear: Any) -> Answer:
        listed, event_name, id_name = sort
        person, file = self.people.expected(work, arguments)
        after, entry_id = edits.with_entry(file, listed, entry)
        Places(self.office, person.institution).refuse_unknown(file, after)
        refuse_disorder(file, after, self.people.today(work), "until")
        person = self.people.change(work, person, (file, after), Fact(event_name, {"entry": entry_id, **clear}))
        return self.people.answer(work, person) | {id_name: entry_id}
