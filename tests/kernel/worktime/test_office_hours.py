from __future__ import annotations

import pytest

from kernel.worktime import HoursFault, OfficeHours


def test_the_default_is_half_past_eight_to_twelve_and_two_to_half_past_five():
    hours = OfficeHours()
    assert hours.to_texts() == ["08:30-12:00", "14:00-17:30"]
    assert hours.day_us == 7 * 3_600_000_000
    assert hours.closing_us == (17 * 60 + 30) * 60_000_000
    assert OfficeHours.from_texts(hours.to_texts()) == hours


def test_spans_may_touch():
    assert OfficeHours.from_texts(["00:00-12:00", "12:00-17:30"]).day_us == (17 * 60 + 30) * 60_000_000


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ([], "hours_empty"),
        (["8:30-12:00"], "hours_unreadable"),
        (["08:30–12:00"], "hours_unreadable"),
        (["08:30-24:00"], "hours_unreadable"),
        (["08:30-08:30"], "hours_order"),
        (["12:00-08:30"], "hours_order"),
        (["14:00-17:30", "08:30-12:00"], "hours_order"),
        (["08:30-12:00", "11:00-17:30"], "hours_order"),
    ],
)
def test_spans_that_are_no_office_hours_are_refused(texts, code):
    with pytest.raises(HoursFault) as refused:
        OfficeHours.from_texts(texts)
    assert refused.value.code == code


@pytest.mark.parametrize("spans", [((-60, 60),), ((600, 1440),), ()])
def test_minutes_outside_a_day_are_refused(spans):
    with pytest.raises(HoursFault):
        OfficeHours(spans)
