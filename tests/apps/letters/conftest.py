"""Workbooks written cell by cell, for letters at the edge."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from kernel.instants import parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADER = ("留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "答复意见", "答复时间")
GOOD = ("1001", "合成用户0001", "图书馆座位", "2019/1/8 9:05:07", "座位不够。", "已增加。", "2019-01-09 10:00")
FORMATS = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy/m/d", time: "hh:mm", timedelta: "[h]:mm"}


@pytest.fixture
def now() -> int:
    return parse("2026-03-05T01:02:03Z")


@pytest.fixture
def good():
    """A good row, with parts of it replaced by header."""

    def build(**changed):
        return [changed.get(name, cell) for name, cell in zip(HEADER, GOOD, strict=True)]

    return build


@pytest.fixture
def workbook(tmp_path: Path):
    """Write rows below a header (or instead of it) and answer where."""

    def write(
        *rows: Sequence[object], header: Sequence[object] | None = HEADER, name: str = "信箱.xlsx"
    ) -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(path) as book:
            page = book.add_worksheet()
            formats = {kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
            for line, row in enumerate([*([header] if header else []), *rows]):
                for at, cell in enumerate(row):
                    if type(cell) in formats:
                        page.write_datetime(line, at, cell, formats[type(cell)])
                    elif isinstance(cell, str):
                        page.write_string(line, at, cell)
                    elif cell is not None:
                        page.write(line, at, cell)
        return path

    return write
