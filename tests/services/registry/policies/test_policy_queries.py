"""What the rules of any day or version said, and what changed between two."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from kernel.identity.actor import Actor, Role
from kernel.policy import describe_clauses
from kernel.policy.keeping import restored
from tests.services.registry.policies.rules import (
    REPLY,
    SHORTER,
    asked,
    dated,
    pack_of,
    today,
    write,
)
from tests.services.registry.school import OPERATOR, OTHER_SCHOOL, SCHOOL, STRANGE_OPERATOR
from tests.support.homes import ROOT

EVERYBODY = [Actor("x", role, SCHOOL, "library") for role in Role]


def _on(school, *days):
    """The versions in force on these days."""
    return [asked(school, as_of=str(day))["version"] for day in days]


def test_the_rules_of_a_day_are_the_last_adopted_of_those_that_hold_on_it(start, settings):
    first, school = pack_of(settings), start()
    begun = first.versions[0].effective_from
    second = dated(settings, "2026-03-01", "（合成）")
    start()
    assert _on(school, begun, "2026-02-28") == [first.version] * 2
    assert _on(school, "2026-03-01", today()) == [second.version] * 2
    (item,) = asked(school, "list_policies", as_of="2026-02-28")["items"]
    assert item["version"] == first.version
    early = str(begun - timedelta(days=1))
    assert school.refused(OPERATOR, "get_policy", institution=SCHOOL, as_of=early).code == "not_found"
    assert asked(school, "list_policies", as_of=early)["items"] == []


def test_what_is_announced_for_later_holds_from_its_day_on_and_not_once_something_else_was_adopted(
    start, settings
):
    first, school = pack_of(settings), start()
    coming = today() + timedelta(days=30)
    second = dated(settings, coming, "（合成）下月起")
    start()
    assert _on(school, coming - timedelta(days=1), coming) == [first.version, second.version]
    third = write(settings, REPLY, SHORTER)
    start()
    assert _on(school, today() - timedelta(days=1), today(), coming) == [
        *(first.version, third.version, third.version)
    ]


def test_versions_are_listed_newest_first_page_by_page(start, settings):
    versions, school = [pack_of(settings).version], start()
    for days in (9, 8, 7):
        versions.insert(0, write(settings, f"working_days: {days + 1}", f"working_days: {days}").version)
        start()
    seen, cursor = [], None
    while True:
        page = school.do(OPERATOR, "list_policies", limit=3, cursor=cursor)
        seen += [item["version"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == versions
    assert [item["previous"] for item in asked(school, "list_policies")["items"]] == [*versions[1:], None]


def test_two_versions_are_compared_value_by_value_and_by_default_the_last_change(start, settings):
    first, school = pack_of(settings), start()
    assert asked(school, "compare_policies")["changes"] == []
    second = write(settings, REPLY, SHORTER)
    start()
    third = write(settings, "name: 教务处", "name: 教务部")
    start()

    def compared(**more):
        answer = asked(school, "compare_policies", **more)
        assert (answer["from"]["version"], answer["to"]["version"]) == (
            more.get("from", answer["to"]["previous"]),
            more.get("to", third.version),
        )
        return [(row["section"], row["id"], row["old"], row["new"]) for row in answer["changes"]]

    renamed, shortened = ("units", "academic-affairs", "教务处", "教务部"), ("clocks", "reply", 10, 7)
    assert compared() == [renamed]
    assert compared(to=second.version) == [shortened]
    assert compared(**{"from": first.version}) == [renamed, shortened]
    backwards = compared(**{"from": third.version, "to": first.version})
    assert backwards == [(section, key, new, old) for section, key, old, new in (renamed, shortened)]
    (row,) = asked(school, "compare_policies")["changes"]
    assert row["text"].startswith("承办部门 academic-affairs 教务部，名称：教务处 → 教务部（本地设定，")


def test_the_rules_of_a_released_event_are_readable_by_today_s_code():
    event = json.loads((ROOT / "tests" / "golden" / "registry" / "policy_adopted.1.json").read_bytes())
    data = event["data"]
    pack = restored(data["content"], data["order"])
    assert (pack.id, pack.version) == (data["institution"], data["version"])
    assert len(describe_clauses(pack)) == len(data["content"]["clauses"])


@pytest.mark.parametrize("actor", EVERYBODY, ids=lambda actor: actor.role)
@pytest.mark.parametrize("method", ["list_policies", "get_policy", "compare_policies"])
def test_everybody_of_an_institution_may_read_its_rules_and_nobody_another_s(school, actor, method):
    assert asked(school, method, actor)
    assert school.refused(actor, method, institution=OTHER_SCHOOL).code == "not_found"
    assert school.refused(STRANGE_OPERATOR, method, institution=SCHOOL).code == "not_found"
    assert school.refused(None, method, institution=SCHOOL).code == "not_authenticated"
    assert school.refused(actor, method, institution="nowhere").code == "not_found"


@pytest.mark.parametrize(
    ("method", "wrong"),
    [
        ("get_policy", {"version": "0123456789ab", "as_of": "2026-01-01"}),
        ("get_policy", {"version": "0123456789A"}),
        ("get_policy", {"version": "0123456789ab\n"}),
        ("get_policy", {"version": 12}),
        ("get_policy", {"as_of": "2026-02-30"}),
        ("get_policy", {"as_of": "gestern"}),
        ("compare_policies", {"from": "x"}),
        ("compare_policies", {"to": ["0123456789ab"]}),
        ("compare_policies", {"since": "0123456789ab"}),
        ("list_policies", {"cursor": "abc"}),
        ("list_policies", {"limit": 0}),
        ("list_policies", {"as_of": 2026}),
        ("list_policies", {"institution": "No"}),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(school, method, wrong):
    refusal = school.refused(OPERATOR, method, **{"institution": SCHOOL} | wrong)
    assert refusal.code == "invalid_input"
    assert set(refusal.details["fields"]) <= set(wrong)


def test_a_version_that_never_was_is_not_found(school):
    for method, more in (
        ("get_policy", {"version": "000000000000"}),
        ("compare_policies", {"from": "000000000000"}),
        ("compare_policies", {"to": "000000000000"}),
    ):
        assert school.refused(OPERATOR, method, institution=SCHOOL, **more).code == "not_found"


def test_rules_that_were_changed_in_the_log_are_not_told(start, settings):
    first, school = pack_of(settings), start()
    write(settings, REPLY, SHORTER)
    school = start()
    (body,) = (body for number, *_, body in school.stream(f"policy/{SCHOOL}") if number == 1)
    forged = bytes(body).replace(b'"working_days":10', b'"working_days":99')
    assert forged != bytes(body)
    school.change(
        "UPDATE event SET body = :b WHERE stream_id = :s AND stream_version = 1", b=forged, s=f"policy/{SCHOOL}"
    )
    assert school.refused(OPERATOR, "get_policy", institution=SCHOOL, version=first.version).code == "damaged"
    assert school.refused(OPERATOR, "compare_policies", institution=SCHOOL).code == "damaged"
