"""Measures and deadlines in working days and office hours (docs/interface.md, "Working time")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kernel.worktime.calendar import DAYS, FIRST_DAY
from kernel.worktime.hours import OfficeHours

if TYPE_CHECKING:
    from kernel.worktime.calendar import WorkCalendar

# Asia/Shanghai has been UTC+8 without summer time since September 1991, and instants before 1992 are refused,
# so plain arithmetic is exact and needs no zone database. If China takes up summer time again, this constant
# becomes a table.
_SHANGHAI_US: Final = 8 * 3_600_000_000
_DAY_US: Final = 86_400_000_000
_EPOCH_ORDINAL: Final = 719_163  # 1970-01-01
_SHIFT: Final = _SHANGHAI_US - (FIRST_DAY.toordinal() - _EPOCH_ORDINAL) * _DAY_US

FIRST_INSTANT: Final = -_SHIFT
"""1992-01-01 00:00 in Shanghai: the first instant that working time answers for."""
LAST_INSTANT: Final = DAYS * _DAY_US - _SHIFT - 1
"""The last microsecond of 2100 in Shanghai."""


class OutsideCalendar(ValueError):
    """An instant or a deadline lies before 1992 or after 2100 (Asia/Shanghai)."""


class Elapsed(NamedTuple):
    """What lies between two instants; all figures are negative where the second is the earlier one.

    `working_days`: working days after the first Shanghai date up to and including the second.
    `working_us`: microseconds of office hours. `provisional`: a year in between has no published arrangement.
    """

    elapsed_us: int
    working_days: int
    working_us: int
    provisional: bool


class Deadline(NamedTuple):
    """`due_at` is a UTC instant: closing hour of the `working_days`-th working day after the starting date."""

    due_at: int
    working_days: int
    provisional: bool


class WorkClock:
    """Reads working time off one calendar and one set of office hours; immutable, safe to share."""

    __slots__ = ("_day_us", "_nth", "_unpublished", "_worked_us", "_working", "calendar", "hours")

    def __init__(self, calendar: WorkCalendar, hours: OfficeHours | None = None) -> None:
        self.calendar = calendar
        self.hours = hours or OfficeHours()
        self._working, self._unpublished, self._nth = calendar.table
        self._day_us = self.hours.day_us
        self._worked_us = self.hours.worked_us

    def measure(self, start: int, end: int) -> Elapsed:
        """What lies between two UTC instants (microseconds); `OutsideCalendar`.

        The starting day does not count as a working day (民法典 第二百零一条), its office hours do. A span that
        runs backwards is measured with negative figures, never refused: stored history must always load.
        """
        if not (FIRST_INSTANT <= start <= LAST_INSTANT and FIRST_INSTANT <= end <= LAST_INSTANT):
            raise OutsideCalendar("instant before 1992 or after 2100")
        working, unpublished = self._working, self._unpublished
        day, time = divmod(start + _SHIFT, _DAY_US)
        last, last_time = divmod(end + _SHIFT, _DAY_US)
        before, through = working[day], working[day + 1]
        last_before, last_through = working[last], working[last + 1]
        office = (last_before - before) * self._day_us
        if last_through > last_before:
            office += self._worked_us(last_time)
        if through > before:
            office -= self._worked_us(time)
        low, high = (day, last) if day <= last else (last, day)
        provisional = unpublished[high + 1] > unpublished[low]
        return Elapsed(end - start, last_through - through, office, provisional)

    def deadline(self, start: int, working_days: int) -> Deadline:
        """When `working_days` (at least 1) after this UTC instant are over; `ValueError`, `OutsideCalendar`.

        The starting day does not count (民法典 第二百零一条), whether it works or not.
        """
        if working_days < 1:
            raise ValueError("a deadline is at least one working day away")
        if not FIRST_INSTANT <= start <= LAST_INSTANT:
            raise OutsideCalendar("instant before 1992 or after 2100")
        day = (start + _SHIFT) // _DAY_US
        index = self._working[day + 1] + working_days - 1
        if index >= len(self._nth):
            raise OutsideCalendar("deadline after 2100")
        due_day = self._nth[index]
        provisional = self._unpublished[due_day + 1] > self._unpublished[day + 1]
        return Deadline(due_day * _DAY_US - _SHIFT + self.hours.closing_us, working_days, provisional)
