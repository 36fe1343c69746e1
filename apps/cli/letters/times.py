"""The times of a mailbox: a wall clock in Asia/Shanghai, to the minute or better, never a bare date.

Accepted (docs/interface.md, `import letters`): `2019/1/8 9:05:07`, `2019-01-08 09:05`, `2019年1月8日 9:05`, and
Excel date-times. Full-width digits and colons count as what they look like.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from apps.cli.workbooks.cells import CellFault, refuse_lost
from kernel.instants import MINUTE, SECOND

_HOUR = 60 * MINUTE
# From 1992 on Asia/Shanghai is UTC+8 all year. Before, it had summer time, so a wall clock may mean two
# instants; a mailbox has no letter that old, a cell with such a year is a slip.
FIRST_YEAR = 1992
_OFFSET = 8 * _HOUR
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY = 24 * _HOUR
_TIME = re.compile(
    r"(\d{4})(?:/(\d\d?)/(\d\d?)|-(\d\d?)-(\d\d?)|年(\d\d?)月(\d\d?)日)"
    r"(?:(?:(?<=日)\s*|\s+|(?<=\d)T)(\d\d?):(\d\d)(?::(\d\d))?)?",
    re.ASCII,
)
_LAST_HOUR, _LAST_MINUTE = 23, 59


def instant_of(value: object, *, shows_time: bool = False) -> int | None:
    """The UTC instant (µs) of a cell, `None` for an empty one; `CellFault` says what is wrong with it.

    A spreadsheet stores a bare date and midnight of that date as the same number, and only the cell's format
    tells them apart: `shows_time` says that the format has hours, so that midnight is what the user sees.
    """
    if isinstance(value, str):
        text = value.strip()
        return _of_text(text) if text else None
    if isinstance(value, datetime):
        return _checked(value.replace(tzinfo=UTC))
    if isinstance(value, date):
        if shows_time:
            return _checked(datetime.combine(value, time(), UTC))
        raise CellFault("no_time_of_day")
    if isinstance(value, bool):
        raise CellFault("boolean_cell")
    raise CellFault("no_date" if isinstance(value, time | timedelta) else "unreadable_time")


def _checked(wall: datetime) -> int:
    """A wall clock that was labelled UTC, moved to where it was read."""
    if wall.year < FIRST_YEAR:
        raise CellFault("year_out_of_range")
    since = wall - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1) - _OFFSET


def _of_text(text: str) -> int:
    found = _TIME.fullmatch(text) or _TIME.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        refuse_lost(text)
        raise CellFault("unreadable_time")
    year, m1, d1, m2, d2, m3, d3, hour, minute, second = found.groups()
    day = _day(year, m1 or m2 or m3, d1 or d2 or d3)
    if hour is None:
        raise CellFault("no_time_of_day")
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    if hours > _LAST_HOUR or minutes > _LAST_MINUTE or seconds > _LAST_MINUTE:
        raise CellFault("impossible_time")
    return day + hours * _HOUR + minutes * MINUTE + seconds * SECOND


@lru_cache(maxsize=20_000)
def _day(year: str, month: str, day: str) -> int:
    """The instant at which a day begins in Asia/Shanghai; a mailbox has many letters of one day."""
    try:
        ordinal = date(int(year), int(month), int(day)).toordinal()
    except ValueError:
        raise CellFault("impossible_time") from None
    if int(year) < FIRST_YEAR:
        raise CellFault("year_out_of_range")
    return (ordinal - _EPOCH_DAY) * _DAY - _OFFSET
