"""An empty roster to fill in: drop-downs, an invented sample, and a sheet that explains every column.

Every column is formatted as text, so that Excel keeps `0012` and `2019.10` as they are typed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import xlsxwriter

from apps.cli.roster.columns import COLUMNS
from apps.cli.roster.reading import SAMPLE
from apps.cli.workbooks.files import written_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.worksheet import Worksheet

    from apps.cli.roster.columns import Column

# Rows to which the drop-downs reach; a roster may be longer, without them.
DROP_DOWN_ROWS = 20_000
_SAMPLE = {
    "staff_number": f"{SAMPLE}0001",
    "name": "（虚构样例，导入时跳过）",
    "gender": "女",
    "birth": "1980-05",
    "ethnicity": "汉族",
    "party": "民盟",
    "post_kind": "专任教师",
    "titles": "教授",
    "education": "博士研究生",
    "degree": "博士",
    "studies_abroad": "2008.9-2012.6",
    "post": "副院长",
    "level": "中层副职",
    "post_since": "2019.6",
    "joined": "2012年9月",
    "phone": "13000000000",
    "email": "sample@example.org",
}
_RULES = (
    "表头可以换顺序，可以只留需要的列；工号、姓名两列必须有。",
    "文件里没有的列、空白的单元格，都不会改动已登记的内容；要删除内容，请在系统中办理。",
    "每一行各自导入或退回；退回的行连同原因写在报告里，改正后可单独导入。",
    "日期知道到哪一级就写到哪一级，系统不会补成更精确的日期。",
    "不登记宗教信仰、家庭成员、留学国家和身份证件号码。",
    f"工号以“{SAMPLE}”开头的行是样例，导入时跳过。",
)


def write_template(out: Path, units: Sequence[str]) -> None:
    """Write the workbook, whole or not at all; `units` are the names for 所在单位. `UnwritableReport`."""
    with written_whole(out) as partial, xlsxwriter.Workbook(partial) as book:
        page, help_page, lists = (book.add_worksheet(name) for name in ("花名册", "填写说明", "选项"))
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "text_wrap": True})
        text = book.add_format({"num_format": "@"})
        grey = book.add_format({"num_format": "@", "italic": True, "font_color": "#808080"})
        offered = [_offered(column, units) for column in COLUMNS]
        for at, (column, choices) in enumerate(zip(COLUMNS, offered, strict=True)):
            page.set_column(at, at, column.width, text)
            page.write_string(0, at, column.names[0], bold)
            sample = units[0] if column.field == "units" and units else _SAMPLE.get(column.field, "")
            page.write_string(1, at, sample, grey)
            _add_drop_down(page, lists, at, (column, choices))
        page.freeze_panes(1, 2)
        lists.hide()
        help_page.set_column(0, 0, 14)
        help_page.set_column(1, 2, 70)
        _explain(help_page, bold)


def _offered(column: Column, units: Sequence[str]) -> list[str]:
    if column.field == "units":
        return list(units)
    return column.choices() if column.choices is not None else []


def _add_drop_down(page: Worksheet, lists: Worksheet, at: int, offered: tuple[Column, list[str]]) -> None:
    """A drop-down from the sheet of choices: written out, it could not be longer than 255 characters."""
    column, choices = offered
    if not choices:
        return
    lists.write_column(0, at, choices)
    letter = xlsxwriter.utility.xl_col_to_name(at)
    settings = {
        "validate": "list",
        "source": f"=选项!${letter}$1:${letter}${len(choices)}",
        "input_title": column.names[0],
        "input_message": column.help[:250],
        "show_error": column.strict,
        "error_title": column.names[0],
        "error_message": "请从下拉列表中选择。",
    }
    page.data_validation(1, at, DROP_DOWN_ROWS, at, settings)


def _explain(page: Worksheet, bold: object) -> None:
    for line, rule in enumerate(_RULES):
        page.write_string(line, 0, "说明")
        page.write_string(line, 1, rule)
    start = len(_RULES) + 1
    for at, header in enumerate(("列", "怎样填写", "也认作这一列的表头")):
        page.write_string(start, at, header, bold)
    for line, column in enumerate(COLUMNS, start=start + 1):
        for at, said in enumerate((column.names[0], column.help, "、".join(column.names[1:]))):
            page.write_string(line, at, said)
