"""Pools, reserve lists, files: by a person's decision, with history, and nobody is listed by what they are."""

from __future__ import annotations

import pytest

from kernel.identity.actor import Actor, Role
from tests.services.registry.clauses.institutions import (
    CHIFENG,
    CPC,
    DATONG,
    MASSES,
    MINMENG,
    NONPARTISAN,
    ask,
    leading,
    on,
    operator,
    somebody,
)

POOLS = [
    "democratic_parties",
    "nonpartisans",
    "ethnic_minorities",
    "non_party_cadres",
    "returned_from_overseas",
]
DECIDED = {"reason": "部务会推荐", "decided_by": "校党委"}


def members(school, day, **named):
    return [one["person_id"] for one in ask(school, DATONG, "list_pool", as_of=day, **named)["items"]]


@pytest.mark.clause("DT-11.2")
@pytest.mark.parametrize("pool", POOLS)
def test_somebody_is_in_a_pool_from_the_day_of_the_decision_until_the_day_of_the_other(school, pool):
    # Given somebody who was put into a pool, and taken out of it
    person_id = somebody(school, DATONG, MINMENG)
    on(school, DATONG, "admit_to_pool", person_id, pool=pool, since="2025-03-01", **DECIDED)
    removed = {"reason": "工作调动", "decided_by": "校党委"}
    on(school, DATONG, "remove_from_pool", person_id, pool=pool, until="2026-03-01", **removed)
    # Then each day tells what held on it
    days = ("2025-02-28", "2025-03-01", "2026-02-28", "2026-03-01")
    assert [person_id in members(school, day, pool=pool) for day in days] == [False, True, True, False]
    # And that it was so, by whom and why, stays in the file
    (place,) = school.get(person_id, operator(DATONG))["file"]["pools"]
    assert (place["reason"], place["removal_reason"]) == ("部务会推荐", "工作调动")


@pytest.mark.clause("DT-11.2")
@pytest.mark.parametrize("missing", ["reason", "decided_by"])
def test_nobody_comes_into_a_pool_without_a_reason_and_somebody_who_decided(school, missing):
    person_id = somebody(school, DATONG, MINMENG)
    words = {name: value for name, value in DECIDED.items() if name != missing}
    asked = {"person_id": person_id, "pool": "nonpartisans", **words}
    refusal = school.refused(operator(DATONG), "admit_to_pool", **asked)
    assert list(refusal.details["fields"]) == [missing]


@pytest.mark.clause("DT-11.2")
def test_whoever_is_put_into_a_pool_is_told(school):
    person_id = somebody(school, DATONG, MINMENG, subject="told-1")
    on(school, DATONG, "admit_to_pool", person_id, pool="democratic_parties", **DECIDED)
    own = school.do(Actor("told-1", Role.SUBMITTER, DATONG), "get_own_file")
    assert [place["pool"] for place in own["file"]["pools"]] == ["democratic_parties"]
    assert own["notices"]


@pytest.mark.clause("DT-11.2")
def test_candidates_are_found_for_non_party_cadres_by_their_posts_and_for_no_other_pool(new_school):
    # Given a non-party leader, one in the CPC, and people of whom much else is known
    cadre = somebody(new_school, DATONG, MINMENG, tenures=[leading("middle", "deputy")], ethnicity="03")
    somebody(new_school, DATONG, CPC, tenures=[leading("middle")], ethnicity="03")
    somebody(new_school, DATONG, NONPARTISAN, studies_abroad=[{"since": "2014", "until": "2017"}])
    # When the pools are read, then only the cadre is proposed, and only for that pool, with reasons
    told = {pool: ask(new_school, DATONG, "list_pool", pool=pool)["candidates"] for pool in POOLS}
    proposed = told.pop("non_party_cadres")
    assert [one["person_id"] for one in proposed] == [cadre]
    assert all(one["because"] for one in proposed)
    # And the reading names the fields in which the reasons stand
    fields = new_school.reads(cadre, operator(DATONG))[0]["fields"]
    assert {reason["field"] for reason in proposed[0]["because"]} <= set(fields)
    assert "pools" not in fields
    assert set(map(len, told.values())) == {0}
    # And proposed is not admitted: a person decides
    assert members(new_school, "2026-03-05", pool="non_party_cadres") == []


@pytest.mark.clause("DT-13.1")
def test_the_reserve_list_is_kept_by_decisions_of_whoever_holds_it_apart_from_every_pool(school):
    # Given somebody whom the party committee put on the reserve list
    person_id = somebody(school, DATONG, MASSES)
    on(school, DATONG, "admit_to_pool", person_id, reserve_list="reserve_cadres", since="2026-01-05", **DECIDED)
    # Then the list names them from that day on, with the decision
    told = ask(school, DATONG, "list_pool", reserve_list="reserve_cadres", as_of="2026-01-05")
    (one,) = [item for item in told["items"] if item["person_id"] == person_id]
    assert (told["clause"], one["decided_by"], one["since"]) == ("DT-13.1", "校党委", "2026-01-05")
    assert person_id not in members(school, "2026-01-04", reserve_list="reserve_cadres")
    # And no pool does, and nobody is proposed
    assert all(person_id not in members(school, "2026-03-05", pool=pool) for pool in POOLS)
    assert told["candidates"] == []


@pytest.mark.clause("DT-13.1")
def test_who_is_on_the_reserve_list_is_for_those_who_keep_it(school):
    for role in (Role.LEADER, Role.LIAISON, Role.AUDITOR, Role.SERVICE):
        actor = Actor("somebody", role, DATONG)
        asked = {"institution": DATONG, "reserve_list": "reserve_cadres"}
        assert school.refused(actor, "list_pool", **asked).code == "not_allowed"


@pytest.mark.clause("DT-11.3")
def test_a_file_tells_what_held_on_any_day_and_that_it_was_read(school):
    # Given a person whose unit and title changed
    units = [{"unit": "library", "until": "2024-09"}, {"unit": "personnel", "since": "2024-09"}]
    titles = [{"name": "讲师", "until": "2023"}, {"name": "副教授", "since": "2023"}]
    person_id = somebody(school, DATONG, MINMENG, units=units, titles=titles)
    # When the file is read as of two days
    told = [
        on(school, DATONG, "get_person", person_id, as_of=day)["file"] for day in ("2022-06-01", "2025-06-01")
    ]
    # Then each is the file of its day
    assert [file["units"][0]["unit"] for file in told] == ["library", "personnel"]
    assert [file["titles"][0]["name"] for file in told] == ["讲师", "副教授"]
    # And both readings are on record
    assert [read["method"] for read in school.reads(person_id, operator(DATONG))] == ["get_person"] * 2


@pytest.mark.clause("CF-9.2")
def test_the_file_of_a_cadre_holds_posts_and_the_training_they_were_selected_for(school):
    # Given a non-party cadre of Chifeng
    person_id = somebody(school, CHIFENG, MINMENG, tenures=[leading("middle", "deputy", since="2020-09")])
    # When the department records that they were selected for a course
    asked = {
        "kind": "selection",
        "audience": "representative",
        "title": "党外后备干部培训班",
        "held_on": "2026-03",
    }
    ask(school, CHIFENG, "record_training", attendees=[person_id], **asked)
    # Then both stand in one file, which the sections that keep it read
    file = school.get(person_id, operator(CHIFENG))["file"]
    assert [one["post"] for one in file["tenures"]] == ["虚构职务"]
    assert [one["name"] for one in file["courses"]] == ["党外后备干部培训班"]
