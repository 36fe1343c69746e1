from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.instants import from_datetime, to_datetime
from kernel.worktime import (
    FIRST_INSTANT,
    LAST_INSTANT,
    CalendarYear,
    OfficeHours,
    OutsideCalendar,
    WorkCalendar,
    WorkClock,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
SYNTHETIC = CalendarYear(2028, "合成数据", off=(date(2028, 1, 3),), work=(date(2028, 1, 8),))
CALENDAR = WorkCalendar.standard().with_year(SYNTHETIC).with_closed([date(2026, 5, 20), date(2026, 2, 28)])
CLOCK = WorkClock(CALENDAR, OfficeHours())


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


instants = st.integers(at("2002-06-01T00:00"), at("2030-06-01T00:00"))
near = st.integers(0, 120 * 86_400_000_000)


def naive(start: int, end: int) -> tuple[int, int, bool]:
    """Day by day with real datetimes, written without a look at the product's arithmetic."""
    first, last = (to_datetime(moment).astimezone(SHANGHAI) for moment in (start, end))
    days = office = 0
    provisional = False
    day = first.date()
    while day <= last.date():
        provisional |= not CALENDAR.is_published(day.year)
        if CALENDAR.is_working_day(day):
            days += day > first.date()
            for opens, closes in (("08:30", "12:00"), ("14:00", "17:30")):
                span = [
                    datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=SHANGHAI) for time in (opens, closes)
                ]
                inside = min(span[1], last) - max(span[0], first)
                office += max(inside, timedelta(0)) // timedelta(microseconds=1)
        day += timedelta(1)
    return days, office, provisional


@given(start=instants, span=near)
def test_measure_is_what_counting_day_by_day_gives(start, span):
    measured = CLOCK.measure(start, start + span)
    assert measured.elapsed_us == span
    assert (measured.working_days, measured.working_us, measured.provisional) == naive(start, start + span)


@given(start=instants, span=near, more=near)
def test_waiting_longer_never_measures_less(start, span, more):
    shorter, longer = CLOCK.measure(start, start + span), CLOCK.measure(start, start + span + more)
    assert longer.working_days >= shorter.working_days
    assert longer.working_us >= shorter.working_us
    assert longer.provisional >= shorter.provisional


@given(start=instants, middle=instants, end=instants)
def test_two_spans_that_meet_measure_as_one(start, middle, end):
    whole, parts = CLOCK.measure(start, end), (CLOCK.measure(start, middle), CLOCK.measure(middle, end))
    assert whole.elapsed_us == sum(part.elapsed_us for part in parts)
    assert whole.working_days == sum(part.working_days for part in parts)
    assert whole.working_us == sum(part.working_us for part in parts)


@given(start=instants, end=instants)
def test_a_span_that_runs_backwards_is_measured_with_negative_figures(start, end):
    there, back = CLOCK.measure(start, end), CLOCK.measure(end, start)
    assert [-figure for figure in there[:3]] == list(back[:3])
    assert there.provisional == back.provisional


@given(start=instants, days=st.integers(1, 250))
def test_a_deadline_is_that_many_working_days_away_at_closing_hour(start, days):
    # When
    deadline = CLOCK.deadline(start, days)
    # Then the days counted to it are those asked for, and a working day earlier they are not
    assert CLOCK.measure(start, deadline.due_at).working_days == deadline.working_days == days
    due = to_datetime(deadline.due_at).astimezone(SHANGHAI)
    assert (due.hour, due.minute, due.second, due.microsecond) == (17, 30, 0, 0)
    assert CALENDAR.is_working_day(due.date())
    assert CLOCK.measure(start, deadline.due_at - 86_400_000_000).working_days == days - 1


@given(start=instants, days=st.integers(1, 250))
def test_a_deadline_is_provisional_when_a_day_it_counts_is(start, days):
    deadline = CLOCK.deadline(start, days)
    first = to_datetime(start).astimezone(SHANGHAI).date() + timedelta(1)
    last = to_datetime(deadline.due_at).astimezone(SHANGHAI).date()
    assert deadline.provisional == any(
        not CALENDAR.is_published(year) for year in range(first.year, last.year + 1)
    )


def test_the_starting_day_does_not_count():
    # 民法典 第二百零一条. Friday 2026-03-06, late: three working days end on Wednesday.
    assert CLOCK.deadline(at("2026-03-06T23:59"), 3).due_at == at("2026-03-11T17:30")
    # From a Saturday, Monday is the first.
    assert CLOCK.deadline(at("2026-03-07T10:00"), 1).due_at == at("2026-03-09T17:30")
    assert CLOCK.measure(at("2026-03-06T08:00"), at("2026-03-06T18:00")).working_days == 0


def test_make_up_days_count_both_ways():
    # Friday 13 → Saturday 14 works; the whole festival is skipped; Tuesday 24 is the second.
    assert CLOCK.deadline(at("2026-02-13T09:00"), 1).due_at == at("2026-02-14T17:30")
    assert CLOCK.deadline(at("2026-02-13T09:00"), 2).due_at == at("2026-02-24T17:30")
    assert CLOCK.measure(at("2026-09-20T08:30"), at("2026-09-20T12:00")).working_us == 210 * 60_000_000
    assert CLOCK.measure(at("2020-01-30T20:00"), at("2020-01-31T20:00"))[1:] == (0, 0, False)


def test_an_institutions_closed_day_does_not_count():
    # Wednesday 2026-05-20 is closed here and works elsewhere; Saturday 2026-02-28 would be a make-up day.
    span = at("2026-05-19T20:00"), at("2026-05-20T20:00")
    assert CLOCK.measure(*span)[1:3] == (0, 0)
    assert WorkClock(WorkCalendar.standard()).measure(*span)[1:3] == (1, 420 * 60_000_000)
    assert CLOCK.deadline(at("2026-02-27T09:00"), 1).due_at == at("2026-03-02T17:30")


def test_the_date_is_that_of_shanghai_not_of_utc():
    # 16:30 UTC on Thursday is Friday in Shanghai already.
    assert CLOCK.measure(at("2026-03-05T23:59"), at("2026-03-06T00:30")).working_days == 1


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-03-05T08:00", "2026-03-05T08:30", 0),
        ("2026-03-05T08:30", "2026-03-05T17:30", 420),
        ("2026-03-05T12:00", "2026-03-05T14:00", 0),
        ("2026-03-05T11:59", "2026-03-05T14:01", 2),
        ("2026-03-05T17:00", "2026-03-06T09:00", 60),
        ("2026-03-06T17:00", "2026-03-09T09:00", 60),
        ("2026-03-07T00:00", "2026-03-08T23:59", 0),
    ],
)
def test_office_hours_between_two_times(start, end, minutes):
    assert CLOCK.measure(at(start), at(end)).working_us == minutes * 60_000_000


def test_office_hours_are_exact_to_the_microsecond():
    assert CLOCK.measure(at("2026-03-05T09:00"), at("2026-03-05T09:00") + 1).working_us == 1


def test_a_span_that_touches_an_unpublished_year_is_provisional():
    clock = WorkClock(WorkCalendar.standard())
    eve = at("2026-12-31T23:59:59")
    assert not clock.measure(at("2026-12-01T00:00"), eve).provisional
    assert clock.measure(eve, eve + 1_000_000).provisional
    assert clock.deadline(eve, 1).provisional
    assert clock.measure(at("2003-12-31T12:00"), at("2004-01-05T12:00")).provisional
    # The starting day is not counted, so its year does not matter to a deadline.
    assert not clock.deadline(at("2003-12-31T12:00"), 1).provisional


def test_an_imported_year_makes_the_answer_final():
    calendar = WorkCalendar.standard().with_year(CalendarYear(2027, "合成数据", off=(date(2027, 1, 1),)))
    deadline = WorkClock(calendar).deadline(at("2026-12-31T10:00"), 1)
    assert (deadline.due_at, deadline.provisional) == (at("2027-01-04T17:30"), False)


@pytest.mark.parametrize("instant", [FIRST_INSTANT - 1, LAST_INSTANT + 1, 0])
def test_instants_before_1992_and_after_2100_are_refused(instant):
    inside = at("2026-03-05T09:00")
    for ask in (
        lambda: CLOCK.measure(instant, inside),
        lambda: CLOCK.measure(inside, instant),
        lambda: CLOCK.deadline(instant, 1),
    ):
        with pytest.raises(OutsideCalendar):
            ask()


def test_the_first_and_the_last_instant_are_inside():
    assert at("1992-01-01T00:00") == FIRST_INSTANT
    assert at("2101-01-01T00:00") - 1 == LAST_INSTANT
    assert CLOCK.measure(FIRST_INSTANT, LAST_INSTANT).elapsed_us == LAST_INSTANT - FIRST_INSTANT
    with pytest.raises(OutsideCalendar):
        CLOCK.deadline(LAST_INSTANT, 1)


def test_shanghai_keeps_eight_hours_from_utc_as_long_as_we_count():
    # The arithmetic has no zone database; this is the fact it rests on.
    eight = timezone(timedelta(hours=8))
    for month in range(12 * 109):
        moment = datetime(1992 + month // 12, month % 12 + 1, 1, tzinfo=SHANGHAI)
        assert moment.utcoffset() == moment.astimezone(eight).utcoffset()


@pytest.mark.parametrize("days", [0, -1])
def test_a_deadline_needs_at_least_one_working_day(days):
    with pytest.raises(ValueError, match="at least one working day"):
        CLOCK.deadline(at("2026-03-05T09:00"), days)
