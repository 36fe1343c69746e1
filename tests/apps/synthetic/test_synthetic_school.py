"""An invented institution: its units and groups, and that the same seed makes the same people at any size."""

from __future__ import annotations

import re
import tracemalloc
from itertools import islice, pairwise

import pytest

from apps.synthetic.school import SENTENCE
from kernel.policy.pack import GROUP_KINDS, UNIT_KINDS

PACKS = ("chifeng", "datong", "hunan-first-normal", "mianyang", "shanghai-dianji")
ID = re.compile(r"[a-z0-9-]{1,40}")


def test_the_same_seed_makes_the_same_people_and_another_seed_others(school):
    first, again, other = (list(school(people=300, seed=seed).people()) for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_a_larger_school_begins_with_the_people_of_a_smaller_one(school):
    large = school(people=3_000)

    for size in (10, 999, 1_001, 2_345):
        small = school(people=size)
        assert list(small.people()) == list(islice(large.people(), size))
        assert set(map(str, small.units)) <= set(map(str, large.units))
        assert set(map(str, small.groups)) <= set(map(str, large.groups))


def test_people_in_the_middle_are_those_that_stand_there(school):
    some = school(people=2_600)

    assert list(some.people(1_990, 2_010)) == list(some.people())[1_990:2_010]
    assert list(some.people(2_595, 9_999)) == list(some.people())[2_595:]
    assert list(some.people(2_600)) == []


@pytest.mark.parametrize("pack_id", PACKS)
def test_units_are_those_of_the_pack_and_a_tree_beside_them(packs, school, pack_id):
    units = school(pack_id).units

    ids = [unit["id"] for unit in units]
    assert len(set(ids)) == len(ids)
    assert all(ID.fullmatch(unit_id) for unit_id in ids)
    assert {unit["kind"] for unit in units} == set(UNIT_KINDS)
    assert packs.get(pack_id).units.keys() <= set(ids)
    for number, unit in enumerate(units):
        assert unit["parent"] is None or unit["parent"] in ids[:number]
    assert any(unit.get("form") for unit in units)


def test_a_pack_that_counts_its_units_has_so_many(packs, school):
    shape = {
        one.content["kind"]: one.content["count"] for one in packs.get("chifeng").section("unit_shape").values()
    }
    units = school("chifeng").units

    assert sum(unit["kind"] == "college" for unit in units) == shape["college"] == 6
    assert sum(unit["name"].endswith("教学部") for unit in units) == shape["department"] == 3


@pytest.mark.parametrize("pack_id", PACKS)
def test_groups_are_branches_associations_and_study_groups_per_party_organisation(packs, school, pack_id):
    one = school(pack_id)
    groups = {group["id"]: group for group in one.groups}

    assert len(groups) == len(one.groups)
    assert all(ID.fullmatch(group_id) for group_id in groups)
    assert {group["kind"] for group in one.groups} == set(GROUP_KINDS)
    named = packs.get(pack_id).section("groups").values()
    assert {value.content["name"] for value in named if value.content["kind"] == "association"} <= {
        group["name"] for group in one.groups
    }
    organisations = {unit["id"] for unit in one.units if unit.get("form")}
    assert {group["unit"] for group in one.groups if group["kind"] == "study_group"} == organisations


@pytest.mark.parametrize("size", [10, 150, 3_000])
def test_whoever_is_in_a_unit_or_a_group_finds_it_there(school, size):
    one = school(people=size)
    units, groups = ({found["id"] for found in some} for some in (one.units, one.groups))

    for person in one.people():
        named = {place["unit"] for place in person["units"]}
        for tenure in person.get("tenures", []):
            named |= {*tenure.get("portfolio", ()), tenure.get("unit", person["units"][-1]["unit"])}
        assert named <= units
        assert {place["group"] for place in person.get("groups", [])} <= groups


@pytest.mark.slow
def test_people_come_one_at_a_time(school):
    one = school(people=50_000)
    stream = one.people()
    next(stream)

    tracemalloc.start()
    _, before = tracemalloc.get_traced_memory()
    for _ in stream:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak - before < 500_000


def test_the_sentence_says_that_they_are_invented():
    assert SENTENCE == "以下人员均为程序虚构"


def test_seeds_of_an_institution_are_apart_from_those_of_another(school):
    names = {pack_id: [one["name"] for one in school(pack_id, people=50).people()] for pack_id in PACKS}

    assert all(names[one] != names[other] for one, other in pairwise(PACKS))
