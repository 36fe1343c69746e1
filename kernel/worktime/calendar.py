"""Which days work: Monday to Friday, as changed by each year's arrangement and an institution's closed days."""

from __future__ import annotations

import hashlib
import json
from array import array
from datetime import date
from functools import cache, cached_property
from itertools import accumulate, chain, compress
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from kernel.worktime.published import published_years
from kernel.worktime.year import FIRST_YEAR, LAST_YEAR, SATURDAY, CalendarYear

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST_DAY: Final = date(FIRST_YEAR, 1, 1)
LAST_DAY: Final = date(LAST_YEAR, 12, 31)
DAYS: Final = LAST_DAY.toordinal() - FIRST_DAY.toordinal() + 1
_DAYS_OF_A_WEEK: Final = 7
_VERSION_DIGITS: Final = 12


class DayTable(NamedTuple):
    """The days 1992–2100 counted once, so that a span of any length costs four look-ups.

    Days are numbered from 0 (1992-01-01). `working[n]` and `unpublished[n]` count such days among the first
    `n`; `nth[k]` is the number of the k-th working day (from 0).
    """

    working: array[int]
    unpublished: array[int]
    nth: array[int]


class WorkCalendar:
    """A set of working days, immutable; two calendars that name the same days are equal.

    Take `standard()` and derive from it: `with_year` for an arrangement that was imported, `with_closed` for
    the days on which one institution is closed. A year without arrangement works Monday to Friday.
    """

    def __init__(self, years: Iterable[CalendarYear] = (), closed: Iterable[date] = ()) -> None:
        self._years = {year.year: year for year in years}
        self._closed = frozenset(closed)
        self._off = frozenset(chain.from_iterable(year.off for year in self._years.values()))
        self._work = frozenset(chain.from_iterable(year.work for year in self._years.values()))

    @classmethod
    def standard(cls) -> WorkCalendar:
        """The working days that ship with the product, 2004–2026; always the same object."""
        return _standard()

    def with_year(self, year: CalendarYear) -> Self:
        """This calendar with that year's arrangement, which replaces an earlier one of the same year."""
        return type(self)([*self._years.values(), year], self._closed)

    def with_closed(self, days: Iterable[date]) -> Self:
        """This calendar less these days as well; the same object when that takes nothing away."""
        closed = self._closed.union(days)
        return self if closed == self._closed else type(self)(self._years.values(), closed)

    def is_working_day(self, d: date) -> bool:
        """Whether this Shanghai date is a working day; any date may be asked."""
        if d in self._closed or d in self._off:
            return False
        return d.weekday() < SATURDAY or d in self._work

    def is_published(self, year: int) -> bool:
        """Whether the arrangement of that year is known; where it is not, results are provisional."""
        return year in self._years

    @property
    def years(self) -> tuple[CalendarYear, ...]:
        """The arrangements known, ascending."""
        return tuple(self._years[year] for year in sorted(self._years))

    @cached_property
    def version(self) -> str:
        """Twelve hex digits of the SHA-256 of what decides: years, off weekdays, make-up and closed days.

        Sources and off days that are weekends anyway do not count: they change no answer.
        """
        content = {
            "years": sorted(self._years),
            "off": sorted(day.isoformat() for day in self._off if day.weekday() < SATURDAY),
            "work": sorted(day.isoformat() for day in self._work),
            "closed": sorted(day.isoformat() for day in self._closed),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:_VERSION_DIGITS]

    @cached_property
    def table(self) -> DayTable:
        """The counted days; made at first use (milliseconds), kept for the calendar's life."""
        first = FIRST_DAY.toordinal()
        week = bytes((FIRST_DAY.weekday() + n) % _DAYS_OF_A_WEEK < SATURDAY for n in range(_DAYS_OF_A_WEEK))
        working = bytearray((week * (DAYS // _DAYS_OF_A_WEEK + 1))[:DAYS])
        for day in self._off | self._work | self._closed:
            if FIRST_DAY <= day <= LAST_DAY:
                working[day.toordinal() - first] = self.is_working_day(day)
        unpublished = bytearray(b"\x01" * DAYS)
        for year in self._years:
            start, end = date(year, 1, 1).toordinal() - first, date(year, 12, 31).toordinal() - first + 1
            unpublished[start:end] = bytes(end - start)
        return DayTable(
            working=array("i", accumulate(working, initial=0)),
            unpublished=array("i", accumulate(unpublished, initial=0)),
            nth=array("i", compress(range(DAYS), working)),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WorkCalendar) and self.version == other.version

    def __hash__(self) -> int:
        return hash(self.version)

    def __repr__(self) -> str:
        return f"WorkCalendar(version={self.version!r}, years={len(self._years)}, closed={len(self._closed)})"


@cache
def _standard() -> WorkCalendar:
    return WorkCalendar(published_years())
