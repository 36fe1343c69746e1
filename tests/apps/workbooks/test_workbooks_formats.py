from __future__ import annotations

import pytest

from apps.cli.workbooks.formats import BUILT_IN, shown, shows_time, zeros

DAY, MONTH = {"year", "month", "day"}, {"year", "month"}
SHOWN = {
    "yyyy-mm-dd hh:mm:ss": {*DAY, "time"},
    "YYYY-MM-DD HH:MM": {*DAY, "time"},
    'yyyy"年"m"月"d"日" h"时"': {*DAY, "time"},
    "[h]:mm": {"time"},
    "mm:ss.0": {"time"},
    "yyyy/m/d;@": DAY,
    '[$-804]yyyy"年"m"月"d"日"': DAY,
    'yyyy-mm-dd "hours"': DAY,
    "[$-x-sysdate]dddd, mmmm dd, yyyy": DAY,
    'yyyy"年"m"月"': MONTH,
    "yyyy年m月": MONTH,
    '[$-804]yyyy"年"m"月";@': MONTH,
    "yyyy.mm": MONTH,
    "mmm-yy": MONTH,
    'e"年"m"月"': MONTH,
    "yyyy": {"year"},
    'm"月"d"日"': {"month", "day"},
    "General": set(),
    "000000": set(),
    "0.00E+00": set(),
    "#,##0.00": set(),
    "": set(),
}


@pytest.mark.parametrize("number_format", SHOWN)
def test_a_number_format_shows_what_its_placeholders_say(number_format):
    assert shown(number_format) == SHOWN[number_format]
    assert shows_time(number_format) is ("time" in SHOWN[number_format])


def test_built_in_formats_show_what_a_chinese_excel_shows():
    assert {number for number, told in BUILT_IN.items() if shows_time(told)} == {
        *range(18, 23),
        *range(32, 36),
        *range(45, 48),
        55,
        56,
    }
    assert {number for number, told in BUILT_IN.items() if shown(told) == MONTH} == {17, 27, 36, 50, 52, 57}


@pytest.mark.parametrize(
    ("number_format", "digits"), [("000000", 6), ("00", 2), ("0", 0), ("0.00", 0), ("General", 0)]
)
def test_a_format_of_zeros_says_how_many_digits_it_shows(number_format, digits):
    assert zeros(number_format) == digits
