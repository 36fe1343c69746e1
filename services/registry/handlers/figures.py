"""Figures that open to the people behind them: shares, pools, members; each file shown is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kernel.identity.actor import Role
from kernel.refusals import InvalidInput, NotAllowed, NotFound, NotOffered
from services.registry.domain.person import found_by
from services.registry.domain.person.candidates import candidates
from services.registry.domain.person.file import standing
from services.registry.domain.person.masking import suppressed
from services.registry.domain.person.ratio import congress_count, explanation_needed, percent, ratio
from services.registry.domain.person.residue import NON_PARTY, UNKNOWN, pool_count, share_counts
from services.registry.projections.shapes import LINE, because_of, person_line

if TYPE_CHECKING:
    from datetime import date

    from kernel.log.work import Work
    from kernel.policy.pack import Value
    from services.registry.domain.person.file import File
    from services.registry.domain.person.states import Person
    from services.registry.handlers.reading import Reading

Arguments = dict[str, Any]
Answer = dict[str, Any]
# By argument: what it is found by, the pack's section, the file's list, and the field that names it there.
_POOLS = {
    "pool": (found_by.POOL, "talent_pools", "pools", "pool"),
    "reserve_list": (found_by.RESERVE, "reserve_lists", "reserves", "list"),
}


class _Share(NamedTuple):
    """Ids of those who are counted, among whom, and of whom it is not known; `more` are the erased of each.

    `fields`: what tells who is counted.
    """

    people: dict[str, tuple[Person, File]]
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    unknown: tuple[str, ...]
    more: tuple[int, int, int]
    fields: tuple[str, ...]

    @property
    def counts(self) -> tuple[int, int, int]:
        groups = (self.numerator, self.denominator, self.unknown)
        return tuple(len(group) + more for group, more in zip(groups, self.more, strict=True))  # type: ignore[return-value]


class Figures:
    """Handlers by method name."""

    def __init__(self, reading: Reading) -> None:
        """Open files through `reading`."""
        self.reading = reading
        self.office = reading.office

    def get_ratio(self, work: Work, arguments: Arguments) -> Answer:
        """A share of the pack on a day (DT-13.2), or a count without a verdict (DT-13.4)."""
        institution, on = arguments["institution"], self.office.day(arguments["as_of"])
        value = self._ratio_value(institution, arguments["ratio"])
        least = value.content.get("least_percent")
        share = self._delegates(institution, on) if least is None else self._leaders(institution, on)
        told = {"ratio": value.id, "name": value.content["name"], "clause": value.cites.clause}
        answer = {"institution": institution, "as_of": on.isoformat(), **told, "least_percent": least}
        answer |= _figures(share, least, work.actor.role)
        if arguments["names"]:
            if work.actor.role is not Role.OPERATOR:
                raise NotAllowed
            answer |= self._names(work, share, on)
        return answer

    def list_pool(self, work: Work, arguments: Arguments) -> Answer:
        """Who is in a pool or on a reserve list on a day, by whose decision and why; candidates apart."""
        institution, on = arguments["institution"], self.office.day(arguments["as_of"])
        asked = "pool" if arguments["pool"] else "reserve_list"
        kind, section, listed, field = _POOLS[asked]
        value = self.office.pack(institution).section(section).get(arguments[asked])
        if value is None:
            raise InvalidInput.of(**{asked: "unknown_pool"})
        items, people = [], []
        for person, file in self.office.found(institution, kind, value.id):
            for entry in standing(getattr(file, listed), on):
                if getattr(entry, field) == value.id:
                    shown = {"since": entry.since, "reason": entry.reason, "decided_by": entry.decided_by}
                    items.append(person_line(person, file, on) | shown)
                    people.append(person)
        proposed = self._candidates(institution, value, on) if asked == "pool" else []
        self.reading.note(work, people, "list_pool", [*LINE, listed], "registry")
        self.reading.note(work, [one for one, _ in proposed], "list_pool", [*LINE, "memberships"], "registry")
        erased = pool_count(self.office.residues(institution), listed, value.id, on)
        told = {asked: value.id, "name": value.content["name"], "clause": value.cites.clause}
        counts = {"count": len(items) + erased, "erased": erased}
        answer = {"institution": institution, "as_of": on.isoformat(), **told, **counts}
        return answer | {"items": items, "candidates": [line for _, line in proposed]}

    def list_members(self, work: Work, arguments: Arguments) -> Answer:
        """The members of a group on a day (SD-5.7), apart from every pool."""
        institution, on = arguments["institution"], self.office.day(arguments["as_of"])
        group = self.office.groups(institution, on).get(arguments["group"])
        if group is None:
            raise NotFound
        items, people = [], []
        for person, file in self.office.found(institution, found_by.GROUP, arguments["group"]):
            for place in standing(file.groups, on):
                if place.group == arguments["group"] and file.here(on):
                    shown = {"role": place.role or "member", "post": place.post or None}
                    items.append(person_line(person, file, on) | shown)
                    people.append(person)
        self.reading.note(work, people, "list_members", [*LINE, "groups"], "registry")
        named = {"group": arguments["group"], "name": group["name"]}
        return {"institution": institution, "as_of": on.isoformat(), **named, "items": items}

    def _ratio_value(self, institution: str, asked: str | None) -> Value:
        ratios = self.office.pack(institution).section("ratios")
        if not ratios:
            raise NotOffered
        if asked is None:
            return next(iter(ratios.values()))
        if asked not in ratios:
            raise InvalidInput.of(ratio="not_a_choice")
        return ratios[asked]

    def _leaders(self, institution: str, on: date) -> _Share:
        people = self._by_id(institution, found_by.LEVEL, "middle")
        share = ratio({key: file for key, (_, file) in people.items()}, on)
        return _Share(people, *share, self._erased(institution, "middle", on), ("memberships",))

    def _delegates(self, institution: str, on: date) -> _Share:
        people = self._by_id(institution, found_by.TENURE, "congress_delegate")
        count = congress_count({key: file for key, (_, file) in people.items()}, on)
        more = self._erased(institution, "delegates", on)
        return _Share(people, *count, more, ("memberships", "confirmations"))

    def _erased(self, institution: str, counted: str, on: date) -> tuple[int, int, int]:
        erased = share_counts(self.office.residues(institution), counted, on)
        return erased[NON_PARTY], sum(erased.values()), erased[UNKNOWN]

    def _by_id(self, institution: str, kind: str, text: str) -> dict[str, tuple[Person, File]]:
        found = self.office.found(institution, kind, text)
        return {person.person_id: (person, file) for person, file in found}

    def _candidates(self, institution: str, pool: Value, on: date) -> list[tuple[Person, Answer]]:
        if not pool.content["automatic"]:
            return []
        people = self._by_id(institution, found_by.TENURE, "leadership")
        found = candidates({key: file for key, (_, file) in people.items()}, pool, on)
        return [
            (people[one.person][0], person_line(*people[one.person], on) | {"because": because_of(one.because)})
            for one in found
        ]

    def _names(self, work: Work, share: _Share, on: date) -> Answer:
        people = [share.people[key][0] for key in share.denominator]
        self.reading.note(work, people, "get_ratio", [*LINE, *share.fields], "registry")
        groups = {"numerator_people": share.numerator, "denominator_people": share.denominator}
        groups["unknown_people"] = share.unknown
        return {name: [person_line(*share.people[key], on) for key in group] for name, group in groups.items()}


def _figures(share: _Share, least: int | None, role: Role) -> Answer:
    """Counts and percent; null for whom they would tell of fewer than five, also by subtraction."""
    numerator, denominator, unknown = share.counts
    rest = denominator - numerator
    shown: Answer = {"numerator": numerator, "denominator": denominator, "unknown": unknown}
    if least is not None:
        shown["percent"] = percent(numerator, denominator)
        shown["explanation_needed"] = explanation_needed(numerator, denominator, least)
    hidden = {"denominator"} if suppressed(role, denominator) else set()
    if suppressed(role, numerator, rest):
        # Below a guideline of a known whole, no more than a few numerators are left.
        hidden |= {"numerator", "percent", "explanation_needed"}
    if suppressed(role, unknown, rest - unknown):
        hidden.add("unknown")
    told = {name: None if name in hidden else value for name, value in shown.items()}
    return {"suppressed": bool(hidden), **told}
