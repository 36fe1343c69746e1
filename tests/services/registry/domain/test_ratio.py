"""The share of non-party cadres counts persons, guesses nothing, and below the guideline asks for a word."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.person.ratio import congress_count, explanation_needed, percent, ratio
from tests.services.registry.domain.files import (
    CPC,
    MASSES,
    MINMENG,
    PROBATIONARY,
    SPRING,
    calendar_days,
    confirmed,
    files,
    leader,
    member,
    person,
    tenure,
)


def cadres(non_party, members) -> dict:
    """So many middle-level leaders of each."""
    parties = [MINMENG] * non_party + [CPC] * members
    return {f"p{number}": person(leader(), member(party)) for number, party in enumerate(parties)}


@pytest.mark.clause("DT-13.2")
def test_the_share_is_of_middle_level_leaders_heads_and_deputies_alike():
    told = ratio(
        {
            "head": person(leader("middle", "head"), member(MINMENG)),
            "deputy": person(leader("middle", "deputy"), member(MASSES)),
            "member": person(leader("middle", "head"), member(CPC)),
            "probationary": person(leader("middle", "deputy"), member(PROBATIONARY)),
            "vice-president": person(leader("school", "deputy"), member(MINMENG)),
            "teacher": person(member(MINMENG)),
        },
        SPRING,
    )
    assert told.numerator == ("head", "deputy")
    assert told.denominator == ("head", "deputy", "member", "probationary")
    assert told.unknown == ()


@pytest.mark.clause("DT-13.2")
def test_a_person_counts_once_however_many_posts():
    files_ = {"p": person(leader("middle", "head"), leader("middle", "deputy"), member(MINMENG))}
    assert ratio(files_, SPRING).denominator == ("p",)


@pytest.mark.clause("DT-13.2")
def test_whose_standing_is_not_recorded_is_counted_among_the_leaders_and_never_as_non_party():
    told = ratio(cadres(1, 8) | {"open": person(leader())}, SPRING)
    assert (len(told.numerator), len(told.denominator), told.unknown) == (1, 10, ("open",))


@pytest.mark.clause("DT-13.2")
@pytest.mark.parametrize(
    ("part", "whole", "cut", "explained"),
    [
        (1, 10, 10.0, False),
        (1, 11, 9.09, True),
        (0, 5, 0.0, True),
        (3, 3, 100.0, False),
        (999, 9991, 9.99, True),
        (0, 0, None, False),
    ],
)
def test_below_ten_percent_an_explanation_is_asked_for(part, whole, cut, explained):
    assert percent(part, whole) == cut
    assert explanation_needed(part, whole, 10) is explained


def test_nobody_is_among_leaders_where_nobody_leads():
    assert ratio({"teacher": person(member(MINMENG))}, SPRING) == ((), (), ())


@pytest.mark.clause("DT-13.2")
def test_the_share_is_that_of_the_day_asked_for():
    files_ = {
        "stays": person(leader(since="2015"), member(CPC, since="2000")),
        "left the post": person(leader(since="2015", until="2024-06-01"), member(MINMENG)),
        "left the school": person(leader(since="2015"), member(MINMENG), left="2025-01-01"),
        "joined the party": person(
            *(
                leader(since="2015"),
                member(MASSES, until="2023-07-01"),
                member(PROBATIONARY, since="2023-07-01"),
            )
        ),
    }
    days = [date(2014, 12, 31), date(2023, 6, 30), date(2023, 7, 1), date(2024, 6, 1), date(2025, 1, 1)]
    told = [(len(one.numerator), len(one.denominator)) for one in (ratio(files_, day) for day in days)]
    assert told == [(0, 0), (3, 4), (2, 4), (1, 3), (0, 2)]


@given(st.dictionaries(st.uuids().map(str), files, max_size=3), calendar_days)
def test_who_is_counted_or_unknown_is_a_leader_and_never_both(files_, day):
    told = ratio(files_, day)
    assert set(told.numerator) | set(told.unknown) <= set(told.denominator) <= set(files_)
    assert set(told.numerator).isdisjoint(told.unknown)


@pytest.mark.clause("DT-13.4")
def test_delegates_are_counted_with_no_verdict():
    delegate = tenure("congress_delegate", body="教职工代表大会", since="2024", until="2029")
    told = congress_count(
        {
            "counted": person(delegate, confirmed("representative"), member(MINMENG)),
            "not on a list": person(delegate, member(MINMENG)),
            "member": person(delegate, confirmed("representative"), member(CPC)),
            "open": person(delegate, confirmed("representative")),
            "no delegate": person(confirmed("representative"), member(MINMENG)),
            "left": person(delegate, confirmed("representative"), member(MINMENG), left="2025"),
        },
        SPRING,
    )
    assert told.counted == ("counted",)
    assert told.among == ("counted", "not on a list", "member", "open")
    assert told.unknown == ("open",)
    assert set(told._fields) == {"counted", "among", "unknown"}
