"""The course of an invented life: born, studied, joined, retired or gone. Everything else is hung on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from apps.synthetic.dice import NEWEST, YEAR, Dice, slots, year_of

if TYPE_CHECKING:
    from apps.synthetic.appointments import Appointment

DOCTOR, MASTER, BACHELOR, COLLEGE, VOCATIONAL, SCHOOL = range(6)
LEVELS: Final = (
    ("11", "doctor"),
    ("14", "master"),
    ("21", "bachelor"),
    ("31", "none"),
    ("41", "none"),
    ("61", "none"),
)
"""Level (GB/T 4658) and degree, from doctor down to upper secondary school."""
_AGES_AT_BACHELOR = (22, 23)
_AGES_BELOW = {COLLEGE: 21, VOCATIONAL: 19, SCHOOL: 18}
_SUMMER, _SEPTEMBER = 6, 2
_MASTER_MONTHS, _DOCTOR_MONTHS = (24, 36), (36, 60)
# By the first year of birth: of a hundred teachers, and of a hundred others, how many reached what.
_TEACHERS = (
    (1983, slots(((DOCTOR, 52), (MASTER, 44), (BACHELOR, 4)))),
    (1970, slots(((DOCTOR, 38), (MASTER, 42), (BACHELOR, 20)))),
    (1955, slots(((DOCTOR, 14), (MASTER, 34), (BACHELOR, 46), (COLLEGE, 6)))),
    (0, slots(((MASTER, 10), (BACHELOR, 70), (COLLEGE, 20)))),
)
_OTHERS = (
    (1983, slots(((DOCTOR, 6), (MASTER, 50), (BACHELOR, 40), (COLLEGE, 4)))),
    (1965, slots(((DOCTOR, 3), (MASTER, 25), (BACHELOR, 52), (COLLEGE, 20)))),
    (0, slots(((MASTER, 3), (BACHELOR, 32), (COLLEGE, 45), (VOCATIONAL, 20)))),
)
_WORKERS = slots(((COLLEGE, 20), (VOCATIONAL, 45), (SCHOOL, 35)))
_KINDS = slots(
    (("teacher", 60), ("administrator", 19), ("technician", 13), ("worker", 5), ("other", 3)),
)
_VETERANS, _GONE, _DIED, _LEFT_ON_RETIRING = 0.15, 0.035, 0.08, 0.15
_YOUNGEST, _RETIRING, _OLDEST = 24 * YEAR, 60 * YEAR, 93 * YEAR
_RETIRING_OF_WOMEN = {
    "worker": 50 * YEAR,
    "administrator": 55 * YEAR,
    "technician": 55 * YEAR,
    "other": 55 * YEAR,
}
_WENT = slots((("transferred", 5), ("resigned", 4), ("deceased", 1), ("other", 1)))
_AGES_OF_LEADERS = {"school": (43 * YEAR, 54 * YEAR), "middle": (35 * YEAR, 50 * YEAR)}
_MEN_AMONG_LEADERS, _MEN = 0.7, 0.48
_MOST_MONTHS_BEFORE = 5 * YEAR
_STRAIGHT = 0.7


@dataclass(slots=True)
class Life:
    """Months of a life. `end` is the last month of service; `retired` and `left` may be None."""

    birth: int
    female: bool
    kind: str
    level: int
    graduated: tuple[tuple[int, int], ...]
    joined: int
    end: int
    retired: int | None
    left: int | None
    reason: str

    def age(self, at: int) -> int:
        """Full years in a month, to the month."""
        return (at - self.birth) // YEAR


def life(dice: Dice, appointment: Appointment | None) -> Life:
    """A life; one that fits the appointment, where there is one."""
    female = dice.throw() >= (_MEN_AMONG_LEADERS if appointment else _MEN)
    birth = _birth(dice, appointment)
    kind = _kind(dice, appointment)
    level = _level(dice, kind, year_of(birth))
    graduated = _graduations(dice, birth, level)
    while graduated[-1][0] + _SEPTEMBER > NEWEST:
        graduated = graduated[:-1]
    level = graduated[-1][1]
    joined = graduated[-1][0] + _SEPTEMBER
    if appointment is None and dice.throw() >= _STRAIGHT:
        joined = min(joined + dice.between(1, _MOST_MONTHS_BEFORE), NEWEST)
    made = Life(birth, female, kind, level, graduated, joined, NEWEST, None, None, "")
    _end(dice, made, appointment)
    return made


def _birth(dice: Dice, appointment: Appointment | None) -> int:
    if appointment is not None:
        youngest, oldest = _AGES_OF_LEADERS[appointment.entry["level"]]
        # Nobody is in office beyond the age of retiring.
        earliest = max(appointment.since - oldest, appointment.end - _RETIRING + 1)
        return dice.between(earliest, appointment.since - youngest)
    if dice.throw() < _VETERANS:
        # Of those who retired there are the fewer the older they are.
        share = dice.throw()
        return NEWEST - _RETIRING - int((_OLDEST - _RETIRING) * share * share)
    return dice.between(NEWEST - _RETIRING, NEWEST - _YOUNGEST)


def _kind(dice: Dice, appointment: Appointment | None) -> str:
    if appointment is None:
        return dice.pick(_KINDS)
    teaches = appointment.entry.get("body") == "学院行政班子" or appointment.entry["kind"] != "leadership"
    return "teacher" if teaches else "administrator"


def _level(dice: Dice, kind: str, year: int) -> int:
    if kind == "worker":
        return dice.pick(_WORKERS)
    table = _TEACHERS if kind == "teacher" else _OTHERS
    return dice.pick(next(levels for first, levels in table if first <= year))


def _graduations(dice: Dice, birth: int, level: int) -> tuple[tuple[int, int], ...]:
    """Month and level of each graduation, in order; always in summer."""
    year = birth // YEAR
    if level > BACHELOR:
        return (((year + _AGES_BELOW[level]) * YEAR + _SUMMER, level),)
    at = (year + dice.between(*_AGES_AT_BACHELOR)) * YEAR + _SUMMER
    found = [(at, BACHELOR)]
    if level <= MASTER:
        found.append((at := at + dice.pick(_MASTER_MONTHS), MASTER))
    if level == DOCTOR:
        found.append((at + dice.between(*_DOCTOR_MONTHS) // YEAR * YEAR, DOCTOR))
    return tuple(found)


def _end(dice: Dice, made: Life, appointment: Appointment | None) -> None:
    """Retired at the age at which one does, or gone before."""
    age = _RETIRING
    if made.female and appointment is None:
        age = _RETIRING_OF_WOMEN.get(made.kind, _RETIRING)
    at = made.birth + age + 1
    if at <= NEWEST:
        made.retired, made.end = at, at
        if dice.throw() < _LEFT_ON_RETIRING:
            made.left, made.reason = at, "retired"
        elif at + YEAR < NEWEST and dice.throw() < _DIED:
            made.left, made.reason = dice.between(at + YEAR, NEWEST), "deceased"
    elif appointment is None and made.joined + YEAR < NEWEST and dice.throw() < _GONE:
        made.left, made.reason = dice.between(made.joined + YEAR, NEWEST), dice.pick(_WENT)
        made.end = made.left
