"""The file of `zhitongche import calendar FILE`."""

from __future__ import annotations

from datetime import date

import pytest

from apps.cli.calendars import MAX_BYTES, read_calendar_file
from kernel.refusals import InvalidInput
from kernel.worktime import WorkCalendar

GOOD = """\
year: 2027
source: 合成数据，仅供测试
off:
  - 2027-01-01
  - 2027-02-08
work: [2027-02-06]
"""


@pytest.fixture
def refused(tmp_path):
    """The fields of the refusal of a file with this content."""

    def refuse(content: bytes) -> dict[str, str]:
        file = tmp_path / "2027.yaml"
        file.write_bytes(content)
        with pytest.raises(InvalidInput) as refusal:
            read_calendar_file(file)
        return refusal.value.details["fields"]

    return refuse


def test_a_year_as_people_write_it_is_read(tmp_path):
    # Given a file with a bare `off:`, which plain YAML 1.1 would read as the key False
    file = tmp_path / "2027.yaml"
    file.write_text(GOOD, encoding="utf-8")
    # When
    calendar = WorkCalendar.standard().with_year(read_calendar_file(file))
    # Then
    assert not calendar.is_working_day(date(2027, 2, 8))
    assert calendar.is_working_day(date(2027, 2, 6))
    assert calendar.is_published(2027)


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path):
    file = tmp_path / "2027.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_calendar_file(file).year == 2027


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        (GOOD.replace("2027-02-08", "2027-02-30"), "off[1]", "日期"),
        (GOOD.replace("2027-02-08", "2028-02-08"), "off[1]", "不在该年度内"),
        (GOOD.replace("2027-02-06", "2027-02-04"), "work[0]", "周六或周日"),
        (GOOD.replace("2027-02-08", "2027-02-06"), "work[0]", "不能既放假又上班"),
        (GOOD.replace("2027-02-08", "2027-01-01"), "off[1]", "两次"),
        (GOOD.replace("source: 合成数据，仅供测试", "source: ''"), "source", "不能为空"),
        (GOOD.replace("source", "origin"), "origin", "没有这一项"),
        (GOOD.replace("year: 2027\n", ""), "year", "必填"),
        (GOOD.replace("2027\n", "next\n", 1), "year", "整数"),
        (GOOD.replace("year: 2027", "year: 3027"), "year", "超出允许范围"),
        (GOOD.replace("[2027-02-06]", "2027-02-06"), "work", "列表"),
        (GOOD.replace("合成数据，仅供测试", "[1]"), "source", "文字"),
        (GOOD + "off: []\n", "file", "第 7 行的项目重复出现"),
        (GOOD + "work 2027\n", "file", "第 8 行不是可读的 YAML"),
        (GOOD + "1: 2\n", "file", "第 7 行的项目名称不是文字"),
        ("a: &a [1]\nb: *a\n", "file", "第 2 行引用了另一段内容"),
        ("", "file", "四项"),
        ("- 2027-01-01\n", "file", "四项"),
    ],
)
def test_a_file_that_is_no_year_is_refused_with_a_sentence(refused, content, field, words):
    fields = refused(content.encode())
    assert list(fields) == [field]
    assert words in fields[field]


def test_a_spreadsheet_is_refused(refused):
    assert "UTF-8" in refused(b"PK\x03\x04\xff\xfe")["file"]


def test_a_file_that_is_too_big_is_refused_without_being_read(refused):
    assert "64 KiB" in refused(b"#" * (MAX_BYTES + 1))["file"]


def test_a_file_that_is_not_there_is_refused(tmp_path):
    for path in (tmp_path / "2027.yaml", tmp_path):
        with pytest.raises(InvalidInput) as refusal:
            read_calendar_file(path)
        assert "无法读取" in refusal.value.details["fields"]["file"]
