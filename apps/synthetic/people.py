"""Invented people as documents of the registry's file, without the ids of entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.synthetic.appointments import appointments
from apps.synthetic.career import Career
from apps.synthetic.dice import YEAR, Dice, slots, words, year_of
from apps.synthetic.groups import Places
from apps.synthetic.life import life
from apps.synthetic.names import Names
from apps.synthetic.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apps.synthetic.appointments import Appointment
    from apps.synthetic.institution import Institution, Unit
    from apps.synthetic.life import Life

Document = dict[str, Any]

BLOCK = 1_000
"""People whose throws are one sequence: to begin in the middle, at most so many are made for nothing."""
_TEN_THOUSAND = 10_000
_HAN = "01"
# 1002 begins no number of the national numbering plan that a person could have.
_PHONES, _NUMBERS = "1002", 10_000_000
# Without a common factor with the numbers that there are: each is given once before any is given again.
_STRIDE = 7_654_321
_PHONE_KNOWN, _MAIL_KNOWN, _DISCIPLINE_KNOWN, _BIRTH_KNOWN, _ETHNICITY_KNOWN = 0.86, 0.7, 0.8, 0.98, 0.97
_MOVED, _IN_TWO_UNITS = 0.12, 0.03
_FORMER_DEPUTY, _AS_DEPUTY = 0.4, (2 * YEAR, 5 * YEAR)
_IN_OFFICES = {"administrator": 0.75, "technician": 0.5, "worker": 0.9, "other": 0.6, "teacher": 0.01}


class People:
    """The people of an institution by number, the same for the same pack and seed."""

    def __init__(self, institution: Institution, seed: int) -> None:
        self._institution, self._seed = institution, seed
        self._dice = dice = Dice()
        self._names, self._career = Names(), Career(dice)
        self._standing, self._places = Standing(dice), Places(institution, dice)
        self._appointments = appointments(institution, seed)
        table = words("words.yaml")["ethnicities"]
        shares = table.get(institution.pack.id, table["standard"])
        rest = _TEN_THOUSAND - sum(shares.values())
        self._ethnicities = slots(((_HAN, rest), *shares.items()))
        self._smaller = slots(shares.items())

    def numbered(self, first: int, until: int) -> Iterator[Document]:
        """The documents of the people from number `first`, up to but without number `until`; from 0."""
        for block in range(first // BLOCK, -(-until // BLOCK)):
            self._dice.begin(self._institution.pack.id, self._seed, block)
            for number in range(block * BLOCK, min(until, (block + 1) * BLOCK)):
                document = self._person(number)
                if number >= first:
                    yield document

    def _person(self, number: int) -> Document:
        dice = self._dice
        appointment = self._appointments.get(number)
        lived = life(dice, appointment)
        document = self._told_of_birth(lived, number, appointment)
        self._reached(document, lived, number)
        document["post_kind"] = lived.kind
        unit = self._unit(lived, number, appointment)
        if unit.discipline and lived.kind == "teacher" and dice.throw() < _DISCIPLINE_KNOWN:
            document["discipline"] = unit.discipline
        self._stay(document, lived)
        document["units"] = self._units(document, lived, unit, number, appointment)
        memberships, code = self._standing.memberships(lived, appointment)
        titles = self._career.titles(lived, leads=appointment is not None)
        rank = titles[-1]["rank"] if titles else ""
        tenures = [*self._led(lived, appointment), *self._standing.tenures(lived, code, rank)]
        returned = appointment is not None and appointment.post.for_whom == "returned"
        abroad = self._career.studies_abroad(lived, surely=returned)
        if memberships:
            document["memberships"] = memberships
        if tenures:
            document["tenures"] = tenures
        if titles:
            document["titles"] = titles
        document["education"] = self._career.education(lived)
        if abroad:
            document["studies_abroad"] = abroad
        self._places.of(lived, number, document, code, appointment)
        return document

    def _told_of_birth(self, lived: Life, number: int, appointment: Appointment | None) -> Document:
        dice = self._dice
        smaller = appointment is not None and appointment.post.for_whom == "peoples"
        ethnicity = dice.pick(self._smaller if smaller else self._ethnicities)
        document: Document = {
            "name": self._names.name(dice, ethnicity, year_of(lived.birth), female=lived.female),
            "staff_number": self.staff_number(number),
            "gender": "2" if lived.female else "1",
        }
        if dice.throw() < _BIRTH_KNOWN:
            document["birth"] = dice.about(lived.birth)
        if smaller or dice.throw() < _ETHNICITY_KNOWN:
            document["ethnicity"] = ethnicity
        return document

    def staff_number(self, number: int) -> str:
        """Eight digits with a zero before them, unique within the institution up to ten million people."""
        return f"0{(number * _STRIDE + self._seed) % _NUMBERS:07d}"

    def _reached(self, document: Document, lived: Life, number: int) -> None:
        if lived.left is None and self._dice.throw() < _PHONE_KNOWN:
            document["phone"] = f"{_PHONES}{(number * _STRIDE) % _NUMBERS:07d}"
        if lived.left is None and self._dice.throw() < _MAIL_KNOWN:
            document["email"] = f"{document['staff_number']}@{self._institution.pack.id}.example"

    def _stay(self, document: Document, lived: Life) -> None:
        document["joined"] = self._dice.day(lived.joined)
        if lived.retired is not None:
            document["retired"] = self._dice.day(lived.retired)
        if lived.left is not None:
            same = lived.left == lived.retired
            document["left"] = document["retired"] if same else self._dice.day(lived.left)
            document["left_reason"] = lived.reason

    def _unit(self, lived: Life, number: int, appointment: Appointment | None) -> Unit:
        institution = self._institution
        unit_id = appointment.entry.get("unit") if appointment else None
        if unit_id:
            unit = institution.by_id[unit_id]
            return institution.by_id[unit.parent] if unit.form and unit.parent else unit
        leads = appointment is not None and appointment.entry["kind"] == "leadership"
        in_office = leads or self._dice.throw() < _IN_OFFICES[lived.kind]
        return self._open(number, in_office=in_office)

    def _open(self, number: int, *, in_office: bool) -> Unit:
        opening = self._institution.offices if in_office else self._institution.teaching
        found: Unit = opening.all[int(self._dice.throw() * opening.count(number))]
        return found

    def _units(
        self, document: Document, lived: Life, unit: Unit, number: int, appointment: Appointment | None
    ) -> list[Document]:
        """The unit of today, for some another one before or beside it."""
        dice = self._dice
        entry = {"unit": unit.id, "since": document["joined"]}
        if lived.left is not None:
            entry["until"] = document["left"]
        served = lived.end - lived.joined
        if appointment is not None or served <= 2 * YEAR:
            return [entry]
        other = self._open(number, in_office=not unit.discipline)
        if other.id != unit.id and dice.throw() < _MOVED:
            moved = dice.day(lived.joined + dice.between(YEAR, served - 1))
            return [{"unit": other.id, "since": document["joined"], "until": moved}, entry | {"since": moved}]
        if other.id != unit.id and lived.left is None and dice.throw() < _IN_TWO_UNITS:
            return [{"unit": other.id, "since": dice.day(lived.joined + dice.between(1, served - 1))}, entry]
        return [entry]

    def _led(self, lived: Life, appointment: Appointment | None) -> Iterator[Document]:
        """The post, and for some heads the time as deputy before it."""
        if appointment is None:
            return
        entry, dice = appointment.entry, self._dice
        middle = entry["level"] == "middle" and entry["role"] == "head"
        since = appointment.since - dice.between(*_AS_DEPUTY)
        if middle and since > lived.joined and dice.throw() < _FORMER_DEPUTY:
            head = self._institution.by_id[entry["unit"]].head
            post = entry["post"].removesuffix(head) + f"副{head}"
            yield {**entry, "post": post, "role": "deputy", "since": dice.day(since), "until": entry["since"]}
        yield dict(entry)
