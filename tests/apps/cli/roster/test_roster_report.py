from __future__ import annotations

from datetime import date

import openpyxl

from apps.cli.roster import read_roster
from apps.cli.roster.columns import LAYOUT
from apps.cli.workbooks.report import write_report
from tests.apps.cli.roster.conftest import GOOD

RED = "FFFF9999"


def rows_of(path):
    return list(openpyxl.load_workbook(path).active.iter_rows())


def red(row):
    return [cell.column - 1 for cell in row if cell.fill.fgColor.rgb == RED]


def test_wrong_rows_come_back_in_the_users_own_columns_with_the_cells_marked_and_the_reason(
    roster, units, today, tmp_path
):
    path = roster(
        {"工号": (1, "000000"), "出生年月": "85.6", "来校时间": (date(2012, 9, 1), 'yyyy"年"m"月"')},
        {"工号": "2"},
        {"工号": "3", "姓名": "=甲", "职称": "教授", "所在单位": "无此院", "备注": "留"},
        headers=[*GOOD, "备注"],
        above=["教职工花名册（虚构）"],
    )
    found = read_roster(path, units, today)
    write_report(path, LAYOUT, found.faults, tmp_path / "退回.xlsx")
    header, first, second = rows_of(tmp_path / "退回.xlsx")
    names = [cell.value for cell in header]
    assert names == [*GOOD, "备注", "原行号", "错误说明"]
    assert [[names[i] for i in red(row)] for row in (first, second)] == [["出生年月"], ["所在单位"]]
    assert [row[names.index("原行号")].value for row in (first, second)] == [3, 5]
    assert first[-1].value == "出生年月：日期无法识别，请写成 2019.6、2019-06 或 2019-06-01 的样式。"
    assert second[names.index("备注")].value == "留"
    assert second[1].data_type == "s"
    # What a format shows is still what the cell says.
    again = read_roster(tmp_path / "退回.xlsx", units, today)
    assert [(fault.column, fault.code) for fault in again.faults] == [
        (fault.column, fault.code) for fault in found.faults
    ]
    assert (first[0].value, first[0].number_format) == (1, "000000")
    assert first[names.index("来校时间")].number_format == 'yyyy"年"m"月"'


def test_a_corrected_report_can_be_imported_alone(roster, units, today, tmp_path):
    path = roster({"性别": "？"}, {"工号": "2"}, {"工号": "3", "民族": "无此族"})
    write_report(path, LAYOUT, read_roster(path, units, today).faults, tmp_path / "退回.xlsx")
    book = openpyxl.load_workbook(tmp_path / "退回.xlsx")
    book.active["C2"] = "男"
    book.save(tmp_path / "改正.xlsx")
    found = read_roster(tmp_path / "改正.xlsx", units, today)
    assert [row["staff_number"] for row in found.rows] == ["001001"]
    assert [tuple(fault) for fault in found.faults] == [(3, "民族", "unknown_ethnicity")]
    assert found.ignored == ("原行号", "错误说明")
