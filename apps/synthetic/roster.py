"""The people of an invented school as a roster in Excel: rows in users' words, and odd cells where wanted.

Whoever opens the workbook reads `SENTENCE` in its first row, in the notes of every row and in its properties.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, NamedTuple

import xlsxwriter

from apps.synthetic import roster_dirt as columns
from apps.synthetic.dice import Dice
from apps.synthetic.roster_dirt import DIRT, HEADERS, Cell, Dirt, Formula, Row, Shown
from apps.synthetic.school import SENTENCE
from kernel.codes import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from apps.synthetic.school import School

INVENTED = "程序虚构"
_FIRST_ROW = 3
_KINDS = {
    "teacher": "专任教师",
    "administrator": "管理",
    "technician": "专业技术",
    "worker": "工勤",
    "other": "其他",
}
_DEGREES = {"doctor": "博士", "master": "硕士", "bachelor": "学士", "none": "无"}
_LEVELS = {"school": "校级", "middle": "中层"}
_ROLES = {"head": "正职", "deputy": "副职"}
_SAID, _SHORT, _WITH_ROLE = 0.5, 0.3, 0.4
_MONTH, _DAY = 2, 3


class Odd(NamedTuple):
    """An odd row: its number as the spreadsheet shows it, the column, the kind, what is made of it."""

    row: int
    column: str
    kind: str
    refused: str
    accepted: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """What was written: first the odd rows, then `people` good ones in the order of the school."""

    path: Path
    people: int
    odd: tuple[Odd, ...]

    @property
    def rows(self) -> int:
        """Rows below the header."""
        return self.people + len(self.odd)

    @property
    def refused(self) -> tuple[Odd, ...]:
        """The rows that must not be imported."""
        return tuple(one for one in self.odd if one.refused)


def roster_rows(school: School) -> Iterator[Row]:
    """The people who are there, as an office would have typed them: each day in one of the accepted spellings.

    Who left is in no roster. Of several posts there is the one as a leader, of titles and education the newest.
    """
    dice = Dice()
    dice.begin(school.pack_id, school.seed, "roster")
    units = {unit["id"]: unit["name"] for unit in school.units}
    for person in school.people():
        if "left" not in person:
            yield _row(person, units, dice)


def write_roster(path: Path, school: School, *, odd: int = 0) -> RosterPlan:
    """Write an xlsx with the roster of a school, and above it `odd` kinds of odd rows, those of `DIRT` in turn.

    The odd ones are made of the first people under other numbers. The same arguments give the same cells.
    """
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": SENTENCE, "comments": SENTENCE})
        page = _Page(book)
        planned: list[Odd] = []
        for kind, row in zip(islice(cycle(DIRT), odd), _strangers(school), strict=False):
            planned += _write_odd(page, kind, row)
        people = 0
        for row in roster_rows(school):
            page.write(row)
            people += 1
    return RosterPlan(path, people, tuple(planned))


def _strangers(school: School) -> Iterator[Row]:
    """Rows whose numbers nobody of the school has, without posts: nothing else is to be odd in them."""
    for row in roster_rows(school):
        number = f"09{row[columns.NUMBER]}"
        yield row | {columns.NUMBER: number, columns.POST: "", columns.LEVEL: "", columns.SINCE: ""}


def _write_odd(page: _Page, kind: str, row: Row) -> Iterator[Odd]:
    dirt: Dirt = DIRT[kind]
    accepted = dirt.accepted(row) if callable(dirt.accepted) else dirt.accepted
    cell = dirt.cell(row) if callable(dirt.cell) else dirt.cell
    for _ in range(2 if dirt.twice else 1):
        number = page.write({**row, **dirt.besides, dirt.column: cell})
        yield Odd(number, dirt.column, kind, dirt.refused, dict(accepted))


def _row(person: Mapping[str, Any], units: Mapping[str, str], dice: Dice) -> Row:
    row: Row = {
        columns.NUMBER: person["staff_number"],
        columns.NAME: person["name"],
        columns.GENDER: table("gender").label(person["gender"]),
        columns.BIRTH: _spelt(person.get("birth", ""), dice),
        columns.ETHNICITY: _ethnicity(person.get("ethnicity", ""), dice),
        columns.PARTY: "、".join(_newest(person, "memberships", _party)),
        columns.UNIT: "、".join(_newest(person, "units", lambda one: units[one["unit"]])),
        columns.KIND: _KINDS[person["post_kind"]],
        columns.TITLE: "".join(_newest(person, "titles", lambda one: str(one["name"]))),
        columns.EDUCATION: table("education").label(person["education"][-1]["level"]),
        columns.DEGREE: _DEGREES[person["education"][-1]["degree"]],
        columns.ABROAD: _abroad(person, dice),
        columns.JOINED: _spelt(person["joined"], dice),
        columns.PHONE: person.get("phone", ""),
        columns.EMAIL: person.get("email", ""),
        columns.NOTE: INVENTED,
    }
    return row | _post(person, dice)


def _newest(person: Mapping[str, Any], listed: str, told: Callable[[Mapping[str, Any]], str]) -> list[str]:
    return [told(one) for one in person.get(listed, ()) if "until" not in one]


def _party(one: Mapping[str, Any]) -> str:
    return table("political_status").label(one["party"])


def _ethnicity(code: str, dice: Dice) -> str:
    label = table("ethnicity").label(code) if code else ""
    return label.removesuffix("族") if dice.throw() < _SHORT else label


def _post(person: Mapping[str, Any], dice: Dice) -> Row:
    """The post as a leader, if there is one, in a unit of the person's."""
    for one in person.get("tenures", ()):
        if one["kind"] == "leadership" and "until" not in one:
            role = _ROLES[one["role"]] if dice.throw() < _WITH_ROLE else ""
            since = _spelt(one["since"], dice)
            return {
                columns.POST: one["post"],
                columns.LEVEL: _LEVELS[one["level"]] + role,
                columns.SINCE: since,
            }
    return {columns.POST: "", columns.LEVEL: "", columns.SINCE: ""}


def _abroad(person: Mapping[str, Any], dice: Dice) -> str:
    """From when until when, or that there was none; often nothing is said."""
    times = person.get("studies_abroad")
    if times is None:
        return "否" if dice.throw() < _SAID else ""
    return "；".join(f"{_points(one['since'])}-{_points(one.get('until', '至今'))}" for one in times)


def _points(day: str) -> str:
    return day.replace("-", ".")


def _spelt(day: str, dice: Dice) -> Cell:
    """One of the accepted spellings of a day, as precise as it is known."""
    parts = [int(part) for part in day.split("-")] if day else []
    kind = dice.between(0, 4)
    if kind == 0 or not parts:
        return day
    if kind == 1:
        return "".join(f"{part}{word}" for part, word in zip(parts, "年月日", strict=False))
    if kind == _MONTH:
        return day.replace("-", "")
    if kind == _DAY and len(parts) > 1:
        number_format = "yyyy/m/d" if len(parts) == _DAY else 'yyyy"年"m"月"'
        return Shown(date(parts[0], parts[1], parts[2] if len(parts) == _DAY else 1), number_format)
    return ".".join(map(str, parts))


class _Page:
    """The sheet, written from top to bottom: the sentence, the header, the rows."""

    def __init__(self, book: Any) -> None:
        self._book, self._page = book, book.add_worksheet(INVENTED)
        self._formats: dict[str, Any] = {}
        self._line = _FIRST_ROW - 2
        self._page.write_string(0, 0, SENTENCE)
        for at, header in enumerate(HEADERS):
            self._page.write_string(1, at, header)

    def write(self, row: Row) -> int:
        """The row's number as the spreadsheet shows it."""
        self._line += 1
        for at, header in enumerate(HEADERS):
            self._write_cell(at, row[header])
        return self._line + 1

    def _write_cell(self, at: int, cell: Cell) -> None:
        page, line = self._page, self._line
        if isinstance(cell, Formula):
            page.write_formula(line, at, cell.text, None, cell.value)
        elif isinstance(cell, Shown):
            write = page.write_datetime if isinstance(cell.value, date) else page.write_number
            write(line, at, cell.value, self._format(cell.number_format))
        elif isinstance(cell, bool):
            page.write_boolean(line, at, cell)
        elif isinstance(cell, int | float):
            page.write_number(line, at, cell)
        elif cell:
            page.write_string(line, at, cell)

    def _format(self, number_format: str) -> Any:
        if number_format not in self._formats:
            self._formats[number_format] = self._book.add_format({"num_format": number_format})
        return self._formats[number_format]
