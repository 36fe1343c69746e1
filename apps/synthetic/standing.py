"""Where invented people stand: memberships, seats, posts outside; shares as they are plausible in a school."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.synthetic.appointments import CPC, NONPARTISAN
from apps.synthetic.dice import NEWEST, YEAR, month, slots, words
from apps.synthetic.life import BACHELOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apps.synthetic.appointments import Appointment
    from apps.synthetic.dice import Dice
    from apps.synthetic.life import Life

Entry = dict[str, Any]

PROBATIONARY, YOUTH, MASSES, DEMOCRATIC, UNKNOWN = "02", "03", "13", "democratic", ""
_STANDINGS = slots(((CPC, 455), (DEMOCRATIC, 85), (NONPARTISAN, 32), (MASSES, 398), (UNKNOWN, 30)))
_STANDINGS_OF_LEADERS = slots(((CPC, 84), (DEMOCRATIC, 9), (NONPARTISAN, 4), (MASSES, 3)))
_STANDINGS_OF_SCHOLARS = slots(((DEMOCRATIC, 30), (NONPARTISAN, 30), (MASSES, 40)))
_AGE_OF_YOUTH, _IN_YOUTH, _JOINED_YOUTH_AT = 28, 0.5, 15 * YEAR
_CPC_AT, _PARTY_AT, _NONPARTISAN_AT = (20 * YEAR, 33 * YEAR), (30 * YEAR, 52 * YEAR), (32 * YEAR, 55 * YEAR)
_PROBATION_KNOWN, _BOTH, _PARTY_LEFT, _DAY_UNKNOWN = 0.3, 0.05, 0.02, 0.1
_NONPARTISANS_FROM = month(2005)
_SEAT_SHARE = {"senior": 0.09, "associate_senior": 0.035}
_SEAT_OF_CPC, _EXTERNAL, _SECONDMENT, _CONGRESS = 0.15, 0.012, 0.012, 0.06
_TERMS = (month(2013), month(2018), month(2023))
_CONGRESSES = (month(2016, 12), month(2020, 12), month(2024, 12))
_CONGRESS_TERM, _SEAT_TERM = 4 * YEAR, 5 * YEAR
_AGE_OF_SEATS, _SECONDED_AT = 33 * YEAR, (30 * YEAR, 50 * YEAR)
_PARTY_POSTS = ((0.1, "school", "committee_member", "支委"), (0.02, "city", "committee_member", "市委委员"))


class Standing:
    """Memberships and what follows from them."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        data = words("words.yaml")
        self._parties = slots((code, share) for code, _, share, _ in data["parties"])
        self._names = {code: name for code, name, _, _ in data["parties"]}
        self._seats = slots(((body, level, post), share) for body, level, post, share in data["seats"])
        self._external = data["external_posts"]
        self._secondments = data["secondments"]

    def memberships(self, life: Life, appointment: Appointment | None) -> tuple[list[Entry], str]:
        """The entries, and the standing of today: a code, or empty where it is not known."""
        code = self._code(life, appointment)
        if code == CPC:
            return self._cpc(life), code
        if code in self._names:
            entries = self._democratic(life, code, appointment)
            return entries, UNKNOWN if "until" in entries[-1] else code
        if code == NONPARTISAN:
            since = max(self._since(life, _NONPARTISAN_AT), _NONPARTISANS_FROM)
            return [self._entry(code, min(since, (appointment.since if appointment else life.end) - 1))], code
        if code == YOUTH:
            return [self._entry(code, life.birth + _JOINED_YOUTH_AT)], code
        return ([{"party": code}] if code else []), code

    def _code(self, life: Life, appointment: Appointment | None) -> str:
        dice = self._dice
        table = _STANDINGS
        if appointment is not None:
            if appointment.post.party:
                return appointment.post.party
            table = _STANDINGS_OF_SCHOLARS if appointment.post.for_whom else _STANDINGS_OF_LEADERS
        code = dice.pick(table)
        if code in {DEMOCRATIC, NONPARTISAN} and life.level > BACHELOR:
            return MASSES
        if code == DEMOCRATIC:
            joins = life.birth + _PARTY_AT[0] < life.end
            return dice.pick(self._parties) if joins else MASSES
        if code == CPC and life.birth + _CPC_AT[0] + YEAR >= NEWEST:
            return MASSES
        if code == NONPARTISAN and life.birth + _NONPARTISAN_AT[0] >= life.end:
            return MASSES
        young = code in {MASSES, UNKNOWN} and life.age(NEWEST) < _AGE_OF_YOUTH
        return YOUTH if young and dice.throw() < _IN_YOUTH else code

    def _cpc(self, life: Life) -> list[Entry]:
        since = min(self._since(life, _CPC_AT), NEWEST - 2)
        if since + YEAR > NEWEST:
            return [self._entry(PROBATIONARY, since)]
        if self._dice.throw() >= _PROBATION_KNOWN:
            return [self._entry(CPC, since)]
        full = self._dice.day(since + YEAR)
        return [self._entry(PROBATIONARY, since) | {"until": full}, {"party": CPC, "since": full}]

    def _democratic(self, life: Life, code: str, appointment: Appointment | None) -> list[Entry]:
        dice = self._dice
        since = self._since(life, _PARTY_AT)
        if appointment is not None:
            since = min(since, appointment.since - YEAR)
        entry = self._entry(code, since)
        if appointment is None and since + 2 * YEAR < life.end and dice.throw() < _PARTY_LEFT:
            return [entry | {"until": dice.day(dice.between(since + YEAR + 1, life.end))}]
        return [*self._cpc(life), entry] if dice.throw() < _BOTH else [entry]

    def _since(self, life: Life, ages: tuple[int, int]) -> int:
        youngest, oldest = ages
        return life.birth + self._dice.between(youngest, min(oldest, life.end - life.birth - 1))

    def _entry(self, party: str, since: int) -> Entry:
        if self._dice.throw() < _DAY_UNKNOWN:
            return {"party": party}
        return {"party": party, "since": self._dice.about(since)}

    def tenures(self, life: Life, code: str, rank: str) -> Iterator[Entry]:
        """Seats, posts in the party and outside, secondments, delegates to the staff congress."""
        dice = self._dice
        outside = code != CPC
        share = _SEAT_SHARE.get(rank, 0.0)
        if share and dice.throw() < (share if outside else share * _SEAT_OF_CPC):
            yield from self._seat(life)
        if code in self._names:
            yield from self._party_posts(life, code)
        if outside and share and dice.throw() < _EXTERNAL:
            body, level, post = dice.pick(self._external)
            entry = {"kind": "external_post", "post": post, "level": level, "body": body}
            yield from self._term(life, _TERMS, _SEAT_TERM, entry)
        if dice.throw() < _CONGRESS:
            entry = {"kind": "congress_delegate", "post": "教职工代表大会代表", "body": "教职工代表大会"}
            yield from self._term(life, _CONGRESSES, _CONGRESS_TERM, entry)
        if dice.throw() < _SECONDMENT:
            yield from self._secondment(life)

    def _seat(self, life: Life) -> Iterator[Entry]:
        body, level, post = self._dice.pick(self._seats)
        yield from self._term(
            life, _TERMS, _SEAT_TERM, {"kind": "seat", "post": post, "level": level, "body": body}
        )

    def _party_posts(self, life: Life, code: str) -> Iterator[Entry]:
        for share, level, role, word in _PARTY_POSTS:
            if self._dice.throw() < share:
                post = f"{self._names[code]}{word}"
                entry = {"kind": "party_post", "post": post, "level": level, "role": role, "body": code}
                yield from self._term(life, _CONGRESSES, _SEAT_TERM, entry)

    def _term(self, life: Life, terms: Sequence[int], length: int, entry: Entry) -> Iterator[Entry]:
        """One term of those that lie in the person's time here, if any does."""
        since = self._dice.pick(terms)
        if since < max(life.joined, life.birth + _AGE_OF_SEATS) or since + 1 >= life.end:
            return
        entry["since"] = self._dice.day(since)
        until = min(since + length, life.end)
        if until < NEWEST or life.end < NEWEST:
            entry["until"] = self._dice.day(until)
        yield entry

    def _secondment(self, life: Life) -> Iterator[Entry]:
        dice = self._dice
        youngest, oldest = _SECONDED_AT
        since = life.birth + dice.between(youngest, oldest)
        until = since + dice.pick((YEAR, 2 * YEAR))
        if since > life.joined and until < life.end:
            body, level = dice.pick(self._secondments)
            entry = {"kind": "secondment", "post": "挂职", "body": body, "level": level}
            yield entry | {"since": dice.day(since), "until": dice.day(until)}
