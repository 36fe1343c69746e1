"""Invented names: surnames as frequent as in China, given names as their decade liked them.

No whole name is stored, so a name that somebody bears comes about only by chance, as it must: 王伟 is borne by
hundreds of thousands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from apps.synthetic.dice import slots, words

if TYPE_CHECKING:
    from apps.synthetic.dice import Dice

_TEN_THOUSAND = 10_000
_BOTH_SURNAMES = 0.004
_HUNDRED = 100


class _Liking(NamedTuple):
    """The characters of a time: for `True` (women) and `False` (men)."""

    first_year: int
    single: float
    characters: dict[bool, str]


class Names:
    """Names by people, gender and year of birth."""

    def __init__(self) -> None:
        data = words("names.yaml")
        surnames = tuple((one, share) for share, some in data["surnames"].items() for one in some)
        self._all = tuple(one for one, _ in surnames)
        self._surnames = slots(surnames)
        self._surnames += self._all * ((_TEN_THOUSAND - len(self._surnames)) // len(self._all))
        self._surnames_of = data["surnames_of"]
        self._likings = tuple(
            _Liking(one["from"], one["single"] / _HUNDRED, {True: one["female"], False: one["male"]})
            for one in reversed(data["given"])
        )
        self._peoples = data["peoples"]
        self._own_form = data["own_form"] / _HUNDRED

    def name(self, dice: Dice, ethnicity: str, year: int, *, female: bool) -> str:
        """A name for somebody of that ethnicity (GB/T 3304), born in that year."""
        if ethnicity in self._peoples and dice.throw() < self._own_form:
            return self._of_a_people(dice, ethnicity, female=female)
        surname: str = dice.pick(self._surnames_of.get(ethnicity, self._surnames))
        if dice.throw() < _BOTH_SURNAMES and len(surname) == 1:
            surname += dice.pick(self._surnames)[0]
        return surname + self._given(dice, year, female=female)

    def _given(self, dice: Dice, year: int, *, female: bool) -> str:
        liking = next(one for one in self._likings if one.first_year <= year)
        characters = liking.characters[female]
        first = dice.pick(characters)
        return first if dice.throw() < liking.single else first + dice.pick(characters)

    def _of_a_people(self, dice: Dice, ethnicity: str, *, female: bool) -> str:
        people = self._peoples[ethnicity]
        own: str = dice.pick(people["female" if female else "male"])
        if people["form"] == "two_halves":
            return str(dice.pick(people["first"])) + own
        if people["form"] == "with_clan":
            return f"{dice.pick(people['first'])}·{own}"
        return f"{own}·{dice.pick(people['fathers'])}"
