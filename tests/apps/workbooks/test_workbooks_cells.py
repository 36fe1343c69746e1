from __future__ import annotations

from datetime import date, datetime, time

import pytest

from apps.cli.workbooks.cells import CellFault, ref_of, text_of

KEPT = [
    "一\t\t二\n\n三",
    "a<br/>b",
    "&nbsp;好",
    "<谢谢>",
    "1 < 2",
    "=1+1",
    "#1 楼",
    "中\u200b文",
    "　",
    "3.10",
    "007",
]


@pytest.mark.parametrize("text", [text for text in KEPT if text.strip()])
def test_a_text_stays_as_it_is(text):
    assert text_of(text) == text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("\n\t\t\t 座位 \r\n\t", "座位"),
        ("　座位\xa0", "座位"),
        ("\ufeff座位\u200b", "座位"),
        ("一\r\n二\r三\x0b四\u2028五\x85六", "一\n二\n三\n四\u2028五\n六"),
        ("e\u0301", "é"),
        ("甲\xa0乙·丙", "甲\xa0乙·丙"),
        (110.0, "110"),
        (0.0, "0"),
    ],
)
def test_ends_line_ends_and_composition_are_normalised(cell, text):
    assert text_of(cell) == text


@pytest.mark.parametrize(
    "cell", ["", " ", "　\n\t", "\u200b\ufeff", "<br/>", "<p>&nbsp;</p>\n<br />", "&nbsp;&nbsp;"]
)
def test_what_shows_nothing_is_empty(cell):
    assert text_of(cell) == ""


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("甲\x00乙", "control_character"),
        ("甲\x02乙", "control_character"),
        ("甲\x1f乙", "control_character"),
        ("甲\x7f乙", "control_character"),
        ("甲\x9f乙", "control_character"),
        ("#REF!", "error_cell"),
        (" #N/A ", "error_cell"),
        (True, "boolean_cell"),
        (date(2019, 3, 1), "became_a_date"),
        (datetime.fromisoformat("2019-03-01T09:00"), "became_a_date"),
        (time(9, 5), "became_a_date"),
        (3.1, "inexact_number"),
        (-3.0, "inexact_number"),
        (1e15, "inexact_number"),
        (float("inf"), "inexact_number"),
        (float("nan"), "inexact_number"),
    ],
)
def test_a_text_that_a_spreadsheet_has_changed_is_refused(cell, code):
    with pytest.raises(CellFault) as fault:
        text_of(cell)
    assert fault.value.code == code


@pytest.mark.parametrize(
    ("cell", "ref"),
    [
        (190337.0, "190337"),
        (190337, "190337"),
        ("00190337", "00190337"),
        (" XF-2019（3） ", "XF-2019（3）"),
        ("", ""),
    ],
)
def test_a_number_is_text_and_keeps_its_leading_zeros(cell, ref):
    assert ref_of(cell) == ref


@pytest.mark.parametrize(
    "cell", [190337.5, -1.0, 1.5e17, float("nan"), "1.23457E+17", "1e9", "甲\n乙", "9" * 101]
)
def test_a_number_that_is_not_exact_is_refused(cell):
    with pytest.raises(CellFault) as fault:
        ref_of(cell)
    assert fault.value.code == "unreadable_number"


def test_a_number_that_became_a_date_says_so():
    with pytest.raises(CellFault) as fault:
        ref_of(date(2019, 3, 1))
    assert fault.value.code == "became_a_date"
