"""Political standing is what is recorded for the day; where nothing is, nobody guesses."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.person.facts import find
from tests.services.registry.domain.files import (
    CPC,
    MASSES,
    MINMENG,
    NONPARTISAN,
    PROBATIONARY,
    SPRING,
    calendar_days,
    member,
    person,
    spans,
)

STANDINGS = ("cpc_member", "not_cpc_member", "democratic_party_member", "nonpartisan")


def standings(file, on=SPRING) -> dict[str, bool | None]:
    """The four answers on a day; None for unknown."""
    found = {fact: find(file, on, {"fact": fact}) for fact in STANDINGS}
    return {fact: None if one.unknown else one.holds for fact, one in found.items()}


def only(*facts) -> dict[str, bool]:
    return {fact: fact in facts for fact in STANDINGS}


UNKNOWN = dict.fromkeys(STANDINGS)


@pytest.mark.clause("DT-13.2")
@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        ([CPC], only("cpc_member")),
        ([PROBATIONARY], only("cpc_member")),
        (["03"], only("not_cpc_member")),
        ([MINMENG], only("not_cpc_member", "democratic_party_member")),
        ([NONPARTISAN], only("not_cpc_member", "nonpartisan")),
        ([MASSES], only("not_cpc_member")),
        ([CPC, MINMENG], only("cpc_member", "democratic_party_member")),
        ([MINMENG, "10"], only("not_cpc_member", "democratic_party_member")),
        ([MASSES, NONPARTISAN], only("not_cpc_member", "nonpartisan")),
        ([NONPARTISAN, MINMENG], only("not_cpc_member", "democratic_party_member")),
        ([PROBATIONARY, NONPARTISAN], only("cpc_member")),
    ],
)
def test_standing_is_what_is_recorded_and_two_at_once_are_both_seen(parties, expected):
    assert standings(person(*(member(party) for party in parties))) == expected


@pytest.mark.parametrize("party", [f"{code:02}" for code in range(4, 12)])
def test_each_of_the_eight_democratic_parties_is_one(party):
    assert standings(person(member(party))) == only("not_cpc_member", "democratic_party_member")


@pytest.mark.parametrize(
    "file",
    [
        person(),
        person(member(MINMENG, until="2026-03-05")),
        person(member(CPC, since="2026-03-06")),
        person(member("99")),
    ],
    ids=["nothing recorded", "ended this very day", "begins tomorrow", "no such code"],
)
def test_where_no_standing_is_recorded_for_the_day_it_is_unknown_and_not_non_party(file):
    assert standings(file) == UNKNOWN
    found = find(file, SPRING, {"fact": "not_cpc_member"})
    assert [reason.text for reason in found.because] == ["当日政治面貌未登记"]


def test_who_is_admitted_is_no_non_party_person_from_the_day_of_admission_on():
    # Given a member of 民盟 who was admitted on probation on 1 June, and became a full member a year later
    file = person(
        member(MINMENG, since="2012-05"),
        member(PROBATIONARY, since="2024-06-01", until="2025-06-01"),
        member(CPC, since="2025-06-01"),
    )
    # Then the day before is the last non-party day, and the day between the two standings is a member's too
    both = only("cpc_member", "democratic_party_member")
    assert standings(file, date(2024, 5, 31)) == only("not_cpc_member", "democratic_party_member")
    assert [standings(file, day) for day in (date(2024, 6, 1), date(2025, 5, 31), date(2025, 6, 1))] == [
        both
    ] * 3


def test_an_answer_names_the_entry_it_rests_on_with_its_days():
    found = find(person(member(MINMENG, since="2012-05")), SPRING, {"fact": "democratic_party_member"})
    assert [tuple(reason) for reason in found.because] == [
        ("memberships", "m-05-2012-05", "民盟盟员（2012-05 起）")
    ]


def test_a_refusal_names_what_is_recorded_instead():
    found = find(person(member(CPC, since="2001-07-01")), SPRING, {"fact": "not_cpc_member"})
    assert [reason.text for reason in found.because] == ["中共党员（2001-07-01 起）"]


@given(
    st.lists(st.tuples(st.sampled_from([CPC, PROBATIONARY, MINMENG, NONPARTISAN, MASSES]), spans)),
    calendar_days,
)
def test_nobody_is_ever_both_a_member_and_not_and_only_recognition_makes_nonpartisan(memberships, day):
    file = person(*(member(party, *span) for party, span in memberships))
    told = standings(file, day)
    recorded = {one.party for one in file.on(day).memberships}
    assert (told == UNKNOWN) == (not recorded)
    if recorded:
        assert told["cpc_member"] != told["not_cpc_member"]
        assert not told["nonpartisan"] or NONPARTISAN in recorded
        assert not (told["nonpartisan"] and recorded & {CPC, PROBATIONARY, MINMENG})
