"""The shipped days, compared with two independent libraries that the product itself never uses."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest

from kernel.worktime import WorkCalendar

CALENDAR = WorkCalendar.standard()
# chinesecalendar gives 2006-01-02 and 03 off but not the make-up Saturday that was exchanged for them.
MISSED_BY_CHINESECALENDAR = {date(2005, 12, 31)}


def days_of(first: int, last: int) -> list[date]:
    start = date(first, 1, 1)
    return [start + timedelta(n) for n in range((date(last, 12, 31) - start).days + 1)]


@pytest.mark.parametrize("year", range(2004, 2027))
def test_every_day_of_a_shipped_year_is_what_chinesecalendar_says(year):
    different = {
        day for day in days_of(year, year) if CALENDAR.is_working_day(day) != chinese_calendar.is_workday(day)
    }
    assert different == {day for day in MISSED_BY_CHINESECALENDAR if day.year == year}


@pytest.mark.parametrize("year", range(2004, 2027))
def test_every_day_of_a_shipped_year_is_what_holidays_says(year):
    # Given the public days off and the make-up weekends, with the year before for what it lends
    other = holidays.country_holidays("CN", years=range(year - 1, year + 2))

    # Then no day differs
    assert [
        day for day in days_of(year, year) if CALENDAR.is_working_day(day) != other.is_working_day(day)
    ] == []


def test_holidays_knows_the_make_up_days_at_all():
    # A library that answered Monday to Friday would agree on most days; this is where it could not.
    other = holidays.country_holidays("CN", years=range(2019, 2027))
    make_up = [day for day in days_of(2019, 2026) if day.weekday() >= 5 and CALENDAR.is_working_day(day)]
    assert len(make_up) == 52
    assert all(other.is_working_day(day) for day in make_up)


def test_working_days_of_each_year_add_up():
    counted = [sum(CALENDAR.is_working_day(day) for day in days_of(year, year)) for year in range(2019, 2027)]
    assert counted == [250, 249, 250, 249, 249, 251, 248, 248]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 2, 14), True),  # a Saturday
        *((date(2026, 2, day), False) for day in range(16, 24)),
        (date(2026, 2, 24), True),
        (date(2026, 9, 20), True),  # a Sunday
        (date(2020, 1, 31), False),  # the holiday that the epidemic lengthened
    ],
)
def test_days_that_people_remember(day, works):
    assert CALENDAR.is_working_day(day) is works


def test_only_the_shipped_years_are_published_and_each_names_its_source():
    assert [year.year for year in CALENDAR.years] == list(range(2004, 2027))
    assert all(
        "chinesecalendar 1.11.0" in year.source and "holidays 0.109" in year.source for year in CALENDAR.years
    )
    assert not CALENDAR.is_published(2003)
    assert not CALENDAR.is_published(2027)


def test_shipped_days_stay_compact():
    # An off day that is a weekend anyway would be noise in the file that people edit.
    assert [day for year in CALENDAR.years for day in year.off if day.weekday() >= 5] == []
