"""Days of submission as whole months, whose counters are kept, and the rest, whose rows are read."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from kernel import instants
from services.feedback.storage.latency_lookups import EVER, Span

_DAY = 24 * 60 * instants.MINUTE
_FIRST_MONTH, _LAST_MONTH = 12, 9999 * 12 + 11


class Period(NamedTuple):
    """`months`: the whole months, None if there is none. `rest`: [first, last) instants outside of them."""

    first_at: int
    last_at: int
    months: Span | None
    rest: list[tuple[int, int]]


def period_of(first: date | None, last: date | None) -> Period:
    """The days from `first` to `last`, both included, in Asia/Shanghai; None is no bound."""
    if first is None and last is None:
        return Period(EVER.first_at, EVER.last_at, EVER, [])
    first_at = EVER.first_at if first is None else _midnight(first)
    last_at = EVER.last_at if last is None else _midnight(last) + _DAY
    first_month = _FIRST_MONTH if first is None else _number(first) + (first.day > 1)
    last_month = _LAST_MONTH if last is None else _number(last) - (not _ends_month(last))
    if first_month > last_month:
        return Period(first_at, last_at, None, [(first_at, last_at)])
    start = first_at if first is None or first.day == 1 else _start(first_month)
    end = last_at if last is None or _ends_month(last) else _start(last_month + 1)
    months = Span(_text(first_month), _text(last_month), start, end)
    rest = [(first_at, start), (end, last_at)]
    return Period(first_at, last_at, months, [(a, b) for a, b in rest if a < b])


def month_span(month: str) -> Span:
    """One month by its name `YYYY-MM`."""
    year, number = map(int, month.split("-"))
    count = year * 12 + number - 1
    end = EVER.last_at if count == _LAST_MONTH else _start(count + 1)
    return Span(month, month, _start(count), end)


def _midnight(day: date) -> int:
    return instants.from_datetime(datetime.combine(day, time(), instants.SHANGHAI))


def _ends_month(day: date) -> bool:
    return day == date.max or (day + timedelta(days=1)).day == 1


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _text(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _start(number: int) -> int:
    return _midnight(date(number // 12, number % 12 + 1, 1))
