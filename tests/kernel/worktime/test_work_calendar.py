from __future__ import annotations

from datetime import date

import pytest

from kernel.worktime import CalendarFault, CalendarYear, WorkCalendar

NEXT = CalendarYear(2027, "合成数据，仅供测试", off=(date(2027, 1, 1),), work=(date(2027, 1, 3),))


def test_an_unpublished_year_works_monday_to_friday():
    calendar = WorkCalendar.standard()
    assert calendar.is_working_day(date(2027, 1, 1))
    assert not calendar.is_working_day(date(2027, 1, 3))
    assert not calendar.is_published(2027)


def test_an_imported_year_is_published_and_leaves_the_calendar_it_was_added_to_alone():
    # When
    calendar = WorkCalendar.standard().with_year(NEXT)
    # Then
    assert calendar.is_published(2027)
    assert not calendar.is_working_day(date(2027, 1, 1))
    assert calendar.is_working_day(date(2027, 1, 3))
    assert not WorkCalendar.standard().is_published(2027)


def test_a_year_imported_again_replaces_the_earlier_one():
    calendar = WorkCalendar.standard().with_year(NEXT).with_year(CalendarYear(2027, "合成数据"))
    assert calendar.is_working_day(date(2027, 1, 1))
    assert not calendar.is_working_day(date(2027, 1, 3))


def test_a_closed_day_takes_away_a_working_day_even_a_make_up_day():
    closed = [date(2026, 2, 14), date(2026, 3, 5)]
    calendar = WorkCalendar.standard().with_closed(closed)
    assert [calendar.is_working_day(day) for day in closed] == [False, False]
    assert [WorkCalendar.standard().is_working_day(day) for day in closed] == [True, True]


def test_closed_days_survive_an_import_and_add_up():
    calendar = (
        WorkCalendar.standard().with_closed([date(2026, 3, 5)]).with_year(NEXT).with_closed([date(2026, 3, 6)])
    )
    assert not calendar.is_working_day(date(2026, 3, 5))
    assert not calendar.is_working_day(date(2026, 3, 6))


def test_no_closed_days_is_the_same_calendar():
    assert WorkCalendar.standard().with_closed([]) is WorkCalendar.standard()


def test_the_version_follows_the_days_and_nothing_else():
    standard = WorkCalendar.standard()
    renamed = CalendarYear(2027, "另一来源", off=(date(2027, 1, 1), date(2027, 1, 2)), work=NEXT.work)
    versions = {
        standard.version,
        standard.with_year(NEXT).version,
        standard.with_year(CalendarYear(2027, "合成数据")).version,
        standard.with_closed([date(2026, 3, 5)]).version,
    }
    assert len(versions) == 4
    # Another source, and a Saturday that is off anyway, change no answer.
    assert standard.with_year(renamed) == standard.with_year(NEXT)
    assert hash(standard.with_year(renamed)) == hash(standard.with_year(NEXT))
    assert len(standard.version) == 12


def test_a_year_survives_the_way_to_text_and_back():
    for year in (*WorkCalendar.standard().years, NEXT):
        assert CalendarYear.from_mapping(year.to_mapping()) == year


def test_days_may_be_dates_or_texts_in_any_order():
    year = CalendarYear.from_mapping({"year": 2027, "source": "合成", "off": ["2027-05-03", date(2027, 1, 1)]})
    assert year.off == (date(2027, 1, 1), date(2027, 5, 3))
    assert year.work == ()


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"year": None}, "year", "required"),
        ({"year": "2027"}, "year", "not_an_integer"),
        ({"year": True}, "year", "not_an_integer"),
        ({"year": 1991}, "year", "out_of_range"),
        ({"year": 2101}, "year", "out_of_range"),
        ({"source": None}, "source", "required"),
        ({"source": 7}, "source", "not_a_string"),
        ({"source": "  "}, "source", "empty"),
        ({"holidays": []}, "holidays", "unknown"),
        ({"off": "2027-01-01"}, "off", "not_a_list"),
        ({"off": None}, "off", "not_a_list"),
        ({"off": ["2027-01-01", "2027-02-30"]}, "off[1]", "not_a_date"),
        ({"off": ["20270101"]}, "off[0]", "not_a_date"),
        ({"off": ["2026-12-31"]}, "off[0]", "outside_the_year"),
        ({"off": ["2027-01-01", "2027-01-01"]}, "off[1]", "twice"),
        ({"work": ["2027-01-04"]}, "work[0]", "not_a_weekend"),
        ({"off": ["2027-01-03"], "work": ["2027-01-03"]}, "work[0]", "in_both_lists"),
    ],
)
def test_an_arrangement_that_is_none_is_refused_naming_the_part(change, field, code):
    mapping = {"year": 2027, "source": "合成", "off": [], "work": []} | change
    with pytest.raises(CalendarFault) as refused:
        CalendarYear.from_mapping(mapping)
    assert (refused.value.field, refused.value.code) == (field, code)
