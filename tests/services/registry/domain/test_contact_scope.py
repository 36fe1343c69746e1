"""Whom a pack's categories name, and which leaders have the duty, on a day and with all reasons."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given

from kernel.policy import Packs
from services.registry.domain.person.facts import FACTS, find
from services.registry.domain.person.scope import duties, explain, explain_group
from tests.services.registry.domain.files import (
    CPC,
    MINMENG,
    NONPARTISAN,
    PROBATIONARY,
    SPRING,
    calendar_days,
    confirmed,
    files,
    leader,
    member,
    person,
    tenure,
    title,
)

PACKS = Packs.load(Path(__file__).parents[4] / "policies")
HUNAN, MIANYANG = (PACKS.get(name).section("contact_categories") for name in ("hunan-first-normal", "mianyang"))
CONFERENCE = tenure("seat", body="cppcc", level="city", since="2022-01")


def applying(file, categories=HUNAN, on=SPRING) -> list[str]:
    return [one.category for one in explain(file, categories.values(), on) if one.applies]


def unknown(file, categories=HUNAN, on=SPRING) -> list[str]:
    return [one.category for one in explain(file, categories.values(), on) if one.unknown]


@pytest.mark.parametrize(
    ("file", "hunan", "mianyang"),
    [
        pytest.param(
            person(CONFERENCE, member(MINMENG)),
            *(["seat_holders"], ["seat_holders"]),
            marks=[pytest.mark.clause("YS-2.2.1"), pytest.mark.clause("MY-3.2.1")],
            id="seat and party",
        ),
        pytest.param(
            person(tenure("party_post", body="05", role="deputy", level="school"), member(MINMENG)),
            *([], ["party_officers"]),
            marks=[pytest.mark.clause("YS-2.2.2"), pytest.mark.clause("MY-3.2.2")],
            id="deputy of the school's branch",
        ),
        pytest.param(
            person(title(code="011"), member(NONPARTISAN)),
            *(["professors"], ["professors"]),
            marks=[pytest.mark.clause("YS-2.2.3"), pytest.mark.clause("MY-3.2.3")],
            id="professor",
        ),
        pytest.param(
            person(leader("middle", "deputy"), member(MINMENG)),
            *(["division_heads_and_cultivated"], []),
            marks=[pytest.mark.clause("YS-2.2.4"), pytest.mark.clause("MY-3.2.4")],
            id="middle deputy",
        ),
        pytest.param(
            person(confirmed("cultivated"), confirmed("young_or_middle_aged_representative"), member(MINMENG)),
            *(["division_heads_and_cultivated"], ["middle_heads_and_cultivated"]),
            marks=[pytest.mark.clause("YS-2.2.4"), pytest.mark.clause("MY-3.2.4")],
            id="cultivated",
        ),
        pytest.param(
            person(
                *(confirmed("representative"), confirmed("long_cooperation_confirmed")),
                left="2019-07",
                left_reason="retired",
            ),
            *(["veterans"], ["veterans"]),
            marks=[pytest.mark.clause("YS-2.2.5"), pytest.mark.clause("MY-3.2.8")],
            id="retired and gone",
        ),
        pytest.param(
            person(confirmed("influence_confirmed")),
            *([], ["overseas_chinese_representatives"]),
            marks=pytest.mark.clause("MY-3.2.7"),
            id="influence",
        ),
    ],
)
def test_a_category_applies_to_whom_its_document_names(file, hunan, mianyang):
    assert (applying(file), applying(file, MIANYANG)) == (hunan, mianyang)


@pytest.mark.clause("YS-2.2.6")
@pytest.mark.clause("MY-3.2.9")
@given(files, calendar_days)
def test_other_is_never_derived_from_anything_but_its_own_confirmation(file, day):
    by_hand = any(one.fact == "entered_by_hand" for one in file.on(day).confirmations)
    for categories in (HUNAN, MIANYANG):
        assert "other" not in applying(file, categories, day) or by_hand


def test_other_holds_while_somebody_of_the_department_confirms_it():
    file = person(confirmed("entered_by_hand", "2025-09", "2026-09"))
    assert applying(file) == ["other"]
    assert applying(file, on=date(2026, 9, 1)) == []


def test_a_member_of_the_cpc_is_in_no_category_of_non_party_people():
    assert applying(person(title(code="011"), leader(), CONFERENCE, member(CPC))) == []
    assert applying(person(title(code="011"), leader(), CONFERENCE, member(PROBATIONARY))) == []


def test_what_is_not_recorded_is_shown_as_unknown_and_makes_nobody_a_contact():
    # Given a professor with a seat, of whom no standing is recorded
    file = person(title(code="011"), CONFERENCE)
    # Then nothing applies, and what hangs on the standing alone is unknown
    assert applying(file) == []
    assert unknown(file) == ["seat_holders", "professors"]
    # And a person without seat, title or post is surely in neither, whatever the standing
    assert unknown(person()) == []


def test_an_explanation_shows_each_alternative_condition_by_condition_with_the_clause():
    file = person(title(code="011", name="教授", since="2015"), member(MINMENG, since="2012-05"))
    explained = {one.category: one for one in explain(file, HUNAN.values(), SPRING)}["professors"]
    assert (explained.clause, explained.name) == ("YS-2.2.3", "党外人士中的教授、学科带头人")
    shown = [
        [
            (row.condition["fact"], row.finding.holds, [reason.text for reason in row.finding.because])
            for row in way.conditions
        ]
        for way in explained.alternatives
    ]
    non_party = ("not_cpc_member", True, ["民盟盟员（2012-05 起）"])
    assert shown == [
        [non_party, ("professor", True, ["教授（2015 起）"])],
        [non_party, ("discipline_leader", False, ["未经确认：学科带头人"])],
    ]
    assert [way.finding.holds for way in explained.alternatives] == [True, False]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"left": "2024-06", "left_reason": "transferred"}, "已离开本单位（2024-06 起，调出）"),
        ({"left": "2024-06", "left_reason": "deceased"}, "已离开本单位（2024-06 起，去世）"),
        ({"joined": "2026-09"}, "当日尚未到本单位（2026-09 起）"),
    ],
)
def test_who_has_left_or_not_yet_come_is_nobodys_contact_and_the_answer_says_so(fields, words):
    told = explain(person(title(code="011"), member(MINMENG), **fields), HUNAN.values(), SPRING)
    assert [(one.applies, one.unknown) for one in told] == [(False, False)] * len(HUNAN)
    assert {one.outside.text for one in told} == {words}
    # And of somebody who is not here nothing is left open either.
    assert unknown(person(title(code="011"), **fields)) == []


@given(files, calendar_days)
def test_a_file_explains_itself_on_a_day_by_that_days_entries_alone(file, day):
    for categories in (HUNAN, MIANYANG):
        assert explain(file, categories.values(), day) == explain(file.on(day), categories.values(), day)


def test_a_no_says_of_each_category_and_condition_what_is_missing():
    # Given a member of a party, of whom nothing else is recorded
    told = {one.category: one for one in explain(person(member(MINMENG)), MIANYANG.values(), SPRING)}
    # Then every condition that does not hold says what is missing, and so does its category
    for category in told.values():
        assert not category.applies
        assert category.because
        conditions = [one for way in category.alternatives for one in way.conditions]
        assert all(one.finding.because for one in conditions)
    assert [one.text for one in told["party_officers"].because] == [
        "未登记市级以上民主党派委员以上职务",
        "未登记校级民主党派组织负责人职务",
        "未登记校级民主党派组织副职",
    ]
    assert [one.text for one in told["veterans"].because] == [
        "未经确认：党外代表人士",
        "未登记离退休",
        "未经确认：与我党长期合作的老一代党外代表人士",
    ]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (person(member(CPC)), ["当日未登记本单位校级、中层领导职务"]),
        (person(leader("middle"), member(MINMENG)), ["民盟盟员", "不是中共党员"]),
        (person(leader("middle")), ["当日政治面貌未登记"]),
    ],
)
def test_of_who_has_no_contact_duty_it_is_said_what_is_missing_and_not_what_is_there(file, words):
    (told,) = duties(file, PACKS.get("hunan-first-normal").section("leaders").values(), SPRING)
    assert not told.applies
    assert [one.text for one in told.because] == words


@pytest.mark.clause("MY-3.1.1")
@pytest.mark.clause("MY-3.1.2")
def test_groups_have_categories_of_their_own():
    def told(kind):
        return [one.category for one in explain_group(kind, MIANYANG.values()) if one.applies]

    assert [told(kind) for kind in ("party_branch", "association", "study_group")] == [
        ["party_branches"],
        ["united_front_groups"],
        [],
    ]
    assert explain_group("association", HUNAN.values()) == ()
    assert len(explain(person(), MIANYANG.values(), SPRING)) == 9


def duty(file, institution, on=SPRING) -> dict[str, bool | None]:
    told = duties(file, PACKS.get(institution).section("leaders").values(), on)
    return {one.leaders: None if one.unknown else one.applies for one in told}


@pytest.mark.clause("YS-2.1")
@pytest.mark.clause("DT-4")
@pytest.mark.parametrize("institution", ["hunan-first-normal", "datong"])
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (person(leader("school", "deputy"), member(CPC)), True),
        (person(leader("middle", "deputy"), member(CPC)), True),
        (person(leader("middle"), member(PROBATIONARY)), True),
        (person(leader("school", "deputy"), member(MINMENG)), False),
        (person(leader("school"), member(NONPARTISAN)), False),
        (person(leader("school"), member(MINMENG), member(CPC)), True),
        (person(member(CPC)), False),
        (person(leader("middle")), None),
        (person(leader(until="2026-03-05"), member(CPC)), False),
        (person(leader(), member(CPC, until="2026-03-05")), None),
        (person(leader(), member(CPC), left="2026-03-05"), False),
    ],
    ids=[
        *("vice-president", "middle deputy", "probationary", "non-party vice-president", "non-party president"),
        *("two parties", "no leader", "unknown", "left the post today", "membership ended today", "left today"),
    ],
)
def test_contact_duties_are_those_of_leaders_who_are_members_on_the_day(institution, file, expected):
    assert duty(file, institution) == {"both_levels": expected}


@pytest.mark.clause("MY-3")
def test_a_duty_names_the_level_it_comes_from():
    assert duty(person(leader("school"), member(CPC)), "mianyang") == {"school": True, "middle": False}
    both = person(leader("school"), leader("middle"), member(CPC))
    assert duty(both, "mianyang") == {"school": True, "middle": True}


@pytest.mark.clause("SD-3.2")
def test_shanghai_gives_duties_to_school_leaders_only():
    assert duty(person(leader("middle"), member(CPC)), "shanghai-dianji") == {"school": False}


@pytest.mark.parametrize("name", [name for name in FACTS if name not in ("not_cpc_member", "young")])
@pytest.mark.parametrize("scope", [None, "city"])
def test_every_condition_that_does_not_hold_says_what_is_missing(name, scope):
    # Given somebody of whom what is asked is recorded, and says no
    file = person(member("13"), birth="1950", post_kind="worker")
    condition = {"fact": name, "age": 35} | ({"scope": scope} if scope else {})
    told = find(file, SPRING, condition)
    assert (told.holds, told.unknown) == (False, False)
    assert all(reason.text and "{" not in reason.text for reason in told.because)
    assert told.because
