from __future__ import annotations

import re
import resource
import time
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt

import apps.cli.roster
from apps.cli.roster import read_roster
from apps.cli.roster.columns import BY_FIELD
from apps.cli.workbooks.refusals import AmbiguousWorkbook, MissingColumns
from kernel.refusals import messages
from tests.apps.cli.roster.conftest import GOOD


@pytest.fixture
def read(units, today):
    def reading(path):
        return read_roster(path, units, today)

    return reading


def faults_of(found):
    return [tuple(fault) for fault in found.faults]


def test_a_row_says_of_a_person_what_its_cells_say_and_no_more(roster, read):
    (found,) = read(roster({})).rows
    assert found == {
        "row": 2,
        "name": "甲虚构",
        "staff_number": "001001",
        "subject": "jia",
        "gender": "2",
        "birth": "1980-05",
        "ethnicity": "01",
        "phone": "13000000001",
        "email": "a@example.org",
        "post_kind": "teacher",
        "joined": "2012-09",
        "units": [{"unit": "library"}],
        "memberships": [{"party": "05"}],
        "titles": [{"code": "011", "name": "教授", "rank": "senior"}],
        "education": [{"level": "11", "degree": "doctor"}],
        "studies_abroad": [],
    }


def test_a_leader_holds_the_post_in_the_unit_of_the_row_and_two_parties_are_both_there(roster, read):
    leader = {"工号": "2", "第二党派": "中共党员", "职务": "馆长", "职务级别": "中层正职", "任职时间": "2019.6"}
    (found,) = read(roster(leader)).rows
    assert found["memberships"] == [{"party": "05"}, {"party": "01"}]
    assert found["tenures"] == [
        {
            "kind": "leadership",
            "post": "馆长",
            "level": "middle",
            "role": "head",
            "unit": "library",
            "since": "2019-06",
        }
    ]


def test_a_column_that_is_not_there_and_an_empty_cell_say_nothing(roster, read):
    assert read(roster({}, headers=["姓名", "工号", "手机"])).rows == [
        {"row": 2, "name": "甲虚构", "staff_number": "001001", "phone": "13000000001"}
    ]
    blank = dict.fromkeys(GOOD, "") | {"工号": "1", "姓名": "乙虚构"}
    assert read(roster(blank)).rows == [{"row": 2, "name": "乙虚构", "staff_number": "1"}]


def test_headers_stand_anywhere_in_the_first_rows_in_any_order_under_any_known_name(tmp_path, read):
    with xlsxwriter.Workbook(tmp_path / "人员.xlsx") as book:
        page = book.add_worksheet()
        page.write_string(0, 0, "教职工花名册（虚构）")
        page.write_row(3, 2, ["序号", "E-mail", "姓 名*", "部门", "教工号：", "备注"])
        page.write_row(4, 2, [1, "a@example.org", "甲虚构", "图书馆", "0007", "—"])
    found = read(tmp_path / "人员.xlsx")
    assert found.rows == [
        {
            "row": 5,
            "name": "甲虚构",
            "staff_number": "0007",
            "email": "a@example.org",
            "units": [{"unit": "library"}],
        }
    ]
    assert found.ignored == ("序号", "备注")
    assert found.headers["staff_number"] == "教工号："


def test_a_sheet_without_staff_numbers_is_no_roster_and_two_such_columns_are_one_too_many(roster, read):
    with pytest.raises(MissingColumns) as lacking:
        read(roster({}, headers=["姓名", "性别", "民族"]))
    assert lacking.value.details == {"columns": ["工号"]}
    with pytest.raises(AmbiguousWorkbook):
        read(roster({}, headers=["工号", "职工号", "姓名"]))


def test_a_staff_number_that_comes_twice_refuses_all_its_rows_and_names_are_never_compared(roster, read):
    found = read(
        roster(
            {}, {"工号": "7", "姓名": "乙虚构"}, {"工号": "８"}, {"工号": "8", "性别": "？"}, {"工号": "007"}
        )
    )
    assert [row["staff_number"] for row in found.rows] == ["001001", "7", "007"]
    assert faults_of(found) == [
        (4, "工号", "staff_number_repeated"),
        (5, "性别", "unknown_gender"),
        (5, "工号", "staff_number_repeated"),
    ]
    assert found.total == 5


def test_a_login_that_comes_twice_refuses_all_its_rows(roster, read):
    found = read(roster({}, {"工号": "7", "登录名": "yi"}, {"工号": "8", "登录名": "yi"}, {"工号": "9"}))
    assert [row["staff_number"] for row in found.rows] == ["001001", "9"]
    assert faults_of(found) == [(3, "登录名", "login_repeated"), (4, "登录名", "login_repeated")]
    same = {"工号": "7", "登录名": "yi"}
    assert {fault.code for fault in read(roster(same, same)).faults} == {"staff_number_repeated"}


def test_a_row_says_all_that_is_wrong_with_it_but_nothing_twice(roster, read):
    wrong = {
        "工号": "",
        "姓名": True,
        "出生年月": "2027.1",
        "所在单位": "无此院",
        "职务": "馆长",
        "留学经历": "2030-",
    }
    assert faults_of(read(roster(wrong))) == [
        (2, "工号", "staff_number_missing"),
        (2, "姓名", "boolean_cell"),
        (2, "出生年月", "in_the_future"),
        (2, "所在单位", "unit_not_found"),
        (2, "留学经历", "in_the_future"),
        (2, "职务", "post_without_level"),
    ]


BETWEEN_CELLS = [
    ({"政治面貌": "群众", "第二党派": "民盟"}, "第二党派", "parties_contradict"),
    ({"政治面貌": "无党派人士、民盟"}, "政治面貌", "parties_contradict"),
    ({"政治面貌": "", "第二党派": "民盟"}, "第二党派", "second_party_alone"),
    ({"职务级别": "中层"}, "职务级别", "level_without_post"),
    ({"任职时间": "2019"}, "任职时间", "date_without_post"),
    ({"职务": "馆长", "职务级别": "中层", "所在单位": ""}, "职务", "post_without_unit"),
]


@pytest.mark.parametrize(("changed", "column", "code"), BETWEEN_CELLS)
def test_cells_that_do_not_go_together_refuse_their_row(roster, read, changed, column, code):
    assert faults_of(read(roster(changed))) == [(2, column, code)]


def test_a_day_is_today_at_the_latest(roster, read):
    found = read(
        roster(
            {"来校时间": "2026-03-05"},
            {"工号": "2", "来校时间": "2026-03-06"},
            {"工号": "3", "来校时间": "2026"},
        )
    )
    assert [row["row"] for row in found.rows] == [2, 4]
    assert faults_of(found) == [(3, "来校时间", "in_the_future")]


def test_what_a_format_shows_is_read_and_what_it_hides_is_not(roster, read):
    first = date(2012, 9, 1)
    cells = {
        "2012-09-01": (first, "yyyy/m/d"),
        "2012-09": (first, '[$-804]yyyy"年"m"月";@'),
        "2012": (first, "yyyy"),
    }
    people = [{"工号": (n, "000000"), "来校时间": cell} for n, cell in enumerate(cells.values(), start=1)]
    found = read(roster(*people, {"工号": "9", "来校时间": (first, 'm"月"d"日"')}))
    assert [row["joined"] for row in found.rows] == list(cells)
    assert [row["staff_number"] for row in found.rows] == ["000001", "000002", "000003"]
    assert faults_of(found) == [(5, "来校时间", "date_without_year")]


def test_a_formula_refuses_its_row_whether_it_was_calculated_or_not(tmp_path, read):
    with xlsxwriter.Workbook(tmp_path / "人员.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["序号", "工号", "姓名"])
        for line in (1, 2, 3, 4):
            page.write_row(line, 1, [str(line), "甲虚构"])
            page.write_formula(line, 0, "=ROW()-1", None, line)
        page.write_formula(1, 2, '="甲" & "乙"', None, "甲乙")
        page.write_formula(2, 1, "=B1", None, "")
        page.write_formula(3, 2, "=1/0", None, "#DIV/0!")
    found = read(tmp_path / "人员.xlsx")
    assert faults_of(found) == [
        (2, "姓名", "formula_cell"),
        (3, "工号", "formula_without_value"),
        (4, "姓名", "error_cell"),
    ]
    assert [row["row"] for row in found.rows] == [5]


def test_a_formula_that_was_never_calculated_and_a_merged_cell_refuse_their_rows(tmp_path, read):
    book = openpyxl.Workbook()
    for row in (
        ["工号", "姓名", "所在单位"],
        ["1", '="甲"', "图书馆"],
        ["2", "乙", "图书馆"],
        ["3", "丙", None],
    ):
        book.active.append(row)
    book.active.merge_cells("C3:C4")
    book.save(tmp_path / "人员.xlsx")
    assert faults_of(read(tmp_path / "人员.xlsx")) == [
        (2, "姓名", "formula_without_value"),
        (4, "所在单位", "merged_cell"),
    ]


def test_the_sample_of_the_template_and_blank_rows_are_nobody(roster, read):
    found = read(roster({"工号": "示例0001"}, dict.fromkeys(GOOD, " "), {"工号": "2"}))
    assert ([row["row"] for row in found.rows], found.total, found.samples) == ([4], 1, 1)


def test_an_old_workbook_is_read_and_the_first_of_a_month_counts_as_the_month(tmp_path, read):
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("人员")
    style = xlwt.XFStyle()
    style.num_format_str = "yyyy-mm-dd"
    for at, header in enumerate(["工号", "姓名", "出生年月", "来校时间"]):
        page.write(0, at, header)
    for line, (number, born, joined) in enumerate(
        [("0001", date(1980, 5, 1), "2012.9"), (2, datetime.fromisoformat("1980-05-17"), 201209)], start=1
    ):
        page.write(line, 0, number)
        page.write(line, 1, "甲虚构")
        page.write(line, 2, born, style)
        page.write(line, 3, joined)
    book.save(str(tmp_path / "人员.xls"))
    found = read(tmp_path / "人员.xls")
    assert [(row["staff_number"], row["birth"], row["joined"]) for row in found.rows] == [
        ("0001", "1980-05", "2012-09"),
        ("2", "1980-05-17", "2012-09"),
    ]
    assert not found.exact


def test_every_code_of_a_roster_has_its_sentence():
    texts = [path.read_text(encoding="utf-8") for path in Path(apps.cli.roster.__file__).parent.glob("*.py")]
    kinds = r"(?:unknown|unreadable|unclear|unit|staff_number|name|post|level|date|parties|second)_[a-z_]+"
    codes = {
        code
        for text in texts
        for code in re.findall(rf'CellFault\("([a-z_]+)"|"({kinds})"', text)
        for code in code
    }
    codes -= {"", *BY_FIELD}
    assert len(codes) > 30
    assert codes <= set(messages()["rows"]) | set(messages()["fields"])


@pytest.mark.slow
def test_twenty_thousand_people_are_read_in_seconds_and_bounded_memory(tmp_path, roster, read):
    people = [
        {"工号": f"{n:06d}", "姓名": f"虚构{n}", "手机": f"130{n:08d}", "登录名": f"u{n}"}
        for n in range(20_000)
    ]
    path = roster(*people)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    found = read(path)
    assert time.process_time() - began < 10
    assert (len(found.rows), found.faults) == (20_000, [])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
