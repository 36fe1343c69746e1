from __future__ import annotations

import openpyxl
import pytest

from apps.cli.roster import read_roster
from apps.cli.roster.columns import COLUMNS
from apps.cli.roster.template import write_template
from apps.cli.workbooks.refusals import UnwritableReport
from tests.apps.cli.roster.conftest import GOOD


@pytest.fixture
def template(units, tmp_path):
    write_template(tmp_path / "模板.xlsx", units.names)
    return tmp_path / "模板.xlsx"


def offered(book):
    """The choices of each column that has a drop-down, followed to where they stand."""
    page = book["花名册"]
    found = {}
    for validation in page.data_validations.dataValidation:
        sheet, _, cells = validation.formula1.partition("!")
        assert sheet == "选项"
        column = next(iter(validation.sqref.ranges)).min_col
        found[page.cell(1, column).value] = [cell.value for (cell,) in book[sheet][cells.replace("$", "")]]
    return found


def test_a_template_has_every_column_and_the_drop_downs_of_code_tables_and_units(template, units):
    book = openpyxl.load_workbook(template)
    assert [cell.value for cell in book["花名册"][1]] == list(GOOD)
    assert book["选项"].sheet_state == "hidden"
    found = offered(book)
    assert found["所在单位"] == units.names
    assert found["性别"] == ["男", "女"]
    assert found["民族"][:2] == ["汉族", "蒙古族"]
    assert "九三学社" in found["政治面貌"]
    assert found["职务级别"] == ["校级", "中层"]
    assert {"职称", "学历", "学位", "岗位类别", "第二党派", "留学经历"} <= set(found)


def test_every_cell_to_fill_in_is_a_text_so_that_zeros_stay(template):
    page = openpyxl.load_workbook(template)["花名册"]
    assert {page.column_dimensions[cell.column_letter].width > 0 for cell in page[1]} == {True}
    assert {cell.number_format for cell in page[2]} == {"@"}


def test_help_names_every_column_with_its_other_headers(template):
    page = openpyxl.load_workbook(template)["填写说明"]
    said = {row[0]: row for row in page.values}
    for column in COLUMNS:
        assert said[column.names[0]][1] == column.help
        assert (said[column.names[0]][2] or "") == "、".join(column.names[1:])


def test_a_template_as_it_is_brings_nobody_and_its_sample_is_a_good_row(template, units, today):
    found = read_roster(template, units, today)
    assert (found.rows, found.faults, found.samples) == ([], [], 1)
    book = openpyxl.load_workbook(template)
    assert "虚构" in book["花名册"]["B2"].value
    book["花名册"]["A2"] = "0001"
    book.save(template)
    found = read_roster(template, units, today)
    assert found.faults == []
    assert len(found.rows) == 1


def test_a_template_that_cannot_be_written_is_refused(tmp_path):
    for out in (tmp_path, tmp_path / "无" / "模板.xlsx"):
        with pytest.raises(UnwritableReport):
            write_template(out, [])
    assert list(tmp_path.iterdir()) == []
