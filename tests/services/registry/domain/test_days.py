"""A day is as precise as it is known, and every question says which end of the span it goes by."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given

from services.registry.domain.person.days import (
    NotADay,
    begun,
    check,
    first_day,
    holds,
    last_day,
    surely_over,
    years_old,
)
from tests.services.registry.domain.files import calendar_days, day_texts, spans


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2012", date(2012, 1, 1), date(2012, 12, 31)),
        ("2012-02", date(2012, 2, 1), date(2012, 2, 29)),
        ("2013-12", date(2013, 12, 1), date(2013, 12, 31)),
        ("2012-02-29", date(2012, 2, 29), date(2012, 2, 29)),
    ],
)
def test_a_text_stands_for_all_days_that_it_may_mean(text, first, last):
    assert check(text)
    assert (first_day(text), last_day(text)) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12",
        "2012-5",
        "2012-13",
        "2013-02-29",
        "2012-00",
        "0000",
        "2012/05",
        "2012-05-",
        "二〇一二",
        "２０１２",
        "2012\n",
    ],
    ids=ascii,
)
def test_what_is_no_day_is_told_and_not_repeated(text):
    assert not check(text)
    with pytest.raises(NotADay) as fault:
        first_day(text)
    assert not text or text not in str(fault.value)


@given(day_texts, calendar_days)
def test_a_day_lies_in_the_span_of_its_own_text_at_every_precision(text, day):
    assert first_day(text) <= last_day(text)
    for length in (4, 7, 10):
        assert first_day(day.isoformat()[:length]) <= day <= last_day(day.isoformat()[:length])


def test_an_entry_holds_on_its_first_day_and_no_longer_on_its_last():
    # Given an entry from May 2012 to 3 June 2020
    since, until = "2012-05", "2020-06-03"
    # Then its first day is the first of that month, and the day it ends is no day of it
    told = [date(2012, 4, 30), date(2012, 5, 1), date(2020, 6, 2), date(2020, 6, 3)]
    assert [holds(since, until, day) for day in told] == [False, True, True, False]


@given(spans, calendar_days)
def test_an_entry_that_ends_the_day_the_next_begins_leaves_no_gap_and_no_overlap(span, day):
    since, turn = span
    if turn:
        before, after = holds("", turn, day), holds(turn, "", day)
        assert before != after
    assert holds(since, "", day) == begun(since, day)


@given(spans, calendar_days)
def test_an_open_entry_that_holds_today_holds_on_every_later_day(span, day):
    since, _ = span
    later = day + timedelta(days=1)
    assert holds(since, "", later) >= holds(since, "", day)


@given(day_texts, calendar_days)
def test_what_is_surely_over_no_longer_holds(text, day):
    if surely_over(text, day):
        assert not holds("", text, day)
    assert not surely_over("", day)


@pytest.mark.clause("CF-5")
@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        ("1990-06-15", date(2025, 6, 14), 34),
        ("1990-06-15", date(2025, 6, 15), 35),
        ("1990-06-15", date(2026, 6, 14), 35),
        ("1990-06-15", date(2026, 6, 15), 36),
        ("1990-06-15", date(2026, 6, 16), 36),
        # Whoever was born in some June may have been born on its first day, in some year on 1 January.
        ("1990-06", date(2026, 5, 31), 35),
        ("1990-06", date(2026, 6, 1), 36),
        ("1990", date(2025, 12, 31), 35),
        ("1990", date(2026, 1, 1), 36),
        ("1992-02-29", date(2027, 2, 28), 34),
        ("1992-02-29", date(2027, 3, 1), 35),
    ],
)
def test_the_age_is_the_highest_that_the_birth_leaves_possible(birth, on, years):
    assert years_old(birth, on) == years


@given(calendar_days, calendar_days)
def test_knowing_a_birth_better_never_makes_anybody_older(birth, on):
    ages = [years_old(birth.isoformat()[:length], on) for length in (4, 7, 10)]
    assert ages == sorted(ages, reverse=True)
