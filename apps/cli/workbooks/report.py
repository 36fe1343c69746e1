"""The refused rows as a workbook that can be corrected and imported again.

It holds the refused rows only, under the sheet's own header with all its columns, so that a person finds in it
nothing but work, and what is corrected can be imported without the rest. The faulty cells are red; at the
right stand the row number in the original (原行号) and the sentences (错误说明), which the import ignores.
Every text is written as text: no cell becomes a formula, whatever sign it begins with. A cell whose content is
lost holds the reason in words that the import refuses, so that a row is not imported without it by mistake.
A calculated formula comes back as the value that it had, for a person to look at.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlsxwriter

from apps.cli.workbooks.cells import LOST
from apps.cli.workbooks.files import check_writable, written_whole
from apps.cli.workbooks.refusals import UnwritableReport
from apps.cli.workbooks.sheet import Sheet, open_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from apps.cli.workbooks.faults import RowFault
    from apps.cli.workbooks.layout import Layout
    from apps.cli.workbooks.marks import Place

ROW_HEADER, FAULT_HEADER = "原行号", "错误说明"
# An xlsx cell holds no more; a longer text comes back cut, in a row that says that it is too long.
_CELL_LIMIT = 32_767
_RED = "#FF9999"
_PLAIN, _DATE, _DATE_TIME, _TIME = "General", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm:ss"
_WIDTHS = (16, 60)


def check_report(source: Path, out: Path) -> None:
    """Refuse, before anything is sent, a report that could not be written or would overwrite its source."""
    check_writable(out)
    if out.exists() and source.exists() and out.samefile(source):
        raise UnwritableReport


def write_report(source: Path, layout: Layout, faults: Sequence[RowFault], out: Path) -> None:
    """Write the refused rows of `source` to `out`, all at once; without faults the header stands alone.

    `UnwritableReport`, and what `open_sheet` refuses.
    """
    check_report(source, out)
    sheet = open_sheet(source, layout)
    of_row: dict[int, list[RowFault]] = {}
    for fault in faults:
        of_row.setdefault(fault.row, []).append(fault)
    with written_whole(out) as partial, xlsxwriter.Workbook(partial, {"constant_memory": True}) as book:
        _Writer(book, sheet).write(of_row)


class _Writer:
    """Fills the one sheet of a report."""

    def __init__(self, book: xlsxwriter.Workbook, sheet: Sheet) -> None:
        self._sheet = sheet
        headers = sheet.columns.headers
        self._kept = [i for i, text in enumerate(headers) if text not in (ROW_HEADER, FAULT_HEADER)]
        self._page: Worksheet = book.add_worksheet("退回的行")
        self._bold: Format = book.add_format({"bold": True})
        self._book = book
        self._formats: dict[tuple[str, bool], Format] = {}
        self._page.freeze_panes(1, 0)
        self._page.set_column(0, len(self._kept), _WIDTHS[0])
        self._page.set_column(len(self._kept) + 1, len(self._kept) + 1, _WIDTHS[1])

    def write(self, of_row: dict[int, list[RowFault]]) -> None:
        headers = [self._sheet.columns.headers[i] for i in self._kept]
        for at, text in enumerate([*headers, ROW_HEADER, FAULT_HEADER]):
            self._page.write_string(0, at, text, self._bold)
        for line, row in enumerate(sorted(of_row), start=1):
            self._write_row(line, row, of_row[row])

    def _write_row(self, line: int, row: int, faults: list[RowFault]) -> None:
        marked = {fault.column for fault in faults}
        used = set(self._sheet.columns.position.values())
        cells = self._sheet.rows[row - 1]
        for at, i in enumerate(self._kept):
            red = i in used and self._sheet.columns.headers[i] in marked
            number_format = self._sheet.marks.formats.get((row, i))
            self._write_cell((line, at), self._given_back((row, i), cells[i]), number_format, red=red)
        self._page.write_number(line, len(self._kept), row)
        said = "；".join(f"{fault.column}：{fault.message}" for fault in faults)
        self._page.write_string(line, len(self._kept) + 1, said)

    def _given_back(self, place: Place, cell: Any) -> Any:
        """What a cell says, or why it says nothing; never the nothing that its reader made of it."""
        marks = self._sheet.marks
        code = marks.faults.get(place)
        return cell if code not in LOST else marks.errors.get(place, LOST[code])

    def _write_cell(self, place: Place, value: Any, number_format: str | None, *, red: bool) -> None:
        page, (line, at) = self._page, place
        plain = self._format(number_format or _PLAIN, red=red)
        if isinstance(value, bool):
            page.write_boolean(line, at, value, plain)
        elif isinstance(value, int | float):
            page.write_number(line, at, value, plain)
        elif isinstance(value, date | time | timedelta):
            kind = _DATE_TIME if isinstance(value, datetime) else _DATE if isinstance(value, date) else _TIME
            page.write_datetime(line, at, value, self._format(number_format or kind, red=red))
        elif value == "":
            page.write_blank(line, at, None, plain)
        else:
            page.write_string(line, at, value[:_CELL_LIMIT], plain)

    def _format(self, number_format: str, *, red: bool) -> Format:
        if (number_format, red) not in self._formats:
            shown = {"num_format": number_format, **({"bg_color": _RED} if red else {})}
            self._formats[number_format, red] = self._book.add_format(shown)
        return self._formats[number_format, red]
