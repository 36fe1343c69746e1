"""Days as precise as they are known: texts `2012`, `2012-05` or `2012-05-17`, never made more precise (pure).

Most of what a file says is known by month or year only. So a text stands for a span of days, and each
question says which end of the span it goes by.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Final

_TEXT: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)
_DECEMBER: Final = 12
# A school's whole registry has some tens of thousands of different texts.
_KEPT: Final = 65_536


class NotADay(ValueError):
    """The text is no year, month or day; it says its shape, never the text, which is somebody's."""


def check(text: str) -> bool:
    """Whether the text is a year, a month or a day that the calendar has."""
    try:
        _span(text)
    except NotADay:
        return False
    return True


def first_day(text: str) -> date:
    """The first day that the text may mean; `NotADay` for no day."""
    return _span(text)[0]


def last_day(text: str) -> date:
    """The last day that the text may mean; `NotADay` for no day."""
    return _span(text)[1]


def holds(since: str, until: str, on: date) -> bool:
    """Whether an entry holds on a day: from the first day of `since`, and no longer on that of `until`.

    An empty text is an open end. What ends and follows within one month or year known no better is ended
    and followed on its first day: so neighbours never overlap.
    """
    return (not since or first_day(since) <= on) and (not until or on < first_day(until))


def begun(since: str, on: date) -> bool:
    """Whether something has begun on a day; without `since` it always has."""
    return not since or first_day(since) <= on


def never_held(since: str, until: str) -> bool:
    """Whether an entry ended before there was a day on which it held."""
    return bool(since and until) and first_day(until) <= first_day(since)


def backwards(since: str, until: str) -> bool:
    """Whether the end lies before the beginning, as far as both are known; empty texts are open ends."""
    known = min(len(since), len(until))
    return until[:known] < since[:known]


def to_come(text: str, on: date) -> bool:
    """Whether a day lies after another, whichever day the text means."""
    return text > on.isoformat()[: len(text)]


def surely_over(until: str, on: date) -> bool:
    """Whether something is over on a day, whichever day the text means; without `until` it goes on.

    For what gives a right by being over: a right is not given for what may still go on.
    """
    return bool(until) and last_day(until) <= on


def years_old(birth: str, on: date) -> int:
    """The highest age in full years (周岁) that the text of a birth leaves possible on a day.

    The highest, because every rule with an age here asks for at most so many years (CF-5): who may be 36
    already is not “35周岁以下”, and a year of birth is not made a birthday to let somebody in.

    A year of age is full on the birthday. (That it is full only on the day after is a rule of criminal law
    for its article 17, and of nothing else.) Who was born on 29 February has no birthday in other years and
    is a year older on 1 March.
    """
    born = first_day(birth)
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@lru_cache(maxsize=_KEPT)
def _span(text: str) -> tuple[date, date]:
    found = _TEXT.fullmatch(text)
    if found is None:
        raise NotADay("a day is written YYYY, YYYY-MM or YYYY-MM-DD")
    year, month, day = found.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        ends_in = int(month or _DECEMBER)
        last = date(first.year, ends_in, int(day or monthrange(first.year, ends_in)[1]))
    except ValueError as error:
        raise NotADay("the calendar has no such day") from error
    return first, last
