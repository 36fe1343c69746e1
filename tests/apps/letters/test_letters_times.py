from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from apps.cli.letters.times import instant_of
from apps.cli.workbooks.cells import CellFault
from kernel.instants import from_datetime, parse, to_text

SPELLINGS = {
    "2019/1/8 9:05:07": "2019-01-08T01:05:07Z",
    "2019/01/08 09:05:07": "2019-01-08T01:05:07Z",
    "2019-01-08 09:05": "2019-01-08T01:05:00Z",
    "2019-1-8  9:05": "2019-01-08T01:05:00Z",
    "2019-01-08T09:05:07": "2019-01-08T01:05:07Z",
    "2019年1月8日 9:05": "2019-01-08T01:05:00Z",
    "2019年01月08日09:05:07": "2019-01-08T01:05:07Z",
    "２０１９/１/８　９：０５：０７": "2019-01-08T01:05:07Z",
    "2019/1/8 9：05": "2019-01-08T01:05:00Z",
    " \t2019/1/8 9:05\n": "2019-01-08T01:05:00Z",
    "2019/1/8 0:00": "2019-01-07T16:00:00Z",
    "2020-02-29 23:59:59": "2020-02-29T15:59:59Z",
    "1992-01-01 00:00": "1991-12-31T16:00:00Z",
}

FAULTS = {
    "no_time_of_day": ["2019/1/8", "2019-01-08", "2019年1月8日", "２０１９/１/８", date(2019, 1, 8)],
    "impossible_time": [
        "2019-02-30 9:05",
        "2019/2/29 9:05",
        "2019-13-01",
        "2019/1/8 24:00",
        "2019/1/8 9:60",
        "2019/1/8 9:05:60",
    ],
    "year_out_of_range": ["1991-12-31 23:59", "0019-01-08 9:05", datetime.fromisoformat("1900-01-08T09:05")],
    "unreadable_time": [
        "去年冬天",
        "19/1/8 9:05",
        "2019/1-8 9:05",
        "2019/1/8 上午9:05",
        "2019/1/8 9:05 PM",
        "2019/1/8 9:5",
        "2019/1/8 9",
        "2019/1/89:05",
        "20190108 09:05",
        "2019-01-08 09:05:07.5",
        "2019-01-08T09:05:07Z",
        "2019年1月8 9:05",
        43473.37,
        43473,
        "2019٠/1/8 9:05",
    ],
    "no_date": [time(9, 5), timedelta(hours=30)],
    "boolean_cell": [True, False],
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_accepted_spelling_is_the_same_wall_clock_in_shanghai(spelling):
    assert instant_of(spelling) == parse(SPELLINGS[spelling])


@pytest.mark.parametrize(("cell", "code"), [(cell, code) for code, cells in FAULTS.items() for cell in cells])
def test_a_time_that_cannot_be_read_exactly_is_refused_by_name(cell, code):
    with pytest.raises(CellFault) as fault:
        instant_of(cell)
    assert fault.value.code == code


def test_an_excel_date_time_is_read_to_its_last_digit():
    assert (
        to_text(instant_of(datetime.fromisoformat("2019-01-08T09:05:07.250"))) == "2019-01-08T01:05:07.250000Z"
    )


def test_an_empty_cell_is_no_time_and_no_fault():
    assert instant_of("") is None
    assert instant_of(" \n") is None


def test_every_hour_of_a_year_agrees_with_the_time_zone_database():
    from kernel.instants import SHANGHAI

    hours = (datetime(2019, 1, 1, tzinfo=SHANGHAI) + timedelta(hours=n) for n in range(24 * 365))
    assert all(instant_of(hour.strftime("%Y-%m-%d %H:%M")) == from_datetime(hour) for hour in hours)
