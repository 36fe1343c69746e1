from __future__ import annotations

from datetime import date, datetime

import openpyxl
import pytest
import xlsxwriter

from apps.cli.letters import read_mailbox
from apps.cli.letters.columns import LAYOUT
from apps.cli.workbooks.faults import RowFault
from apps.cli.workbooks.refusals import UnwritableReport
from apps.cli.workbooks.report import write_report
from apps.synthetic.mailbox import DIRT, HEADERS, letters, write_mailbox

RED = "FFFF9999"


def cells(path):
    return list(openpyxl.load_workbook(path).active.iter_rows())


def red(row):
    return [cell.column - 1 for cell in row if cell.fill.fgColor.rgb == RED]


def test_the_refused_rows_come_back_with_their_row_number_the_cell_marked_and_the_sentence(tmp_path, now):
    # Given
    plan = write_mailbox(tmp_path / "信箱.xlsx", seed=3, good=20, dirt=len(DIRT))
    faults = read_mailbox(plan.path, now).faults
    # When
    write_report(plan.path, LAYOUT, faults, tmp_path / "报告.xlsx")
    # Then
    header, *rows = cells(tmp_path / "报告.xlsx")
    assert [cell.value for cell in header] == [*HEADERS, "原行号", "错误说明"]
    assert [row[7].value for row in rows] == [fault.row for fault in plan.faults]
    for row, planned, fault in zip(rows, plan.faults, faults, strict=True):
        assert red(row) == [HEADERS.index(planned.column)], planned.kind
        assert row[8].value == f"{fault.column}：{fault.message}"


def test_no_cell_of_a_report_is_a_formula_or_a_link(workbook, good, now, tmp_path):
    nasty = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/c calc'!A1", "http://example.org", "{=1}"]
    rows = [good(留言编号=text, 留言主题=text, 留言详情=text, 留言时间=text) for text in nasty]
    path = workbook(*([*row, text] for row, text in zip(rows, nasty, strict=True)), header=[*HEADERS, "=备注"])
    write_report(path, LAYOUT, read_mailbox(path, now).faults, tmp_path / "报告.xlsx")
    header, *found = cells(tmp_path / "报告.xlsx")
    assert header[7].value == "=备注"
    assert [[row[i].value for i in (0, 2, 3, 4, 7)] for row in found] == [[text] * 5 for text in nasty]
    assert {cell.data_type for row in [header, *found] for cell in row} <= {"s", "n"}
    assert not any(cell.hyperlink for row in found for cell in row)


def test_cells_keep_what_the_user_saw(workbook, good, now, tmp_path):
    midnight = datetime.fromisoformat("2019-01-08")
    path = workbook(
        good(留言编号=190337, 留言主题=date(2019, 3, 1), 留言时间=midnight, 留言详情=True),
        good(留言主题="", 留言详情="甲\x02乙", 答复意见="一\t二\n三"),
    )
    write_report(path, LAYOUT, read_mailbox(path, now).faults, tmp_path / "报告.xlsx")
    _, first, second = cells(tmp_path / "报告.xlsx")
    assert [cell.value for cell in first[:5]] == [
        190337,
        "合成用户0001",
        datetime.fromisoformat("2019-03-01"),
        midnight,
        True,
    ]
    assert (first[2].number_format, first[3].number_format) == ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss")
    assert second[5].value == "一\t二\n三"
    assert red(first) == [2, 4]
    assert "留言主题：" in first[8].value
    assert "留言详情：" in first[8].value


def test_a_corrected_report_can_be_imported_and_reported_again(workbook, good, now, tmp_path):
    path = workbook(good(), good(留言编号="1002", 留言时间="2019/1/8"), good(留言编号="1003", 留言主题=""))
    write_report(path, LAYOUT, read_mailbox(path, now).faults, tmp_path / "报告.xlsx")
    # Given one of two rows corrected
    book = openpyxl.load_workbook(tmp_path / "报告.xlsx")
    book.active["D2"] = "2019/1/8 9:05"
    book.save(tmp_path / "改正.xlsx")
    # When
    mailbox = read_mailbox(tmp_path / "改正.xlsx", now)
    write_report(tmp_path / "改正.xlsx", LAYOUT, mailbox.faults, tmp_path / "再报.xlsx")
    # Then
    assert [letter.ref for letter in mailbox.rows] == ["1002"]
    assert mailbox.ignored == ("原行号", "错误说明")
    header, row = cells(tmp_path / "再报.xlsx")
    assert [cell.value for cell in header] == [*HEADERS, "原行号", "错误说明"]
    assert (row[0].value, row[7].value) == ("1003", 3)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_an_untouched_report_is_refused_again_row_by_row_with_the_same_column_and_code(tmp_path, now, seed):
    plan = write_mailbox(tmp_path / "信箱.xlsx", seed=seed, good=30, dirt=2 * len(DIRT))
    faults = read_mailbox(plan.path, now).faults
    write_report(plan.path, LAYOUT, faults, tmp_path / "报告.xlsx")
    again = read_mailbox(tmp_path / "报告.xlsx", now)
    # A number that came twice comes once in a report, and is the service's to refuse.
    line_of = {row: line for line, row in enumerate(dict.fromkeys(fault.row for fault in faults), start=2)}
    told = [fault._replace(row=line_of[fault.row]) for fault in faults if fault.code != "number_repeated"]
    assert [fault for fault in again.faults if fault.code != "number_repeated"] == told
    repeated = {line_of[fault.row] for fault in faults if fault.code == "number_repeated"}
    assert {letter.row for letter in again.rows} <= repeated


def test_a_cell_whose_content_is_lost_comes_back_as_its_error_or_the_reason(tmp_path, now, good):
    path = tmp_path / "信箱.xlsx"
    errors = ["#DIV/0!", "#REF!", "#N/A", "#NAME?", "#VALUE!", "#NUM!", "#SPILL!"]
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADERS)
        for line, error in enumerate(errors, start=1):
            page.write_row(line, 0, good(留言编号=str(line)))
            page.write_formula(line, line - 1, "=1/0", None, error)
        page.write_row(8, 0, good(留言编号="8", 答复意见="", 答复时间=""))
        page.write_formula(8, 6, "=A1", None, "")
        page.write_row(9, 0, good(留言编号="9"))
        page.merge_range(9, 0, 9, 1, "9")
    faults = read_mailbox(path, now).faults
    write_report(path, LAYOUT, faults, tmp_path / "报告.xlsx")
    _, *rows = cells(tmp_path / "报告.xlsx")
    shown = [[(cell.value, cell.data_type) for cell in row if cell.column - 1 in red(row)] for row in rows]
    assert shown == [[(text, "s")] for text in [*errors, "#未计算!", "#已合并!"]]
    again = read_mailbox(tmp_path / "报告.xlsx", now)
    assert (again.rows, again.faults) == ([], faults)


def test_without_faults_the_report_is_a_header_and_replaces_an_older_one(workbook, good, tmp_path):
    path = workbook(good())
    (tmp_path / "报告.xlsx").write_bytes(b"old")
    write_report(path, LAYOUT, [], tmp_path / "报告.xlsx")
    assert len(cells(tmp_path / "报告.xlsx")) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["信箱.xlsx", "报告.xlsx"]


def test_a_text_longer_than_a_cell_comes_back_cut(tmp_path, good, now):
    from xlsxwriter.worksheet import Worksheet

    limit = 32_767
    assert Worksheet().xls_strmax == limit
    book = openpyxl.Workbook()
    book.active.append(list(HEADERS))
    book.active.append(good())
    # openpyxl cuts a text by itself, so the long one is put in below it.
    book.active["E2"]._value = "长" * (limit + 1)
    book.save(tmp_path / "信箱.xlsx")
    faults = read_mailbox(tmp_path / "信箱.xlsx", now).faults
    assert [fault.code for fault in faults] == ["body_too_long"]
    write_report(tmp_path / "信箱.xlsx", LAYOUT, faults, tmp_path / "报告.xlsx")
    assert cells(tmp_path / "报告.xlsx")[1][4].value == "长" * limit


def test_a_report_never_overwrites_its_mailbox_and_needs_a_folder(workbook, good, tmp_path):
    path = workbook(good())
    before = path.read_bytes()
    (tmp_path / "链接.xlsx").symlink_to(path)
    for out in (path, tmp_path / "链接.xlsx", tmp_path / "无" / "报告.xlsx", tmp_path):
        with pytest.raises(UnwritableReport):
            write_report(path, LAYOUT, [RowFault(2, "留言主题", "empty_title")], out)
    assert path.read_bytes() == before


def test_a_fault_that_the_service_named_has_a_sentence(now):
    assert RowFault(2, "留言编号", "import_conflict").message == "此编号以前已导入，而内容不同。"
    assert RowFault(2, "留言主题", "too_long").message == "超过长度上限。"
    assert RowFault(2, "留言主题", "never_heard_of").message == "服务未接受这一行。"
    assert next(letters(1, 1))["ref"]
