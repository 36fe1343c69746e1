"""Each condition of a pack is one question to a file, with the entries that answer it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import services.registry.domain.person as rules
from kernel.policy.pack import CONDITIONS
from services.registry.domain.person.entries import CONFIRMED
from services.registry.domain.person.facts import FACTS, GROUP_FACTS, find
from services.registry.domain.person.lacking import CONFIRMED_WORDS
from tests.services.registry.domain.files import (
    SPRING,
    abroad,
    calendar_days,
    confirmed,
    day_texts,
    files,
    leader,
    person,
    tenure,
    title,
)

conditions = st.sampled_from(sorted(FACTS)).map(lambda fact: {"fact": fact, "age": 35})


def holds(file, fact, on=SPRING, **narrowed) -> bool | None:
    found = find(file, on, {"fact": fact} | narrowed)
    return None if found.unknown else found.holds


def test_every_condition_of_the_packs_is_answered_and_no_other_is():
    assert FACTS.keys() | GROUP_FACTS.keys() == set(CONDITIONS)
    assert FACTS.keys() & GROUP_FACTS.keys() == set()
    assert set(CONFIRMED_WORDS) == set(CONFIRMED)
    with pytest.raises(KeyError):
        find(person(), SPRING, {"fact": "party_branch"})


def test_groups_are_asked_for_their_kind():
    assert [fact for fact, ask in GROUP_FACTS.items() if ask("association").holds] == ["association"]
    assert [fact for fact, ask in GROUP_FACTS.items() if ask("party_branch").holds] == ["party_branch"]
    assert [fact for fact, ask in GROUP_FACTS.items() if ask("study_group").holds] == []


@given(files, calendar_days, conditions, st.sampled_from(["", "01", "03", "11"]))
def test_no_fact_rests_on_ethnicity(file, day, condition, ethnicity):
    assert find(replace(file, ethnicity=ethnicity), day, condition) == find(file, day, condition)


def test_no_rule_so_much_as_reads_the_ethnicity():
    reading = [
        path.name for path in Path(rules.__file__).parent.glob("*.py") if ".ethnicity" in path.read_text()
    ]
    assert reading == []


@given(files, calendar_days, conditions)
def test_what_holds_names_what_it_rests_on_and_unknown_never_holds(file, day, condition):
    found = find(file, day, condition)
    assert not (found.holds and found.unknown)
    if found.holds or found.unknown:
        assert found.because
    assert all(hasattr(file, reason.field) and reason.text for reason in found.because)


@given(files, calendar_days, st.sampled_from(["retired", "overseas_study_ended"]))
def test_what_is_over_stays_over(file, day, fact):
    assert holds(file, fact, day + timedelta(days=400)) >= holds(file, fact, day)


@pytest.mark.clause("YS-2.2.1")
@pytest.mark.clause("MY-3.2.1")
@pytest.mark.parametrize(
    ("body", "level", "narrowed", "expected"),
    [
        ("people_congress", "township", {}, True),
        ("cppcc", "national", {}, True),
        ("counsellor", "province", {}, False),
        ("special_inspector", "city", {}, False),
        ("cppcc", "district", {"scope": "city"}, False),
        ("cppcc", "city", {"scope": "city"}, True),
        ("cppcc", "national", {"scope": "city"}, True),
        ("cppcc", "", {"scope": "city"}, None),
    ],
)
def test_a_seat_is_one_in_a_congress_or_a_cppcc_of_any_level(body, level, narrowed, expected):
    file = person(tenure("seat", body=body, level=level, since="2022-01"))
    assert holds(file, "holds_seat", **narrowed) == expected


def test_a_seat_is_held_from_its_first_day_to_the_day_before_its_end():
    file = person(tenure("seat", body="cppcc", level="city", since="2022-01", until="2026-03-05"))
    days = [date(2021, 12, 31), date(2022, 1, 1), date(2026, 3, 4), SPRING]
    assert [holds(file, "holds_seat", day) for day in days] == [False, True, True, False]


@pytest.mark.clause("YS-2.2.2")
@pytest.mark.clause("MY-3.2.2")
@pytest.mark.parametrize(
    ("role", "level", "district", "city"),
    [
        ("committee_member", "school", False, False),
        ("committee_member", "county", True, False),
        ("committee_member", "district", True, False),
        ("deputy", "city", True, True),
        ("head", "province", True, True),
        ("committee_member", "national", True, True),
        ("key_member", "city", False, False),
        ("", "city", None, None),
        ("", "district", None, False),
        ("", "", None, None),
    ],
)
def test_committee_member_or_more_counts_at_the_level_named_and_above(role, level, district, city):
    file = person(tenure("party_post", body="05", role=role, level=level))
    told = [holds(file, "party_committee_member", scope=scope) for scope in ("district", "city")]
    assert told == [district, city]


def test_a_post_in_the_cpc_is_no_post_in_a_democratic_party():
    file = person(tenure("party_post", body="01", role="head", level="city"))
    assert not holds(file, "party_committee_member", scope="city")
    assert not holds(file, "party_organisation_head")


@pytest.mark.clause("YS-2.2.2")
@pytest.mark.clause("MY-3.2.2")
@pytest.mark.parametrize("role", ["head", "deputy"])
def test_head_and_deputy_of_the_schools_party_branch_are_told_apart(role):
    file = person(tenure("party_post", body="10", role=role, level="school"))
    told = [
        holds(file, fact, scope="school")
        for fact in ("party_organisation_head", "party_organisation_deputy_head")
    ]
    assert told == [role == "head", role == "deputy"]
    elsewhere = person(tenure("party_post", body="10", role=role, level="city"))
    assert not holds(elsewhere, f"party_organisation_{'deputy_' * (role == 'deputy')}head", scope="school")


def test_who_speaks_for_the_nonpartisans_of_the_school_is_their_head():
    file = person(tenure("nonpartisan_post", role="head", level="school"))
    assert holds(file, "nonpartisan_group_head", scope="school")
    assert not holds(person(), "nonpartisan_group_head", scope="school")


@pytest.mark.clause("MY-3.2.5")
@pytest.mark.clause("MY-3.2.6")
@pytest.mark.clause("MY-3.2.7")
@pytest.mark.parametrize(
    ("body", "role", "level", "facts"),
    [
        ("scholars_association", "head", "school", {"scholars_association_head"}),
        ("scholars_association", "key_member", "school", set()),
        ("scholars_association", "key_member", "city", {"scholars_association_key_member"}),
        (
            *("scholars_association", "head", "province"),
            {"scholars_association_head", "scholars_association_key_member"},
        ),
        ("scholars_association", "key_member", "national", set()),
        ("overseas_association", "key_member", "province", {"overseas_association_key_member"}),
        ("overseas_association", "key_member", "district", set()),
        ("overseas_chinese_federation", "head", "school", {"overseas_chinese_federation_head"}),
        ("overseas_chinese_federation", "key_member", "city", set()),
    ],
)
def test_a_post_in_an_association_counts_in_that_association_and_at_that_level(body, role, level, facts):
    file = person(tenure("association_post", body=body, role=role, level=level))
    scopes = {name: {"scope": "province_or_city"} for name in FACTS if name.endswith("association_key_member")}
    asked = [name for name in FACTS if "association" in name or "federation" in name]
    assert {name for name in asked if holds(file, name, **scopes.get(name, {}))} == facts


@pytest.mark.clause("YS-2.2.3")
@pytest.mark.clause("MY-3.2.3")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"code": "011", "name": "教授", "rank": "senior"}, True),
        ({"code": "011"}, True),
        ({"name": "教授"}, True),
        ({"code": "012", "name": "副教授"}, False),
        ({"name": "副教授"}, False),
        ({"name": "教授级高级工程师", "rank": "senior"}, False),
        ({"code": "083", "name": "教授", "rank": "senior"}, False),
        ({"code": "011", "until": "2026-03-05"}, False),
    ],
)
def test_a_professor_is_one_by_code_or_by_that_very_name(fields, expected):
    assert holds(person(title(**fields)), "professor") == expected


@pytest.mark.clause("YS-2.2.4")
@pytest.mark.clause("MY-3.2.4")
@pytest.mark.parametrize(
    ("level", "role", "division", "middle_head"),
    [
        ("middle", "head", True, True),
        ("middle", "deputy", True, False),
        ("school", "head", False, False),
        ("school", "deputy", False, False),
    ],
)
def test_a_division_post_is_any_of_the_middle_level_and_its_head_post_the_first(
    level, role, division, middle_head
):
    file = person(leader(level, role))
    assert (holds(file, "division_post"), holds(file, "middle_head_post")) == (division, middle_head)


def test_a_leader_who_left_leads_nothing_though_nobody_ended_the_tenure():
    file = person(leader(since="2019-09"), left="2026-03-05", left_reason="transferred")
    assert holds(file, "division_post", date(2026, 3, 4))
    assert not holds(file, "division_post")


@pytest.mark.parametrize("fact", CONFIRMED)
def test_what_needs_judgement_holds_while_a_confirmation_of_that_very_fact_does(fact):
    other = next(name for name in CONFIRMED if name != fact)
    file = person(confirmed(fact, "2025-09", "2026-03-05"), confirmed(other))
    days = [date(2025, 8, 31), date(2025, 9, 1), date(2026, 3, 4), SPRING]
    assert [holds(file, fact, day) for day in days] == [False, True, True, False]


def test_retired_is_who_retired_with_or_without_leaving():
    assert holds(person(retired="2026-03"), "retired")
    assert not holds(person(retired="2026-04"), "retired")
    assert holds(person(left="2020", left_reason="retired"), "retired")
    assert not holds(person(left="2020", left_reason="transferred"), "retired")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (person(post_kind="teacher"), True),
        (person(post_kind="administrator"), False),
        (person(post_kind=""), None),
        (person(post_kind="teacher", retired="2026-03"), False),
        (person(post_kind="teacher", left="2026-03-05"), False),
        (person(post_kind="teacher", joined="2026-09"), False),
    ],
)
def test_a_teacher_is_one_by_the_kind_of_post_while_in_service(file, expected):
    assert holds(file, "teacher") == expected


@pytest.mark.clause("CF-5")
@pytest.mark.parametrize(
    ("birth", "on", "expected"),
    [
        ("1990-06-15", date(2025, 6, 15), True),
        ("1990-06-15", date(2026, 6, 14), True),
        ("1990-06-15", date(2026, 6, 15), False),
        ("1990-06-15", date(2026, 6, 16), False),
        ("1990", date(2025, 12, 31), True),
        ("1990", date(2026, 1, 1), False),
        ("", date(2026, 1, 1), None),
    ],
)
def test_35_or_younger_includes_35_and_nobody_who_may_be_36(birth, on, expected):
    assert holds(person(birth=birth), "age_at_most", on, age=35) == expected


@given(day_texts, calendar_days)
def test_who_is_too_old_stays_so(birth, day):
    file = person(birth=birth)
    assert holds(file, "age_at_most", day + timedelta(days=1), age=35) <= holds(
        file, "age_at_most", day, age=35
    )


def test_young_is_answered_by_the_age_that_was_set_and_by_none_where_none_was():
    file = person(birth="1990-06-15")
    assert holds(file, "young", age=35)
    assert not holds(file, "young", age=34)
    assert holds(file, "young") is None


@pytest.mark.clause("CF-5")
@pytest.mark.parametrize(
    ("study", "expected"),
    [
        (abroad("2018-09", "2020-07"), True),
        (abroad("2018-09", "2026-03-05"), True),
        (abroad("2018-09", "2026-03-06"), False),
        # Some day of this March, or of this year: perhaps not yet.
        (abroad("2018-09", "2026-03"), False),
        (abroad("2018-09", "2026"), False),
        (abroad("2018-09"), False),
    ],
)
def test_overseas_study_counts_when_it_is_surely_over(study, expected):
    assert holds(person(study), "overseas_study_ended") == expected
