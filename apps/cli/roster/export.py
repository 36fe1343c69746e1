"""People as a workbook, in the order and under the filter in which they were asked for.

What a list shows is what the workbook holds: a value that the reader may see only masked stands in it masked,
and one that may not be seen is not there. No cell is a formula, whatever sign a name begins with, and none
becomes one when somebody edits it. Who exported, when and what for stands above the table, on every printed
page and on a sheet of its own. Rows are written as they come, so that 20,000 need no more memory than one.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import xlsxwriter

from apps.cli.workbooks.files import written_whole
from kernel.instants import SHANGHAI, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# What a spreadsheet reads as a formula or a command when somebody edits the cell, also in full width.
_TRIGGERS = tuple("=+-@＝＋－＠\t\r")
_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_DAY_FORMATS = ("yyyy", "yyyy-mm", "yyyy-mm-dd")
_CELL_LIMIT = 32_767
_FIRST_SERIAL_YEAR = 1901
_FOOTER_LIMIT = 240
_NOTE = "含个人信息，仅限工作使用，不得外传；用后请按规定保存或销毁。"


class Heading(NamedTuple):
    """One column of an export: the key of an item, what stands above it, and its width in characters."""

    key: str
    title: str
    width: int = 14
    is_day: bool = False


class Occasion(NamedTuple):
    """Who exported what: the person's login, the instant (µs UTC), and the filter and order in words."""

    subject: str
    at: int
    filters: str
    order: str

    @property
    def watermark(self) -> str:
        """One line that goes with every copy."""
        clock = to_datetime(self.at).astimezone(SHANGHAI)
        return f"导出人 {self.subject}　导出时间 {clock:%Y-%m-%d %H:%M:%S}　{_NOTE}"


def write_people(
    out: Path, headings: Sequence[Heading], items: Iterable[Mapping[str, Any]], occasion: Occasion
) -> int:
    """Write the items in their order, whole or not at all; how many they were. `UnwritableReport`.

    A value is a text, a number, a list of texts, or nothing; a day becomes a date that shows as much as is
    known of it.
    """
    with written_whole(out) as partial, xlsxwriter.Workbook(partial, {"constant_memory": True}) as book:
        # Rows go to the disk one after the other: the sheet of words comes last, when the count is known.
        page = book.add_worksheet("花名册")
        writer = _Writer(book, page, headings, occasion)
        for item in items:
            writer.write(item)
        writer.finish()
        _explain(book.add_worksheet("说明"), occasion, writer.count)
        return writer.count


class _Writer:
    """Fills the sheet of people."""

    def __init__(
        self, book: xlsxwriter.Workbook, page: Worksheet, headings: Sequence[Heading], occasion: Occasion
    ) -> None:
        self.count = 0
        self._page, self._headings = page, headings
        self._text = book.add_format({"num_format": "@"})
        self._quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        self._days: list[Format] = [book.add_format({"num_format": one}) for one in _DAY_FORMATS]
        for at, heading in enumerate(headings):
            page.set_column(at, at, heading.width)
        page.write_string(0, 0, occasion.watermark, book.add_format({"italic": True, "font_color": "#808080"}))
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        for at, heading in enumerate(headings):
            page.write_string(1, at, heading.title, bold)
        page.freeze_panes(2, 0)
        page.repeat_rows(1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        # An ampersand begins a code of the footer, which may have 255 characters.
        page.set_footer(f"&L&8{occasion.watermark[:_FOOTER_LIMIT].replace('&', '＆')}&R&P / &N")

    def write(self, item: Mapping[str, Any]) -> None:
        self.count += 1
        for at, heading in enumerate(self._headings):
            self._write_cell(self.count + 1, at, item.get(heading.key), is_day=heading.is_day)

    def finish(self) -> None:
        self._page.autofilter(1, 0, self.count + 1, len(self._headings) - 1)

    def _write_cell(self, line: int, at: int, value: Any, *, is_day: bool) -> None:
        if value is None or value in ("", []):
            return
        if isinstance(value, list):
            value = "、".join(str(one) for one in value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            self._page.write_number(line, at, value)
            return
        text = str(value)[:_CELL_LIMIT]
        found = _DAY.fullmatch(text) if is_day else None
        if found is not None and int(found[1]) >= _FIRST_SERIAL_YEAR:
            known = [int(part) for part in found.groups() if part is not None]
            shown = date(*[*known, 1, 1][:3])
            self._page.write_datetime(line, at, shown, self._days[len(known) - 1])
        else:
            self._page.write_string(line, at, text, self._quoted if text.startswith(_TRIGGERS) else self._text)


def _explain(page: Worksheet, occasion: Occasion, count: int) -> None:
    page.set_column(0, 0, 12)
    page.set_column(1, 1, 90)
    clock = to_datetime(occasion.at).astimezone(SHANGHAI)
    said = {
        "导出人": occasion.subject,
        "导出时间": f"{clock:%Y-%m-%d %H:%M:%S}（北京时间）",
        "人数": str(count),
        "筛选": occasion.filters or "无",
        "排序": occasion.order or "无",
        "说明": _NOTE,
        "遮盖": "按导出人的权限，部分内容可能被遮盖或不列出。",
    }
    for line, (name, text) in enumerate(said.items()):
        page.write_string(line, 0, name)
        page.write_string(line, 1, text)
