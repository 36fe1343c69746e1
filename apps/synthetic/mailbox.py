"""A synthetic mailbox in Excel, seeded: good letters in every accepted spelling, and every kind of dirt."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import xlsxwriter

from apps.synthetic.dirt import BODY, DIRT, HEADERS, Cell, Form, Special
from apps.synthetic.letters import LetterDict, letters
from kernel.instants import to_datetime

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DIRT", "HEADERS", "MailboxPlan", "PlannedFault", "letters", "write_mailbox"]

# Dirty rows are made of letters from another seed, so that the good ones stay `letters(seed, good)`.
_DIRTY_SEED = 7_919
_MERGED_WITH = BODY
_FULL_WIDTH = str.maketrans("0123456789: ", "０１２３４５６７８９：　")
_FIELDS = ("ref", "submitter", "title", "received_at", "body", "reply", "replied_at")
_Row = dict[str, Cell]


class PlannedFault(NamedTuple):
    """What an import must say of a dirty row: row as the spreadsheet shows it, header, code; and the kind."""

    row: int
    column: str
    code: str
    kind: str


@dataclass(frozen=True, slots=True)
class MailboxPlan:
    """What was written: the good rows are `letters(seed, good, answered)` in this order."""

    path: Path
    seed: int
    good: int
    faults: tuple[PlannedFault, ...]

    @property
    def rows(self) -> int:
        """Rows below the header."""
        return self.good + len(self.faults)


def write_mailbox(path: Path, *, seed: int, good: int, dirt: int = 0, answered: float = 0.8) -> MailboxPlan:
    """Write an xlsx with `good` letters and `dirt` bad rows among them, the kinds of `DIRT` in turn.

    The same arguments give the same cells. With dirt, there is at least one good letter, above all dirt.
    """
    if dirt and not good:
        raise ValueError("a dirty mailbox needs a good letter first")
    rng = random.Random(seed)
    dirty = set(rng.sample(range(1, good + dirt), dirt))
    sound = letters(seed, good, answered)
    spoilt = letters(seed + _DIRTY_SEED, dirt, answered=1.0)
    kinds = iter(list(DIRT) * (dirt // len(DIRT) + 1))
    faults: list[PlannedFault] = []
    earlier = ""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        page = _Page(book)
        for index in range(good + dirt):
            if index in dirty:
                kind = next(kinds)
                page.write(_spoil(kind, next(spoilt), earlier, rng))
                faults.append(PlannedFault(index + 2, DIRT[kind].column, DIRT[kind].code, kind))
            else:
                letter = next(sound)
                earlier = letter["ref"]
                page.write(_row(letter, rng))
    return MailboxPlan(path, seed, good, tuple(faults))


def _row(letter: LetterDict, rng: random.Random) -> _Row:
    """A letter as an office may have typed it."""
    ref: Cell = letter["ref"]
    if not letter["ref"].startswith("0") and rng.random() < 0.5:  # noqa: PLR2004 - half of them
        ref = int(letter["ref"])
    body = letter["body"]
    if rng.random() < 0.5:  # noqa: PLR2004 - half of them
        body = f"\n\t\t\t\t\t\n\t\t\t\t\t{body}\r\n\t\t\t\t"
    replied_at = letter["replied_at"]
    replied = "" if replied_at is None else _spelling(replied_at, rng)
    received = _spelling(letter["received_at"], rng)
    cells = (ref, letter["submitter"], letter["title"], received, body, letter["reply"] or "", replied)
    return dict(zip(HEADERS, cells, strict=True))


def _spelling(instant: int, rng: random.Random) -> str | datetime:
    """One of the accepted spellings of a time; seconds may only be left out where they are zero."""
    wall = to_datetime(instant).replace(tzinfo=None) + timedelta(hours=8)
    kind = rng.randrange(5)
    if kind == 0:
        return wall
    seconds = f":{wall.second:02d}" if wall.second or rng.random() < 0.5 else ""  # noqa: PLR2004 - half of them
    clock = f"{wall.hour}:{wall.minute:02d}{seconds}"
    if kind == 1:
        return f"{wall.year}-{wall.month:02d}-{wall.day:02d} {clock.zfill(len(seconds) + 5)}"
    if kind == 2:  # noqa: PLR2004 - the kinds are only told apart
        return f"{wall.year}年{wall.month}月{wall.day}日 {clock}"
    text = f"{wall.year}/{wall.month}/{wall.day} {clock}"
    return text if rng.random() < 0.9 else text.translate(_FULL_WIDTH)  # noqa: PLR2004 - one in ten


def _spoil(kind: str, letter: LetterDict, earlier: str, rng: random.Random) -> _Row:
    """A good row with one thing wrong."""
    dirt = DIRT[kind]
    row = _row(letter, rng)
    cell = dirt.cell(letter) if callable(dirt.cell) else dirt.cell
    row[dirt.column] = earlier if isinstance(cell, Special) and cell.form is Form.EARLIER_REF else cell
    row.update(dirt.besides)
    return row


class _Page:
    """The one sheet of the workbook, written from top to bottom."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._page = book.add_worksheet("合成信箱")
        self._stamp = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._formats = {form: book.add_format({"num_format": form.value}) for form in (Form.DATE, Form.TIME)}
        self._line = 0
        for at, header in enumerate(HEADERS):
            self._page.write_string(0, at, header)

    def write(self, row: _Row) -> None:
        self._line += 1
        for at, header in enumerate(HEADERS):
            self._write_cell(at, row[header], row)

    def _write_cell(self, at: int, cell: Cell, row: _Row) -> None:
        page, line = self._page, self._line
        if isinstance(cell, Special):
            self._write_special(at, cell, row)
        elif isinstance(cell, bool):
            page.write_boolean(line, at, cell)
        elif isinstance(cell, int | float):
            page.write_number(line, at, cell)
        elif isinstance(cell, datetime):
            page.write_datetime(line, at, cell, self._stamp)
        elif cell:
            page.write_string(line, at, cell)

    def _write_special(self, at: int, cell: Special, row: _Row) -> None:
        page, line = self._page, self._line
        if cell.form is Form.ERROR:
            page.write_formula(line, at, "=1/0", None, "#DIV/0!")
        elif cell.form is Form.UNCALCULATED:
            page.write_formula(line, at, "=A1", None, "")
        elif cell.form is Form.MERGED:
            page.merge_range(line, at - 1, line, at, row[_MERGED_WITH])
        elif cell.value is not None:
            value = cell.value.time() if cell.form is Form.TIME else cell.value
            page.write_datetime(line, at, value, self._formats[cell.form])
