"""What is already so is refused as it stands, and nothing that was said is dropped in silence."""

from __future__ import annotations

import pytest

from tests.services.registry.school import OPERATOR

SOON = "2998"


def test_a_fact_is_confirmed_once_and_again_after_it_ended(school):
    fact = {"person_id": school.register(), "fact": "representative", "reason": "认定"}
    school.do(OPERATOR, "confirm_fact", **fact, since="2020")
    refusal = school.refused(OPERATOR, "confirm_fact", **fact)
    assert (refusal.code, refusal.details) == ("wrong_state", {"state": "confirmed", "allowed": []})
    school.do(OPERATOR, "confirm_fact", **fact, holds=False)
    assert school.refused(OPERATOR, "confirm_fact", **fact, holds=False).code == "wrong_state"
    school.do(OPERATOR, "confirm_fact", **fact)
    assert len(school.file(fact["person_id"])["confirmations"]) == 2


def test_a_fact_that_is_confirmed_for_a_day_to_come_can_be_taken_back_before(school):
    fact = {"person_id": school.register(), "fact": "representative", "reason": "认定", "since": SOON}
    school.do(OPERATOR, "confirm_fact", **fact)
    assert school.refused(OPERATOR, "confirm_fact", **fact).code == "wrong_state"
    school.do(OPERATOR, "confirm_fact", **fact, holds=False)
    (one,) = school.file(fact["person_id"])["confirmations"]
    assert (one["since"], one["until"]) == (SOON, SOON)
    school.do(OPERATOR, "confirm_fact", **fact)


@pytest.mark.parametrize(
    ("first", "then", "state"),
    [
        ("retired", "retired", "current"),
        ("resigned", "resigned", "left"),
        ("resigned", "retired", "left"),
        ("deceased", "transferred", "left"),
    ],
)
def test_nobody_retires_or_leaves_twice(school, first, then, state):
    person_id = school.register()
    school.do(OPERATOR, "retire_person", person_id=person_id, reason=first)
    refusal = school.refused(OPERATOR, "retire_person", person_id=person_id, reason=then)
    assert (refusal.code, refusal.details) == ("wrong_state", {"state": state, "allowed": []})


def test_whoever_retired_can_still_leave(school):
    person_id = school.register()
    school.do(OPERATOR, "retire_person", person_id=person_id, reason="retired", on="2020")
    assert school.do(OPERATOR, "retire_person", person_id=person_id, reason="deceased")["state"] == "left"


@pytest.mark.parametrize(
    ("method", "words", "field"),
    [
        ("recommend_person", {"kind": "seat", "place": "市政协", "outcome": "elected"}, "outcome"),
        ("recommend_person", {"kind": "seat", "place": "市政协", "decided_on": "2020"}, "decided_on"),
        (
            "recommend_person",
            {"recommendation_id": "0" * 12, "outcome": "elected", "place": "市政协"},
            "place",
        ),
        ("add_tenure", {"kind": "leadership", "post": "院长"}, "level"),
        ("add_tenure", {"kind": "leadership", "level": "middle"}, "post"),
    ],
)
def test_what_would_not_be_kept_is_refused(school, method, words, field):
    refusal = school.refused(OPERATOR, method, person_id=school.register(), **words)
    assert (refusal.code, list(refusal.details["fields"])) == ("invalid_input", [field])


def test_a_post_with_an_end_to_come_can_end_sooner_and_one_that_ended_no_more(school):
    person_id = school.register()
    post = {"kind": "leadership", "level": "middle", "post": "主任", "since": "2020", "until": "2999-01-01"}
    tenure_id = school.do(OPERATOR, "add_tenure", person_id=person_id, **post)["tenure_id"]
    school.do(OPERATOR, "end_tenure", person_id=person_id, tenure_id=tenure_id, until="2026-01-01")
    assert school.file(person_id)["tenures"][0]["until"] == "2026-01-01"
    refusal = school.refused(OPERATOR, "end_tenure", person_id=person_id, tenure_id=tenure_id)
    assert (refusal.code, refusal.details["state"]) == ("wrong_state", "ended")
