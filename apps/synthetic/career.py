"""What an invented person has studied and become: education, titles, times of study abroad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.synthetic.dice import NEWEST, YEAR, month, words
from apps.synthetic.life import DOCTOR, LEVELS, MASTER

if TYPE_CHECKING:
    from apps.synthetic.dice import Dice
    from apps.synthetic.life import Life

Entry = dict[str, Any]

_DEGREES_FROM = month(1982)
_ONLY_HIGHEST, _ONLY_NEWEST, _DAY_UNKNOWN = 0.45, 0.4, 0.12
_FIRST_TITLE, _DOCTORS_TITLE = (6, 18), (3, 24)
_UP = ((4 * YEAR, 7 * YEAR), (5 * YEAR, 11 * YEAR), (5 * YEAR, 13 * YEAR))
# Of those who have the title below, how many rise in time; and of those who lead.
_RISES = {"teacher": (0.97, 0.72, 0.42), "administrator": (0.85, 0.3, 0.2), "technician": (0.9, 0.4, 0.15)}
_RISES_OF_LEADERS = (1.0, 0.93, 0.65)
_WITHOUT_TITLE = {"teacher": 0.03, "administrator": 0.45, "technician": 0.05}
_ABROAD = {DOCTOR: 0.2, MASTER: 0.08}
_ABROAD_FROM, _ABROAD_AT, _MONTHS_ABROAD = month(1985), (24 * YEAR, 45 * YEAR), (6, 4 * YEAR)


class Career:
    """Entries that fit a life."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._ladders = words("words.yaml")["titles"]

    def education(self, life: Life) -> list[Entry]:
        """Each level from the day of graduation on; often only the highest is known."""
        dice = self._dice
        known = life.graduated[-1:] if dice.throw() < _ONLY_HIGHEST else life.graduated
        entries = []
        for at, reached in known:
            level, degree = LEVELS[reached]
            entry = {"level": level, "degree": degree if at >= _DEGREES_FROM else "none"}
            if dice.throw() >= _DAY_UNKNOWN:
                entry["since"] = dice.about(at)
            entries.append(entry)
        return entries

    def titles(self, life: Life, *, leads: bool) -> list[Entry]:
        """The titles one after the other; often only the newest is known."""
        dice = self._dice
        ladders = self._ladders.get(life.kind)
        if ladders is None or (dice.throw() < _WITHOUT_TITLE[life.kind] and not leads):
            return []
        steps = self._steps(life, _RISES_OF_LEADERS if leads else _RISES[life.kind])
        entries: list[Entry] = []
        for (rank, code, name), at in zip(dice.pick(ladders), steps, strict=False):
            since = dice.about(at)
            if entries:
                entries[-1]["until"] = since
            entry = {"code": code, "name": name, "rank": rank, "since": since}
            if not code:
                del entry["code"]
            entries.append(entry)
        if life.level == DOCTOR:
            del entries[:1]
        return entries[-1:] if dice.throw() < _ONLY_NEWEST else entries

    def _steps(self, life: Life, rises: tuple[float, ...]) -> list[int]:
        """The months in which the person rose; a doctor begins at the second step."""
        dice = self._dice
        doctor = life.level == DOCTOR
        at = life.joined + dice.between(*_FIRST_TITLE)
        found = [at] if at < life.end else []
        for number, (share, between) in enumerate(zip(rises, _UP, strict=True)):
            first = doctor and number == 0
            at += dice.between(*(_DOCTORS_TITLE if first else between))
            if at >= life.end or not (first or dice.throw() < share):
                break
            found.append(at)
        return found

    def studies_abroad(self, life: Life, *, surely: bool) -> list[Entry]:
        """No, one, or for some who must have been, a time abroad."""
        dice = self._dice
        if not surely and dice.throw() >= _ABROAD.get(life.level, 0.0):
            return []
        youngest, oldest = _ABROAD_AT
        latest = life.birth + oldest
        since = dice.between(max(life.birth + youngest, _ABROAD_FROM), min(latest, life.end - 1))
        if since >= life.end:
            return []
        until = since + dice.between(*_MONTHS_ABROAD)
        entry = {"since": dice.day(since)}
        return [entry | {"until": dice.day(until)} if until <= min(life.end, NEWEST) else entry]
