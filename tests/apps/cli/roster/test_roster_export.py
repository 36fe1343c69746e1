from __future__ import annotations

import tracemalloc
from datetime import datetime

import openpyxl
import pytest

from apps.cli.roster import read_roster
from apps.cli.roster.export import Heading, Occasion, write_people
from kernel.instants import parse

HEADINGS = (
    Heading("staff_number", "工号"),
    Heading("name", "姓名"),
    Heading("birth", "出生年月", is_day=True),
    Heading("joined", "来校时间", is_day=True),
    Heading("titles", "职称"),
    Heading("phone", "手机"),
)
OCCASION = Occasion("operator&co", parse("2026-03-05T01:02:03Z"), "党派：民盟", "姓名")


def person(number, **changed):
    return {
        "staff_number": f"{number:06d}",
        "name": f"虚构{number}",
        "birth": "1980-05",
        "joined": "2012",
    } | changed


@pytest.fixture
def exported(tmp_path):
    def export(*items):
        count = write_people(tmp_path / "导出.xlsx", HEADINGS, iter(items), OCCASION)
        assert count == len(items)
        return tmp_path / "导出.xlsx"

    return export


def test_people_stand_in_their_order_under_a_line_that_says_who_exported_when(exported):
    path = exported(
        person(2, titles=["教授", "高级工程师"]), person(1, phone="130****0001", birth="1980-05-17")
    )
    page = openpyxl.load_workbook(path)["花名册"]
    mark, header, *rows = list(page.iter_rows())
    assert mark[0].value.startswith("导出人 operator&co　导出时间 2026-03-05 09:02:03")
    assert [cell.value for cell in header] == [heading.title for heading in HEADINGS]
    assert [row[0].value for row in rows] == ["000002", "000001"]
    assert [cell.value for cell in rows[0]][4:] == ["教授、高级工程师", None]
    assert rows[1][5].value == "130****0001"
    assert "导出时间 2026-03-05" in page.oddFooter.left.text


def test_days_are_dates_that_show_as_much_as_is_known(exported, units, today):
    path = exported(person(1, birth="1980-05-17"))
    row = list(openpyxl.load_workbook(path)["花名册"].iter_rows())[2]
    assert (row[2].value, row[2].number_format) == (datetime.fromisoformat("1980-05-17"), "yyyy-mm-dd")
    assert (row[3].value, row[3].number_format) == (datetime.fromisoformat("2012-01-01"), "yyyy")
    # And they are read back as precisely as they were.
    assert read_roster(path, units, today).rows[0]["joined"] == "2012"


NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/c calc'!A1", "＝1+1", "{=1}", "http://example.org", "\t=1"]


def test_no_cell_is_a_formula_or_becomes_one_by_editing(exported):
    path = exported(*(person(n, name=text, titles=[text], birth=text) for n, text in enumerate(NASTY)))
    rows = list(openpyxl.load_workbook(path)["花名册"].iter_rows(min_row=3))
    assert [row[1].value for row in rows] == NASTY
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "d"}
    assert not any(cell.hyperlink for row in rows for cell in row)
    quoted = [row[1].quotePrefix for row in rows]
    assert quoted == [text[0] in "=+-@＝\t" for text in NASTY]


def test_a_sheet_of_words_says_filter_order_and_how_many(exported):
    said = dict(openpyxl.load_workbook(exported(person(1), person(2)))["说明"].values)
    assert (said["人数"], said["筛选"], said["排序"], said["导出人"]) == (
        "2",
        "党派：民盟",
        "姓名",
        "operator&co",
    )


def test_a_name_as_long_as_a_login_may_be_leaves_the_footer_whole(tmp_path):
    long = OCCASION._replace(subject="x" * 300)
    assert write_people(tmp_path / "导出.xlsx", HEADINGS, [], long) == 0


@pytest.mark.slow
def test_twenty_thousand_people_take_no_more_memory_than_two_thousand(tmp_path):
    peaks = []
    for count in (2_000, 20_000):
        tracemalloc.start()
        write_people(tmp_path / "导出.xlsx", HEADINGS, map(person, range(count)), OCCASION)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2**20
