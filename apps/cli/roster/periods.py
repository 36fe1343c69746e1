"""Times of study abroad: 是, 否, or from when until when. No country: the roster has no place for one."""

from __future__ import annotations

import re
import unicodedata

from apps.cli.roster.dates import Cell, day_of
from apps.cli.workbooks.cells import CellFault, text_of

YES = frozenset({"是", "有", "√", "Y", "YES"})
NO = frozenset({"否", "无", "没有", "×", "X", "N", "NO"})
_BETWEEN = re.compile(r"[;、,\n]")
_SIGN = re.compile(r"至|到|~|--|——|[-—–]")
_STILL = frozenset({"", "今", "至今", "现在"})

Period = dict[str, str]


def periods_of(cell: Cell) -> list[Period] | None:
    """The times; `[{}]` for some time that is not known, `[]` for none ever, `None` for an empty cell.

    `CellFault` for a single date, of which nobody can say whether it is the beginning, the end or all of it.
    """
    text = unicodedata.normalize("NFKC", text_of(cell.value))
    word = text.strip().upper()
    if not word:
        return None
    if word in YES:
        return [{}]
    if word in NO:
        return []
    return [_period("".join(part.split())) for part in _BETWEEN.split(text) if part.strip()]


def _period(text: str) -> Period:
    """Whatever sign stands between: it is the one where a date ends and another begins."""
    found = [read for sign in _SIGN.finditer(text) if (read := _read(text[: sign.start()], text[sign.end() :]))]
    if not found:
        raise CellFault("unclear_period")
    period = found[0]
    since, until = period["since"], period.get("until", "")
    known = min(len(since), len(until))
    if until and until[:known] < since[:known]:
        raise CellFault("period_order")
    return period


def _read(since: str, until: str) -> Period | None:
    try:
        first = _day(since)
        return {"since": first} if until in _STILL else {"since": first, "until": _day(until)}
    except CellFault:
        return None


def _day(text: str) -> str:
    found = day_of(Cell(text))
    if found is None:
        raise CellFault("unclear_period")
    return found
