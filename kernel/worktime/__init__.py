"""Working time: which days work, which hours of them, and what lies between two instants.

Pure: standard library only; the dated data stands in `years.yaml` and is read once.
"""

from __future__ import annotations

from kernel.worktime.calendar import WorkCalendar
from kernel.worktime.clock import (
    FIRST_INSTANT,
    LAST_INSTANT,
    Deadline,
    Elapsed,
    OutsideCalendar,
    WorkClock,
)
from kernel.worktime.hours import HoursFault, OfficeHours
from kernel.worktime.year import CalendarFault, CalendarYear

__all__ = [
    "FIRST_INSTANT",
    "LAST_INSTANT",
    "CalendarFault",
    "CalendarYear",
    "Deadline",
    "Elapsed",
    "HoursFault",
    "OfficeHours",
    "OutsideCalendar",
    "WorkCalendar",
    "WorkClock",
]
