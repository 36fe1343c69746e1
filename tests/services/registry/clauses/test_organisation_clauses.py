"""Groups by kind, and training by whom it was for: what the organisation did, and no rate of anybody."""

from __future__ import annotations

import pytest

from kernel.identity.actor import Actor, Role
from tests.services.registry.clauses.institutions import (
    CHIFENG,
    DATONG,
    HUNAN,
    MIANYANG,
    MINMENG,
    SHANGHAI,
    ask,
    operator,
    somebody,
)


@pytest.mark.parametrize(
    ("institution", "kind", "audience", "title"),
    [
        pytest.param(
            *(DATONG, "plan", "representative", "年度学习培训计划"), marks=pytest.mark.clause("DT-12.1")
        ),
        pytest.param(*(DATONG, "session", "scholar", "年度培训"), marks=pytest.mark.clause("DT-12.2")),
        pytest.param(*(CHIFENG, "study", "party_leader", "党组中心组学习"), marks=pytest.mark.clause("CF-3.1")),
        pytest.param(
            *(CHIFENG, "study", "united_front_staff", "统战干部学习"), marks=pytest.mark.clause("CF-17.1")
        ),
        pytest.param(*(CHIFENG, "study", "liaison", "统战联络员学习"), marks=pytest.mark.clause("CF-17.1")),
        pytest.param(
            *(SHANGHAI, "study", "united_front_staff", "统战工作队伍学习"), marks=pytest.mark.clause("SD-5.5")
        ),
    ],
)
def test_training_is_recorded_by_whom_it_was_for_and_says_nothing_of_who_was_there(
    school, institution, kind, audience, title
):
    # Given two people, one of whom was there
    there, away = (somebody(school, institution, MINMENG) for _ in range(2))
    # When what was held is recorded
    asked = {"kind": kind, "audience": audience, "title": title, "held_on": "2026-03", "organiser": "统战部"}
    told = ask(school, institution, "record_training", attendees=[there], **asked)
    assert told["attended"] == 1
    # Then it stands among what the organiser did
    items = ask(school, institution, "list_trainings")["items"]
    (one,) = [item for item in items if item["activity_id"] == told["activity_id"]]
    assert (one["kind"], one["title"], one["held_on"]) == (kind, title, "2026-03")
    # With whom it was for, and how many came, which of fewer than five is for operators only
    assert (one["audience"], one["attended"], one["suppressed"]) == (audience, 1, False)
    auditor = Actor("a-1", Role.AUDITOR, institution)
    items = school.do(auditor, "list_trainings", institution=institution)["items"]
    (one,) = [item for item in items if item["activity_id"] == told["activity_id"]]
    assert (one["audience"], one["attended"], one["suppressed"]) == (audience, None, True)
    # And neither file tells who came and who did not
    for person_id in (there, away):
        assert "courses" not in school.get(person_id, operator(institution))["file"]


@pytest.mark.parametrize(
    ("institution", "kind", "name"),
    [
        pytest.param(DATONG, "association", "党外知识分子联谊会", marks=pytest.mark.clause("DT-19.1")),
        pytest.param(SHANGHAI, "association", "欧美同学会", marks=pytest.mark.clause("SD-3.1")),
        pytest.param(SHANGHAI, "party_branch", "民盟支部", marks=pytest.mark.clause("SD-3.1")),
    ],
)
def test_a_group_is_there_from_the_day_it_was_founded_by_its_kind(new_school, institution, kind, name):
    # Given a group that was founded on a day
    party = {"party": MINMENG} if kind == "party_branch" else {}
    founded = {"group": "founded-1", "name": name, "kind": kind, "since": "2026-03-01", **party}
    ask(new_school, institution, "register_group", **founded)
    # Then it is told of from that day on
    told = [
        ask(new_school, institution, "list_groups", as_of=day)["items"] for day in ("2026-02-28", "2026-03-01")
    ]
    assert told[0] == []
    assert [(one["name"], one["kind"], one["members"]) for one in told[1]] == [(name, kind, 0)]


@pytest.mark.parametrize(
    ("kind", "categories"),
    [
        pytest.param("party_branch", [("民主党派基层组织", "MY-3.1.1")], marks=pytest.mark.clause("MY-3.1.1")),
        pytest.param("association", [("各类统战团体", "MY-3.1.2")], marks=pytest.mark.clause("MY-3.1.2")),
        pytest.param("study_group", [], marks=pytest.mark.clause("MY-3.1.2")),
    ],
)
def test_a_group_is_told_with_the_contact_categories_of_its_kind(new_school, kind, categories):
    party = {"party": MINMENG} if kind == "party_branch" else {}
    for institution in (MIANYANG, HUNAN):
        ask(new_school, institution, "register_group", group="told-1", name="虚构团体", kind=kind, **party)
    (here,), (elsewhere,) = (
        ask(new_school, institution, "list_groups")["items"] for institution in (MIANYANG, HUNAN)
    )
    assert [(one["name"], one["clause"]) for one in here["categories"]] == categories
    assert elsewhere["categories"] == []


@pytest.mark.clause("SD-5.7")
def test_the_register_of_members_is_by_group_and_day_and_apart_from_pools(school):
    # Given a member who left a group
    group = {"group": "register-1", "name": "知识分子联谊会", "kind": "association"}
    ask(school, SHANGHAI, "register_group", **group)
    places = [{"group": "register-1", "since": "2020-09", "until": "2026-03-01"}]
    person_id = somebody(school, SHANGHAI, MINMENG, groups=places)
    # Then the register of each day has who was a member on it, with what they do in the group
    days = ("2026-02-28", "2026-03-01")
    told = [ask(school, SHANGHAI, "list_members", group="register-1", as_of=day)["items"] for day in days]
    assert [[one["person_id"] for one in items] for items in told] == [[person_id], []]
    assert told[0][0]["role"] == "member"
    # And an institution without pools keeps a register all the same
    refusal = school.refused(operator(SHANGHAI), "list_pool", institution=SHANGHAI, pool="nonpartisans")
    assert list(refusal.details["fields"]) == ["pool"]
