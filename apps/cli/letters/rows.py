"""One row of a mailbox: a letter, or the reasons why it is not one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from apps.cli.letters.columns import FIELDS
from apps.cli.letters.times import instant_of
from apps.cli.workbooks.cells import CellFault, ref_of, text_of
from apps.cli.workbooks.faults import RowFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from apps.cli.workbooks.layout import Columns
    from apps.cli.workbooks.marks import Marks

TITLE_LIMIT = 200
TEXT_LIMIT = 10_000
SUBMITTER_LIMIT = 200


class Letter(NamedTuple):
    """A letter as the mailbox has it; `row` is the sheet's row number, instants are µs UTC."""

    row: int
    ref: str
    submitter: str | None
    title: str
    body: str
    received_at: int
    reply: str | None
    replied_at: int | None


_READERS: Mapping[str, Callable[[object], str | int | None]] = {
    "ref": ref_of,
    "submitter": text_of,
    "title": text_of,
    "received_at": instant_of,
    "body": text_of,
    "reply": text_of,
    "replied_at": instant_of,
}
_REQUIRED = {
    "ref": "missing_number",
    "title": "empty_title",
    "received_at": "no_received_time",
    "body": "empty_body",
}
_LIMITS = {
    "submitter": (SUBMITTER_LIMIT, "submitter_too_long"),
    "title": (TITLE_LIMIT, "title_too_long"),
    "body": (TEXT_LIMIT, "body_too_long"),
    "reply": (TEXT_LIMIT, "reply_too_long"),
}


class RowReader:
    """Reads the rows below one header."""

    def __init__(self, columns: Columns, marks: Marks, now: int) -> None:
        """Take the header, what is known of single cells, and the instant after which nothing can have been."""
        self._columns = columns
        self._marks = marks
        self._now = now
        self._plan = [(_READERS[field], columns.position[field]) for field in FIELDS]

    def is_blank(self, row: int, cells: Sequence[object]) -> bool:
        """Whether nothing stands in any column of a letter: such a row is neither a letter nor a fault."""
        if row in self._marks.rows:
            return False
        return all(isinstance(cells[i], str) and not str(cells[i]).strip() for _, i in self._plan)

    def read(self, row: int, cells: Sequence[object]) -> Letter | list[RowFault]:
        """The letter, or every fault of the row in the order of a letter's parts."""
        faults: dict[str, str] = {}
        values: list[Any]
        if row in self._marks.rows:
            values = self._read_each(row, cells, faults)
        else:
            try:
                values = [read(cells[i]) for read, i in self._plan]
            except CellFault:
                values = self._read_each(row, cells, faults)
        if faults or not self._sound(values):
            named = dict(zip(FIELDS, values, strict=True))
            self._judge_cells(named, faults)
            if "reply" not in faults and "replied_at" not in faults:
                _judge_answer(named, faults)
            return [RowFault(row, self._columns.header(f), faults[f]) for f in FIELDS if f in faults]
        ref, submitter, title, received_at, body, reply, replied_at = values
        return Letter(row, ref, submitter or None, title, body, received_at, reply or None, replied_at)

    def _sound(self, values: list[Any]) -> bool:
        """Whether there is nothing to judge: nearly every row, and much faster than asking what is wrong."""
        ref, submitter, title, received_at, body, reply, replied_at = values
        if received_at is None or not (ref and title and body):
            return False
        if reply:
            timely = replied_at is not None and received_at <= replied_at <= self._now
        else:
            timely = replied_at is None and received_at <= self._now
        short = len(title) <= TITLE_LIMIT and len(submitter) <= SUBMITTER_LIMIT
        return bool(timely and short and len(body) <= TEXT_LIMIT and len(reply) <= TEXT_LIMIT)

    def _read_each(self, row: int, cells: Sequence[object], faults: dict[str, str]) -> list[Any]:
        """The same cell by cell, so that a row says all that is wrong with it at once."""
        values: list[Any] = []
        for field, (read, i) in zip(FIELDS, self._plan, strict=True):
            value: str | int | None = None
            if code := self._marks.faults.get((row, i)):
                faults[field] = code
                values.append(None)
                continue
            try:
                midnight = read is instant_of and (row, i) in self._marks.formats
                value = instant_of(cells[i], shows_time=True) if midnight else read(cells[i])
            except CellFault as fault:
                faults[field] = fault.code
            values.append(value)
        return values

    def _judge_cells(self, named: dict[str, Any], faults: dict[str, str]) -> None:
        """Add what is wrong with values that could be read; a cell that could not says nothing further."""
        for field, code in _REQUIRED.items():
            if not named[field]:
                faults.setdefault(field, code)
        for field, (limit, code) in _LIMITS.items():
            if named[field] and len(named[field]) > limit:
                faults.setdefault(field, code)
        for field in ("received_at", "replied_at"):
            if (named[field] or 0) > self._now:
                faults.setdefault(field, "in_the_future")


def _judge_answer(named: dict[str, Any], faults: dict[str, str]) -> None:
    """Add what is wrong between a letter, its answer and the time of it; the cell to be mended is named."""
    received_at, reply, replied_at = named["received_at"], named["reply"], named["replied_at"]
    if reply and replied_at is None:
        faults["replied_at"] = "answer_without_time"
    elif replied_at is not None and not reply:
        faults["reply"] = "time_without_answer"
    elif replied_at is not None and received_at is not None and replied_at < received_at:
        faults["replied_at"] = "reply_before_letter"
