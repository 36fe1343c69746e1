"""A post and a recorded standing make a candidate for one pool; nothing makes one for any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.policy import Packs
from kernel.policy.pack import Value
from services.registry.domain.person.candidates import candidates
from services.registry.domain.person.entries import PoolPlace
from tests.services.registry.domain.files import (
    CPC,
    MINMENG,
    PROBATIONARY,
    SPRING,
    abroad,
    calendar_days,
    files,
    leader,
    member,
    person,
)

POOLS = Packs.load(Path(__file__).parents[4] / "policies").get("datong").section("talent_pools")
CADRES = POOLS["non_party_cadres"]
OTHERS = [pool for key, pool in POOLS.items() if key != CADRES.id]
pytestmark = pytest.mark.clause("DT-11.2")


def found(file, pool=CADRES, on=SPRING) -> bool:
    return [one.person for one in candidates({"p": file}, pool, on)] == ["p"]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (person(leader(), member(MINMENG)), True),
        (person(leader("school", "deputy"), member("13")), True),
        (person(leader(), member(CPC)), False),
        (person(leader(), member(PROBATIONARY)), False),
        (person(leader(), member(MINMENG), member(CPC)), False),
        (person(leader()), False),
        (person(member(MINMENG)), False),
        (person(leader(until="2026-03-05"), member(MINMENG)), False),
        (person(leader(), member(MINMENG), left="2026-03-05"), False),
        (person(leader(), member(MINMENG), PoolPlace("x", CADRES.id, since="2025")), False),
        (person(leader(), member(MINMENG), PoolPlace("x", CADRES.id, until="2026-03-05")), True),
        (person(leader(), member(MINMENG), PoolPlace("x", "democratic_parties")), True),
    ],
    ids=[
        *(
            "middle",
            "school",
            "member",
            "probationary",
            "two parties",
            "unknown",
            "no post",
            "post ended today",
        ),
        *("left today", "already in", "taken out today", "in another pool"),
    ],
)
def test_a_candidate_is_a_leader_recorded_as_not_in_the_cpc_and_not_yet_in_the_pool(file, expected):
    assert found(file) == expected


def test_a_candidate_comes_with_the_post_and_the_standing_and_nothing_else():
    file = person(leader(since="2019"), member(MINMENG, since="2012"), ethnicity="03", birth="1980")
    (one,) = candidates({"p": file}, CADRES, SPRING)
    assert [reason.text for reason in one.because] == ["中层正职（2019 起）", "民盟盟员（2012 起）"]


@pytest.mark.parametrize("pool", OTHERS, ids=lambda pool: pool.id)
@pytest.mark.parametrize("automatic", [False, True])
def test_no_other_pool_ever_has_candidates_whatever_the_pack_says(pool, automatic):
    turned = Value(pool.id, {**pool.content, "automatic": automatic}, pool.cites)
    file = person(leader(), member(MINMENG), abroad("2010", "2014"), ethnicity="03")
    assert candidates({"p": file}, turned, SPRING) == ()


def test_a_pool_whose_candidates_are_not_automatic_has_none():
    turned = Value(CADRES.id, {**CADRES.content, "automatic": False}, CADRES.cites)
    assert not found(person(leader(), member(MINMENG)), turned)


@given(files, calendar_days, st.sampled_from(["", "01", "03", "56"]))
def test_ethnicity_never_makes_or_unmakes_a_candidate(file, day, ethnicity):
    other = replace(file, ethnicity=ethnicity)
    assert candidates({"p": other}, CADRES, day) == candidates({"p": file}, CADRES, day)
    assert [candidates({"p": other}, pool, day) for pool in OTHERS] == [()] * len(OTHERS)
