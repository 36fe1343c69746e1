"""The person is told: into which pool, by whom, why, and when they were taken out again (DT-11.2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.policy import Packs
from services.registry.domain.person.file import File
from services.registry.domain.person.notices import notices

PACK = Packs.load(Path(__file__).parents[4] / "policies").get("datong")


def told(**lists):
    return [(notice.on, notice.text) for notice in notices(File.from_document({"name": "甲", **lists}), PACK)]


@pytest.mark.clause("DT-11.2")
def test_a_person_in_a_pool_is_told_by_whom_and_why():
    place = {"id": "1", "pool": "non_party_cadres", "since": "2026-03-01"}
    place |= {"reason": "任中层副职", "decided_by": "校党委"}
    assert told(pools=[place]) == [("2026-03-01", "列入“党外干部”人才库，由校党委决定；理由：任中层副职")]


@pytest.mark.clause("DT-11.2")
def test_a_person_taken_out_is_told_first_of_that_and_by_whom():
    place = {"id": "1", "pool": "non_party_cadres", "since": "2026-03-01", "until": "2026-09-01"}
    place |= {"reason": "任中层副职", "decided_by": "校党委"}
    place |= {"removal_reason": "不再任职", "removed_by": "统战部"}
    newest, *_ = told(pools=[place])
    assert newest == ("2026-09-01", "调出“党外干部”人才库，由统战部决定；理由：不再任职")


@pytest.mark.clause("DT-13.1")
def test_a_reserve_list_and_a_confirmation_are_told_too():
    place = {"id": "1", "list": "reserve_cadres", "reason": "推荐", "decided_by": "校党委"}
    confirmation = {"id": "2", "fact": "cultivated", "reason": "学院推荐", "since": "2026-01"}
    said = dict(told(reserves=[place], confirmations=[confirmation]))
    assert said[""] == "列入“党外后备干部名单”，由校党委决定；理由：推荐"
    assert said["2026-01"] == "作出认定：列为重点培养对象；理由：学院推荐"


def test_a_confirmation_that_was_withdrawn_is_told_with_its_day_and_why():
    confirmation = {
        "id": "2",
        "fact": "cultivated",
        "reason": "学院推荐",
        "since": "2026-01",
        "until": "2026-09-01",
    }
    why = {"withdrawal_reason": "本人不再任教"}
    newest, first = told(confirmations=[confirmation | why])
    assert newest == ("2026-09-01", "撤销认定：列为重点培养对象；理由：本人不再任教")
    assert first == ("2026-01", "作出认定：列为重点培养对象；理由：学院推荐")
    assert told(confirmations=[confirmation])[0] == ("2026-09-01", "撤销认定：列为重点培养对象")


def test_who_is_in_nothing_is_told_nothing():
    assert told(memberships=[{"id": "1", "party": "05"}]) == []
