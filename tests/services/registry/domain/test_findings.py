"""Findings together: what is contradicted is not unknown, and what holds is shown by what holds."""

from __future__ import annotations

import pytest

from services.registry.domain.person.findings import (
    Because,
    Finding,
    all_hold,
    any_holds,
    days_in_words,
)

YES = Finding(holds=True, because=(Because("titles", "a", "教授"),))
NO = Finding(holds=False, because=(Because("memberships", "b", "中共党员"),))
OPEN = Finding(holds=False, because=(Because("birth", "", "出生日期未登记"),), unknown=True)


@pytest.mark.parametrize(
    ("findings", "together", "either"),
    [
        ((YES, YES), (True, False), (True, False)),
        ((YES, NO), (False, False), (True, False)),
        ((YES, OPEN), (False, True), (True, False)),
        ((NO, OPEN), (False, False), (False, True)),
        ((OPEN, OPEN), (False, True), (False, True)),
        ((NO, NO), (False, False), (False, False)),
    ],
)
def test_a_contradiction_decides_all_a_holding_one_decides_any_and_only_else_it_is_unknown(
    findings, together, either
):
    for listed in (findings, findings[::-1]):
        assert (all_hold(listed).holds, all_hold(listed).unknown) == together
        assert (any_holds(listed).holds, any_holds(listed).unknown) == either


def test_what_holds_by_one_way_is_not_explained_by_the_others():
    assert any_holds((NO, YES, OPEN)).because == YES.because
    assert any_holds((NO, OPEN)).because == NO.because + OPEN.because
    assert all_hold((YES, OPEN)).because == YES.because + OPEN.because


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2012-05", "", "（2012-05 起）"),
        ("", "2020", "（2020 止）"),
        ("2012-05", "2020", "（2012-05 起，2020 止）"),
        ("", "", ""),
    ],
)
def test_days_are_told_as_precisely_as_they_are_known(since, until, words):
    assert days_in_words(since, until) == words
