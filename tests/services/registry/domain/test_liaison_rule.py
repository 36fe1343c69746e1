"""A unit nominates a liaison by one of two branches of equal rank, or by the fallback with a reason (CF-5)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kernel.policy import Packs
from kernel.policy.pack import Value
from services.registry.domain.person.liaison import branch_of
from tests.services.registry.domain.files import (
    CPC,
    MASSES,
    MINMENG,
    PROBATIONARY,
    SPRING,
    abroad,
    member,
    person,
)

RULE = Packs.load(Path(__file__).parents[4] / "policies").get("chifeng").section("liaison_rules")["nomination"]
A, B, FALLBACK = "non_party", "young_returned_teacher", "young_party_teacher"
RETURNED = abroad("2014-09", "2017-07")
pytestmark = pytest.mark.clause("CF-5")


@pytest.mark.parametrize(
    ("file", "branch"),
    [
        (person(member(MASSES), birth="1960"), A),
        (person(member(MINMENG), post_kind="administrator"), A),
        (person(RETURNED, member(CPC), birth="1991-01"), B),
        (person(RETURNED, birth="1991-01"), B),
        (person(RETURNED, member(MASSES), birth="1991-01"), A),
        (person(member(CPC), birth="1991-01"), FALLBACK),
        (person(abroad("2025-09"), member(PROBATIONARY), birth="1991-01"), FALLBACK),
        (person(RETURNED, member(CPC), birth="1991-01", post_kind="administrator"), ""),
        (person(RETURNED, member(CPC), birth="1990-03-05"), ""),
        (person(RETURNED, member(CPC), birth="1990"), ""),
        (person(member(CPC), birth="1989"), ""),
        (person(member(MASSES), left="2026-03-05"), ""),
    ],
    ids=[
        *("non-party of any age", "non-party in any post", "returned member", "returned, standing unknown"),
        *("non-party and returned", "young member", "still abroad", "no teacher", "36 today", "perhaps 36"),
        *("older member", "left today"),
    ],
)
def test_a_nomination_goes_by_a_branch_else_by_the_fallback_else_not_at_all(file, branch):
    told = branch_of(file, RULE, SPRING)
    assert (told.branch, told.needs_reason, told.clause) == (branch, branch == FALLBACK, "CF-5")
    assert not (told.branch and told.unknown)


def test_on_the_36th_birthday_the_branch_is_closed_and_the_day_before_it_is_open():
    file = person(RETURNED, member(CPC), birth="1990-06-15")
    days = [date(2025, 6, 15), date(2026, 6, 14), date(2026, 6, 15), date(2026, 6, 16)]
    assert [branch_of(file, RULE, day).branch for day in days] == [B, B, "", ""]


def test_a_refusal_shows_every_branch_with_its_findings_and_what_is_not_recorded():
    told = branch_of(person(), RULE, SPRING)
    assert [one.id for one in told.branches] == [A, B, FALLBACK]
    assert (told.branch, told.unknown) == ("", True)
    assert [row.finding.because[0].text for row in told.branches[0].way.conditions] == ["当日政治面貌未登记"]
    # And one whom every branch contradicts is refused with nothing unknown.
    assert not branch_of(person(member(CPC), birth="1960"), RULE, SPRING).unknown


def test_without_an_age_of_the_institution_young_is_left_open_and_nobody_is_taken_for_it():
    unset = Value(RULE.id, {name: value for name, value in RULE.content.items() if name != "young"}, RULE.cites)
    told = branch_of(person(member(CPC), birth="1999"), unset, SPRING)
    assert (told.branch, told.unknown) == ("", True)
    assert told.branches[-1].way.conditions[-1].finding.because[0].text == "“年轻”的年龄未定"


def test_a_rule_without_a_fallback_refuses_whom_its_branches_refuse():
    bare = Value(
        RULE.id, {name: value for name, value in RULE.content.items() if name != "fallback"}, RULE.cites
    )
    told = branch_of(person(member(CPC), birth="1999"), bare, SPRING)
    assert (told.branch, told.needs_reason, len(told.branches)) == ("", False, 2)


def test_an_age_that_the_condition_names_itself_goes_before_the_age_of_the_institution():
    asked = {"id": "own", "name": "本人", "all_of": ({"fact": "young", "age": 30},)}
    strict = Value(RULE.id, {**RULE.content, "branches": (asked,), "fallback": None}, RULE.cites)
    assert branch_of(person(birth="1999"), strict, SPRING).branch == "own"
    assert branch_of(person(birth="1992"), strict, SPRING).branch == ""
