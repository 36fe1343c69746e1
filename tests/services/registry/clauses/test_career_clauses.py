"""Recommendations with their outcomes, and what people give, where they agree to its being counted."""

from __future__ import annotations

import pytest

from tests.services.registry.clauses.institutions import (
    CHIFENG,
    DATONG,
    MINMENG,
    SHANGHAI,
    on,
    operator,
    somebody,
)


def file(school, institution, person_id):
    return school.get(person_id, operator(institution))["file"]


@pytest.mark.parametrize(
    ("institution", "kind", "place", "outcome"),
    [
        pytest.param(DATONG, "seat", "市政协委员", "elected", marks=pytest.mark.clause("DT-13.3")),
        pytest.param(DATONG, "seat", "政府参事", "not_chosen", marks=pytest.mark.clause("DT-13.3")),
        pytest.param(DATONG, "post", "市人大常委会", "appointed", marks=pytest.mark.clause("DT-13.3")),
        pytest.param(SHANGHAI, "secondment", "区教育局", "appointed", marks=pytest.mark.clause("SD-3.6")),
    ],
)
def test_a_recommendation_is_recorded_and_later_what_became_of_it_once(
    school, institution, kind, place, outcome
):
    # Given somebody who was recommended
    person_id = somebody(school, institution, MINMENG)
    words = {"kind": kind, "place": place, "since": "2026-01-10"}
    made = on(school, institution, "recommend_person", person_id, **words)["recommendation_id"]
    (open_one,) = file(school, institution, person_id)["recommendations"]
    assert (open_one["place"], open_one.get("outcome")) == (place, None)
    # When it is known what became of it
    decided = {"recommendation_id": made, "outcome": outcome, "decided_on": "2026-03-01"}
    on(school, institution, "recommend_person", person_id, **decided)
    # Then it stands beside the recommendation, and is not decided twice
    (done,) = file(school, institution, person_id)["recommendations"]
    assert (done["outcome"], done["decided_on"]) == (outcome, "2026-03-01")
    again = school.refused(operator(institution), "recommend_person", person_id=person_id, **decided)
    assert (again.code, again.details["state"]) == ("wrong_state", outcome)
    # And that somebody was not chosen says nothing of them elsewhere: no post comes of a recommendation alone
    assert "tenures" not in file(school, institution, person_id)


@pytest.mark.clause("DT-13.3")
@pytest.mark.parametrize("level", ["national", "province", "city", "county", "district", "township"])
def test_a_seat_is_recorded_at_its_level_down_to_the_township(school, level):
    person_id = somebody(school, DATONG, MINMENG)
    seat = {"kind": "seat", "body": "people_congress", "level": level, "post": "人大代表", "since": "2022-01"}
    on(school, DATONG, "add_tenure", person_id, **seat)
    (tenure,) = file(school, DATONG, person_id)["tenures"]
    assert (tenure["level"], tenure["body"]) == (level, "people_congress")


@pytest.mark.parametrize(
    ("institution", "kind"),
    [
        pytest.param(DATONG, "建议献策", marks=pytest.mark.clause("DT-18")),
        pytest.param(DATONG, "法律援助", marks=pytest.mark.clause("DT-16.1")),
        pytest.param(SHANGHAI, "社会服务", marks=pytest.mark.clause("SD-2.4")),
        pytest.param(SHANGHAI, "建言献策", marks=pytest.mark.clause("SD-3.7")),
    ],
)
def test_what_somebody_gave_is_recorded_with_their_consent_and_never_without(school, institution, kind):
    # Given somebody of an institution whose rules count what people give
    person_id = somebody(school, institution, MINMENG)
    given = {"kind": kind, "title": "虚构的贡献", "on": "2026-02-01"}
    # When they have not agreed, then it is not recorded
    refusal = school.refused(operator(institution), "record_contribution", person_id=person_id, **given)
    assert list(refusal.details["fields"]) == ["consent"]
    assert "contributions" not in file(school, institution, person_id)
    # When they have, then it is, and has no number by which it could be weighed
    on(school, institution, "record_contribution", person_id, consent=True, **given)
    (one,) = file(school, institution, person_id)["contributions"]
    assert set(one) == {"id", "kind", "title", "on", "consent"}
    assert one["kind"] == kind


@pytest.mark.clause("DT-18")
def test_where_no_rule_counts_contributions_none_are_recorded(school):
    person_id = somebody(school, CHIFENG, MINMENG)
    asked = {"person_id": person_id, "kind": "建言献策", "title": "虚构的贡献", "consent": True}
    assert school.refused(operator(CHIFENG), "record_contribution", **asked).code == "not_offered"
