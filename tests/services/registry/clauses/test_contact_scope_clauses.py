"""Whom leaders are to keep in touch with, and who has the duty: asked of the service, clause by clause."""

from __future__ import annotations

import pytest

from kernel.policy import Packs
from tests.services.registry.clauses.institutions import (
    CHIFENG,
    CPC,
    DATONG,
    DAY,
    HUNAN,
    MASSES,
    MIANYANG,
    MINMENG,
    NEXT_DAY,
    NONPARTISAN,
    PROBATIONARY,
    SHANGHAI,
    leading,
    on,
    operator,
    somebody,
)
from tests.support.homes import ROOT

PACKS = Packs.load(ROOT / "policies")


def clause(*ids):
    return [pytest.mark.clause(one) for one in ids]


def duties(school, institution, person_id, day=DAY):
    told = on(school, institution, "explain_scope", person_id, as_of=day)["leader_duties"]
    return {one["leaders"]: one["applies"] for one in told}, {one["clause"] for one in told}


@pytest.mark.parametrize(
    ("institution", "levels", "cited"),
    [
        pytest.param(HUNAN, {"both_levels": ("school", "middle")}, {"YS-2.1"}, marks=clause("YS-2.1")),
        pytest.param(DATONG, {"both_levels": ("school", "middle")}, {"DT-4"}, marks=clause("DT-4")),
        pytest.param(SHANGHAI, {"school": ("school",)}, {"SD-3.2"}, marks=clause("SD-3.2")),
        pytest.param(
            CHIFENG,
            {"friends": ("school",), "contacts": ("school", "middle")},
            {"CF-6.1", "CF-7.1"},
            marks=clause("CF-6.1", "CF-7.1"),
        ),
        pytest.param(MIANYANG, {"school": ("school",), "middle": ("middle",)}, {"MY-3"}, marks=clause("MY-3")),
    ],
)
@pytest.mark.parametrize("level", ["school", "middle"])
def test_contact_duties_are_those_of_leaders_of_the_level_who_are_members_of_the_cpc(
    school, institution, levels, cited, level
):
    # Given three deputies of one level: a member, one on probation, and one of another party
    member, new, other = (
        somebody(school, institution, party, tenures=[leading(level, "deputy")])
        for party in (CPC, PROBATIONARY, MINMENG)
    )
    # When it is asked who has the duty, then the members have it where the document names their level
    expected = {leaders: level in named for leaders, named in levels.items()}
    for person_id in (member, new):
        assert duties(school, institution, person_id) == (expected, cited)
    # And a leader who is no member never has
    assert duties(school, institution, other)[0] == dict.fromkeys(levels, False)


@pytest.mark.clause("YS-2.1")
def test_the_duty_ends_with_the_post_on_the_very_day(school):
    # Given a member whose post ends
    post = leading("middle", since="2020-09", until=DAY)
    person_id = somebody(school, HUNAN, CPC, tenures=[post])
    # Then the day before has the duty, and the day itself does not
    assert duties(school, HUNAN, person_id, "2026-03-04")[0] == {"both_levels": True}
    assert duties(school, HUNAN, person_id, DAY)[0] == {"both_levels": False}


SEAT = {"kind": "seat", "body": "people_congress", "level": "township", "post": "镇人大代表"}
BRANCH = {"kind": "party_post", "body": MINMENG, "level": "school"}
CITY_COMMITTEE = {"kind": "party_post", "body": MINMENG, "level": "city", "role": "committee_member"}
SPEAKER = {"kind": "nonpartisan_post", "level": "school", "role": "head"}
PROFESSOR = [{"code": "011", "name": "教授", "rank": "senior"}]
LECTURER = [{"code": "013", "name": "讲师", "rank": "intermediate"}]
FRIENDS = {"kind": "association_post", "body": "scholars_association"}
RETURNED = {"kind": "association_post", "body": "overseas_association", "role": "key_member"}
FEDERATION = {"kind": "association_post", "body": "overseas_chinese_federation", "role": "head"}
# By clause: institution, category, standings, fields of whom the document names, and of whom it does not.
DERIVED = {
    "YS-2.2.1": (HUNAN, "seat_holders", [MINMENG], {"tenures": [SEAT]}, {}),
    "YS-2.2.2": (
        *(HUNAN, "party_officers_and_heads", [NONPARTISAN]),
        *({"tenures": [SPEAKER]}, {"tenures": [{**SPEAKER, "level": "city"}]}),
    ),
    "YS-2.2.3": (HUNAN, "professors", [MASSES], {"titles": PROFESSOR}, {"titles": LECTURER}),
    "YS-2.2.4": (
        *(HUNAN, "division_heads_and_cultivated", [MINMENG]),
        *({"tenures": [leading("middle", "deputy")]}, {}),
    ),
    "MY-3.2.1": (MIANYANG, "seat_holders", [NONPARTISAN], {"tenures": [SEAT]}, {}),
    "MY-3.2.2": (
        *(MIANYANG, "party_officers", [MINMENG]),
        *({"tenures": [{**BRANCH, "role": "deputy"}]}, {"tenures": [{**BRANCH, "role": "committee_member"}]}),
    ),
    "MY-3.2.3": (MIANYANG, "professors", [NONPARTISAN], {"titles": PROFESSOR}, {"titles": LECTURER}),
    "MY-3.2.4": (
        *(MIANYANG, "middle_heads_and_cultivated", [MINMENG]),
        *({"tenures": [leading("middle", "head")]}, {"tenures": [leading("middle", "deputy")]}),
    ),
    "MY-3.2.5": (
        *(MIANYANG, "association_members", [MASSES]),
        {"tenures": [{**FRIENDS, "role": "key_member", "level": "city"}]},
        {"tenures": [{**FRIENDS, "role": "key_member", "level": "school"}]},
    ),
    "MY-3.2.6": (
        *(MIANYANG, "overseas_association_members", [MASSES]),
        *({"tenures": [{**RETURNED, "level": "province"}]}, {"tenures": [{**RETURNED, "level": "school"}]}),
    ),
    "MY-3.2.7": (MIANYANG, "overseas_chinese_representatives", [MASSES], {"tenures": [FEDERATION]}, {}),
}


@pytest.mark.parametrize("cited", [pytest.param(one, marks=clause(one)) for one in DERIVED])
def test_a_category_is_that_of_whom_its_document_names_and_of_nobody_else(school, cited):
    institution, category, parties, named, not_named = DERIVED[cited]
    # Given somebody whom the document names, and somebody like them whom it does not
    inside = somebody(school, institution, *parties, **named)
    outside = somebody(school, institution, *parties, **not_named)
    # When it is asked why, then the category applies to the one, by this clause and with reasons
    told = categories(school, institution, inside)[category]
    assert (told["applies"], told["clause"], told["local"]) == (True, cited, False)
    assert all(reason["text"] for reason in told["because"])
    assert told["because"]
    # And not to the other
    assert not categories(school, institution, outside)[category]["applies"]


def categories(school, institution, person_id, day=DAY):
    told = on(school, institution, "explain_scope", person_id, as_of=day)["categories"]
    return {one["category"]: one for one in told}


# By clause: what a person of the department must have confirmed, all of it.
CONFIRMED = {
    "YS-2.2.4": (HUNAN, "division_heads_and_cultivated", ["cultivated", "young_or_middle_aged_representative"]),
    "YS-2.2.5": (HUNAN, "veterans", ["representative", "long_cooperation_confirmed"]),
    "YS-2.2.6": (HUNAN, "other", ["entered_by_hand"]),
    "MY-3.2.4": (
        MIANYANG,
        "middle_heads_and_cultivated",
        ["cultivated", "young_or_middle_aged_representative"],
    ),
    "MY-3.2.7": (MIANYANG, "overseas_chinese_representatives", ["influence_confirmed"]),
    "MY-3.2.8": (MIANYANG, "veterans", ["representative", "long_cooperation_confirmed"]),
    "MY-3.2.9": (MIANYANG, "other", ["entered_by_hand"]),
}


@pytest.mark.parametrize("cited", [pytest.param(one, marks=clause(one)) for one in CONFIRMED])
def test_what_needs_judgement_applies_by_a_persons_confirmation_with_a_reason_and_ends_with_it(school, cited):
    institution, category, facts = CONFIRMED[cited]
    # Given somebody retired, of whom nothing is confirmed
    person_id = somebody(school, institution, MINMENG, retired="2019-07")
    assert not categories(school, institution, person_id)[category]["applies"]
    # When the department confirms each fact, then it applies with the last of them
    for fact in facts:
        assert not categories(school, institution, person_id)[category]["applies"]
        on(school, institution, "confirm_fact", person_id, fact=fact, reason="部务会认定", since="2026-01")
    told = categories(school, institution, person_id)[category]
    assert (told["applies"], told["clause"]) == (True, cited)
    # And a confirmation without a reason is refused
    asked = {"person_id": person_id, "fact": facts[-1], "reason": ""}
    refusal = school.refused(operator(institution), "confirm_fact", **asked)
    assert list(refusal.details["fields"]) == ["reason"]
    # And taken back, it no longer applies
    ended = {"fact": facts[-1], "holds": False, "reason": "情况变化", "since": NEXT_DAY}
    on(school, institution, "confirm_fact", person_id, **ended)
    assert categories(school, institution, person_id, DAY)[category]["applies"]
    assert not categories(school, institution, person_id, NEXT_DAY)[category]["applies"]


@pytest.mark.parametrize("institution", [HUNAN, MIANYANG])
def test_of_whom_no_standing_is_recorded_it_says_so_and_takes_them_for_nobody(school, institution):
    # Given a professor without a recorded standing
    person_id = somebody(school, institution, titles=PROFESSOR)
    # Then the category does not apply, and says that it is not known
    told = categories(school, institution, person_id)["professors"]
    assert (told["applies"], told["unknown"]) == (False, True)


@pytest.mark.parametrize("institution", [HUNAN, MIANYANG, DATONG, SHANGHAI, CHIFENG])
def test_where_the_document_names_no_categories_the_answer_says_so(school, institution):
    told = on(school, institution, "explain_scope", somebody(school, institution, MINMENG), as_of=DAY)
    # A sentence stands where no category does, and nowhere else
    assert bool(told["note"]) == (not told["categories"]) == (institution not in (HUNAN, MIANYANG))
    # And every category that does not apply says why
    assert all(one["because"] for one in told["categories"])
