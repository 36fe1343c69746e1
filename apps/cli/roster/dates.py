"""Days as a roster has them: as precise as the cell shows them, never more precise.

Accepted: `2019`, `2019.6`, `2019-06`, `2019/6/1`, `2019年6月`, `2019年6月1日`, `201906`, `20190601`, each also
with a time of day behind it, and date cells, of which the number format says whether they show a day, a month
or a year. The answer is `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.

Bare digits are told apart by their number: 4 are a year, 6 a month, 8 a day. 5 are what Excel keeps of a date
whose format was lost, a day counted from 1900, unless they also read as a year and a one-digit month (`20196`
may be June 2019 or a day of 1955): such digits are refused. So is the number 2019.1, which is what Excel leaves
of 2019.10; the text `2019.1` is January.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from apps.cli.workbooks.cells import CellFault, refuse_lost
from apps.cli.workbooks.formats import shown

# Nobody on a roster is older, and 1905 is what Excel makes of a year that was typed into a date cell.
FIRST_YEAR, LAST_YEAR = 1910, 2100
# What people write where there is nothing to say; it changes nothing, like an empty cell.
NOTHING = frozenset({"", "无", "-", "--", "—", "——", "/", "不详", "未知", "暂无"})
_ALL = frozenset({"year", "month", "day"})
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(10_000, 73_051)
_MARKS = "./\\-。—–"
_WRITTEN = re.compile(
    rf"(\d{{4}})(?:年|(?:[{re.escape(_MARKS)}]|年)(\d{{1,2}})(?:月|(?:[{re.escape(_MARKS)}]|月)(\d{{1,2}})日?)?)?"
)
_CLOCK = re.compile(r"(?:\s+|(?<=\d)T)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")
_DECIMAL = re.compile(r"(\d{4})\.(\d{1,2})")
_AMBIGUOUS_MONTH = "1"


class Cell(NamedTuple):
    """A cell and what is known of it; `number_format` is empty where it says nothing that the value does not.

    `exact` is false where formats could not be asked, so that the first of a month may stand for the month.
    """

    value: object
    number_format: str = ""
    exact: bool = True


def day_of(cell: Cell) -> str | None:
    """The day, `None` for a cell that says nothing; `CellFault`."""
    value = cell.value
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, bool):
        raise CellFault("boolean_cell")
    if isinstance(value, datetime):
        return _checked(value.year, value.month, value.day)
    if isinstance(value, date):
        return _of_date_cell(value, cell)
    if isinstance(value, int | float):
        return _of_number(value)
    raise CellFault("unreadable_date")


@lru_cache(maxsize=50_000)
def _of_text(text: str) -> str | None:
    told = unicodedata.normalize("NFKC", text).strip()
    refuse_lost(told)
    told = "".join(_CLOCK.sub("", told).split())
    if told in NOTHING:
        return None
    if told.isdecimal():
        return _of_digits(told)
    found = _WRITTEN.fullmatch(told)
    if found is None:
        raise CellFault("unreadable_date")
    return _checked(*(None if part is None else int(part) for part in found.groups()))


def _of_date_cell(value: date, cell: Cell) -> str:
    """A date cell is kept as a day whatever was typed; its format shows how much of it was meant."""
    parts = shown(cell.number_format) if cell.number_format else _ALL
    if "year" not in parts:
        raise CellFault("date_without_year")
    unknown = not cell.exact and value.day == 1
    month = value.month if "month" in parts else None
    day = value.day if month and "day" in parts and not unknown else None
    return _checked(value.year, month, day)


def _of_number(value: float) -> str:
    if value == value // 1 and value >= 0:
        return _of_digits(str(int(value)))
    found = _DECIMAL.fullmatch(format(value, ".12g"))
    if found is None:
        raise CellFault("unreadable_date")
    year, month = found.groups()
    if month == _AMBIGUOUS_MONTH:
        raise CellFault("unclear_month")
    return _checked(int(year), int(month), None)


def _of_digits(digits: str) -> str:
    parts = {4: (4,), 6: (4, 2), 8: (4, 2, 2)}.get(len(digits))
    if parts is not None:
        ends = (digits[:4], digits[4:6], digits[6:])
        return _checked(*(int(end) if end else None for end in ends))
    number = int(digits)
    if number not in _SERIALS or len(digits) != len(str(number)):
        raise CellFault("unreadable_date")
    if FIRST_YEAR <= number // 10 <= LAST_YEAR and number % 10:
        raise CellFault("unclear_date_number")
    found = _SERIAL_ZERO + timedelta(days=number)
    return _checked(found.year, found.month, found.day)


def _checked(year: int | None, month: int | None, day: int | None) -> str:
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise CellFault("year_unlikely")
    try:
        date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        raise CellFault("impossible_date") from None
    return "-".join([f"{year:04d}", *(f"{part:02d}" for part in (month, day) if part is not None)])
