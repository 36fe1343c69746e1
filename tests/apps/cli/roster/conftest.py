"""Rosters written cell by cell; every person in them is invented."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

from apps.cli.roster import Units

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

UNITS = (
    {"id": "party-office", "name": "党委办公室"},
    {"id": "organization", "name": "党委组织部"},
    {"id": "library", "name": "图书馆"},
    {"id": "computing", "name": "计算机与网络工程学院"},
    {"id": "civil", "name": "建筑与测绘工程学院"},
)
GOOD = {
    "工号": "001001",
    "姓名": "甲虚构",
    "性别": "女",
    "出生年月": "1980-05",
    "民族": "汉族",
    "政治面貌": "民盟",
    "第二党派": "",
    "所在单位": "图书馆",
    "岗位类别": "专任教师",
    "职称": "教授",
    "学历": "博士研究生",
    "学位": "博士",
    "留学经历": "否",
    "职务": "",
    "职务级别": "",
    "任职时间": "",
    "来校时间": "2012.9",
    "手机": "13000000001",
    "邮箱": "a@example.org",
    "登录名": "jia",
}


@pytest.fixture
def units() -> Units:
    return Units(UNITS)


@pytest.fixture
def today() -> date:
    return date(2026, 3, 5)


@pytest.fixture
def roster(tmp_path: Path):
    """Write people, each a dict by header over a good one; a cell may be (value, number format).

    Another 工号 is another person, so the login of the good one is not theirs.
    """

    def write(
        *people: dict[str, Any],
        headers: Sequence[str] | None = None,
        above: Sequence[str] = (),
        name="人员.xlsx",
    ) -> Path:
        path = tmp_path / name
        columns = list(GOOD) if headers is None else list(headers)
        with xlsxwriter.Workbook(path) as book:
            page = book.add_worksheet()
            for line, text in enumerate(above):
                page.write_string(line, 0, text)
            page.write_row(len(above), 0, columns)
            for line, person in enumerate(people, start=len(above) + 1):
                other = {"登录名": ""} if "工号" in person else {}
                for at, column in enumerate(columns):
                    _write(book, page, (line, at), {**GOOD, **other, **person}.get(column, ""))
        return path

    return write


def _write(book, page, place, cell):
    value, number_format = cell if isinstance(cell, tuple) else (cell, "yyyy-mm-dd")
    if isinstance(value, date):
        page.write_datetime(*place, value, book.add_format({"num_format": number_format}))
    elif isinstance(value, str):
        page.write_string(*place, value)
    elif isinstance(cell, tuple):
        page.write_number(*place, value, book.add_format({"num_format": number_format}))
    else:
        page.write(*place, value)
