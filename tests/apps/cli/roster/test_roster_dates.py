from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.cli.roster.dates import Cell, day_of
from apps.cli.workbooks.cells import CellFault

READ = {
    "2019": "2019",
    "2019年": "2019",
    2019.0: "2019",
    "2019.6": "2019-06",
    "2019.06": "2019-06",
    "2019.1": "2019-01",
    "2019.10": "2019-10",
    "2019-06": "2019-06",
    "2019/6": "2019-06",
    "2019。6": "2019-06",
    "2019年6月": "2019-06",
    " 2019 年 6 月 ": "2019-06",
    "２０１９．６": "2019-06",
    "201906": "2019-06",
    201906.0: "2019-06",
    2019.6: "2019-06",
    2019.11: "2019-11",
    "2019-06-01": "2019-06-01",
    "2019/6/1": "2019-06-01",
    "2019.6.1": "2019-06-01",
    "2019年6月1日": "2019-06-01",
    "20190601": "2019-06-01",
    20190601.0: "2019-06-01",
    "2019-06-01 00:00:00": "2019-06-01",
    "2019-06-01T08:30": "2019-06-01",
    45000.0: "2023-03-15",
    "45000": "2023-03-15",
    40422: "2010-09-01",
}
REFUSED = {
    "去年": "unreadable_date",
    "85.6": "unreadable_date",
    "6月1日": "unreadable_date",
    "2019.6-2020.7": "unreadable_date",
    "2019061": "unreadable_date",
    "9999": "year_unlikely",
    "1905": "year_unlikely",
    "2019-13": "impossible_date",
    "201913": "impossible_date",
    "2019-02-29": "impossible_date",
    "20190231": "impossible_date",
    2019.1: "unclear_month",
    2019.13: "impossible_date",
    2019.123: "unreadable_date",
    45000.5: "unreadable_date",
    -45000.0: "unreadable_date",
    99999: "unreadable_date",
    20196: "unclear_date_number",
    "19806": "unclear_date_number",
    "#DIV/0!": "error_cell",
    "#未计算!": "formula_without_value",
}


@pytest.mark.parametrize("value", READ)
def test_a_date_is_read_as_precisely_as_it_is_written(value):
    assert day_of(Cell(value)) == READ[value]


@pytest.mark.parametrize("value", REFUSED)
def test_what_could_be_two_dates_or_none_is_refused(value):
    with pytest.raises(CellFault) as refused:
        day_of(Cell(value))
    assert refused.value.code == REFUSED[value]


@pytest.mark.parametrize(
    ("value", "code"),
    [(True, "boolean_cell"), (time(9), "unreadable_date"), (timedelta(hours=30), "unreadable_date")],
)
def test_a_cell_that_is_no_date_is_refused(value, code):
    with pytest.raises(CellFault) as refused:
        day_of(Cell(value))
    assert refused.value.code == code


@pytest.mark.parametrize("value", ["", " ", "无", "—", "不详", "　"])
def test_a_cell_that_says_nothing_is_no_date_and_no_fault(value):
    assert day_of(Cell(value)) is None


def test_a_date_cell_means_what_its_format_shows():
    first = date(2019, 6, 1)
    shown = {"": "2019-06-01", 'yyyy"年"m"月"': "2019-06", "mmm-yy": "2019-06", "yyyy": "2019"}
    assert {told: day_of(Cell(first, told)) for told in shown} == shown
    assert day_of(Cell(datetime.fromisoformat("2019-06-15T09:30"))) == "2019-06-15"
    with pytest.raises(CellFault) as refused:
        day_of(Cell(first, 'm"月"d"日"'))
    assert refused.value.code == "date_without_year"


def test_where_formats_cannot_be_asked_the_first_of_a_month_is_the_month():
    assert day_of(Cell(date(2019, 6, 1), exact=False)) == "2019-06"
    assert day_of(Cell(date(2019, 6, 2), exact=False)) == "2019-06-02"


SIGNS = st.sampled_from(["-", ".", "/"])
DAYS = st.dates(date(1910, 1, 1), date(2100, 12, 31))


@given(day=DAYS, sign=SIGNS, padded=st.booleans())
def test_every_spelling_of_a_day_a_month_and_a_year_keeps_its_precision(day, sign, padded):
    month, number = (f"{part:02d}" if padded else str(part) for part in (day.month, day.day))
    iso = day.isoformat()
    spellings = {
        iso: [
            f"{day.year}{sign}{month}{sign}{number}",
            f"{day.year}年{month}月{number}日",
            iso.replace("-", ""),
            int(iso.replace("-", "")),
            day,
        ],
        iso[:7]: [f"{day.year}{sign}{month}", f"{day.year}年{month}月", iso[:7].replace("-", "")],
        iso[:4]: [iso[:4], f"{day.year}年", day.year],
    }
    for told, written in spellings.items():
        assert {day_of(Cell(one)) for one in written} == {told}


@given(day=st.dates(date(1927, 5, 18), date(2099, 12, 31)))
def test_a_serial_number_is_its_day_or_refused_and_never_another_day(day):
    serial = (day - date(1899, 12, 30)).days
    try:
        assert day_of(Cell(float(serial))) == day.isoformat()
    except CellFault as fault:
        assert fault.code == "unclear_date_number"
        assert 1910 <= serial // 10 <= 2100
        assert serial % 10


@given(year=st.integers(1910, 2100), month=st.integers(1, 12))
def test_a_number_with_a_month_behind_its_point_is_that_month_or_refused(year, month):
    typed = float(f"{year}.{month}")
    if month in (1, 10):
        with pytest.raises(CellFault):
            day_of(Cell(typed))
    else:
        assert day_of(Cell(typed)) == f"{year}-{month:02d}"


@given(
    value=st.one_of(
        st.text(max_size=12), st.integers(), st.floats(), st.text("0123456789./-年月日", max_size=10)
    )
)
def test_any_cell_is_a_day_nothing_or_a_named_fault(value):
    try:
        told = day_of(Cell(value))
    except CellFault as fault:
        assert fault.code
    else:
        assert told is None or 4 <= len(told) <= 10
