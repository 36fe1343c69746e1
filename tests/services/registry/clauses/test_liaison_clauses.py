"""A unit's liaison by the rule of Chifeng: two branches of equal rank, else the fallback (CF-5)."""

from __future__ import annotations

import pytest

from tests.services.registry.clauses.institutions import (
    CHIFENG,
    CPC,
    DATONG,
    DAY,
    MASSES,
    MINMENG,
    NEXT_DAY,
    ask,
    on,
    operator,
    somebody,
)

pytestmark = pytest.mark.clause("CF-5")
RETURNED = {"studies_abroad": [{"since": "2014-09", "until": "2017-07"}], "post_kind": "teacher"}


def appoint(school, person_id, **more):
    return on(school, CHIFENG, "appoint_liaison", person_id, **{"unit": "library", "on": DAY} | more)


def refused(school, person_id, **more):
    asked = {"person_id": person_id, "unit": "library", "on": DAY} | more
    return school.refused(operator(CHIFENG), "appoint_liaison", **asked)


def recorded(school, person_id):
    return [one["branch"] for one in school.get(person_id, operator(CHIFENG))["file"].get("liaisons", [])]


@pytest.mark.parametrize(
    ("parties", "fields", "branch"),
    [
        ([MASSES], {"birth": "1960"}, "non_party"),
        ([MINMENG], {"post_kind": "administrator"}, "non_party"),
        ([CPC], {"birth": "1991-01", **RETURNED}, "young_returned_teacher"),
        ([CPC], {"birth": "1990-03-06", **RETURNED}, "young_returned_teacher"),
    ],
    ids=["non-party of any age", "non-party in any post", "young returned teacher", "the day before 36"],
)
def test_either_branch_is_enough_and_stands_in_the_file_with_the_clause(new_school, parties, fields, branch):
    # Given somebody whom one of the branches names
    person_id = somebody(new_school, CHIFENG, *parties, **fields)
    # When the unit's liaison is appointed
    told = appoint(new_school, person_id, nominated_by="图书馆")
    # Then it is by that branch, without a reason being asked for
    assert (told["branch"], told["clause"]) == (branch, "CF-5")
    assert recorded(new_school, person_id) == [branch]
    # And who appoints, and for how long, is what the institution set
    (entry,) = new_school.get(person_id, operator(CHIFENG))["file"]["liaisons"]
    assert (entry["appointed_by"], entry["until"]) == ("党委组织统战部", "2029-03-05")


def liaisons(school, day=DAY):
    return ask(school, CHIFENG, "list_liaisons", as_of=day)["items"]


def test_the_fallback_is_a_young_teacher_of_the_party_and_says_why_neither_branch_could_be_met(school):
    # Given a young teacher who is a member and never studied abroad
    person_id = somebody(school, CHIFENG, CPC, birth="1995", post_kind="teacher")
    # When no reason is given, then the clause is named and nothing is written
    refusal = refused(school, person_id)
    assert (refusal.code, refusal.clause) == ("invalid_input", "CF-5")
    assert list(refusal.details["fields"]) == ["reason"]
    assert recorded(school, person_id) == []
    # And with a reason it is the fallback, on record
    assert appoint(school, person_id, reason="本部门没有符合两条的人选")["branch"] == "young_party_teacher"
    assert recorded(school, person_id) == ["young_party_teacher"]


@pytest.mark.parametrize(
    ("parties", "fields", "unknown"),
    [
        ([CPC], {"birth": "1960", "post_kind": "teacher"}, False),
        ([CPC], {"birth": "1990-03-05", **RETURNED}, False),
        ([CPC], {"birth": "1991-01", **RETURNED, "post_kind": "administrator"}, False),
        ([MASSES], {"left": "2026-01", "left_reason": "transferred"}, False),
        ([], {}, True),
    ],
    ids=["older member", "36 today", "no teacher", "no longer here", "nothing recorded"],
)
def test_whom_no_branch_names_is_refused_with_the_clause_whatever_the_reason(school, parties, fields, unknown):
    # Given somebody whom neither a branch nor the fallback names
    person_id = somebody(school, CHIFENG, *parties, **fields)
    # When they are nominated with a reason, then they are refused by the clause, and it says what is not known
    refusal = refused(school, person_id, reason="工作需要")
    assert (refusal.code, refusal.clause, refusal.details) == ("not_eligible", "CF-5", {"unknown": unknown})


def test_a_unit_has_one_liaison_and_the_one_before_ends_on_the_day_of_the_next(new_school):
    # Given a college with a liaison
    college = {"unit": "literature", "name": "文学院", "kind": "college"}
    ask(new_school, CHIFENG, "register_unit", **college)
    first, second = (somebody(new_school, CHIFENG, MASSES) for _ in range(2))
    appoint(new_school, first, unit="literature")
    # When another one is appointed the next day
    told = appoint(new_school, second, unit="literature", on=NEXT_DAY)
    # Then the first was it until then
    assert told["ended"] == [first]

    def holder(day):
        return [one["liaison"]["person_id"] for one in liaisons(new_school, day) if one["unit"] == "literature"]

    assert (holder(DAY), holder(NEXT_DAY)) == ([first], [second])


def test_a_term_that_begins_later_ends_before_it_began_when_another_is_appointed_for_earlier(new_school):
    # Given a liaison from a later day on
    later, earlier = (somebody(new_school, CHIFENG, MASSES) for _ in range(2))
    appoint(new_school, later, on=NEXT_DAY)
    # When another one is appointed from an earlier day on
    assert appoint(new_school, earlier)["ended"] == [later]
    # Then the first never was it, on no day, and is not ended twice
    (term,) = new_school.get(later, operator(CHIFENG))["file"]["liaisons"]
    assert (term["since"], term["until"]) == (NEXT_DAY, NEXT_DAY)
    assert appoint(new_school, later, on="2026-02")["ended"] == [earlier]


def test_units_without_a_liaison_are_shown(new_school):
    answer = ask(new_school, CHIFENG, "list_liaisons", as_of=DAY)
    assert answer["vacant"] == len(answer["items"]) > 0
    # And those of a kind that the clause does not name (图书馆 is affiliated) have none to miss.
    assert "library" not in {one["unit"] for one in answer["items"]}


def test_an_institution_whose_document_has_no_such_rule_has_no_liaisons_by_it(school):
    person_id = somebody(school, DATONG, MASSES)
    asked = {"person_id": person_id, "unit": "library"}
    assert school.refused(operator(DATONG), "appoint_liaison", **asked).code == "not_offered"
    assert ask(school, DATONG, "list_liaisons") == {"items": [], "vacant": 0}
