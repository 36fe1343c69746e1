"""The figures that the documents ask for: a share that is explained, and a count without a verdict."""

from __future__ import annotations

import pytest

from kernel.identity.actor import Actor, Role
from tests.services.registry.clauses.institutions import (
    CPC,
    DATONG,
    DAY,
    MINMENG,
    ask,
    leading,
    on,
    operator,
    somebody,
)


def cadres(school, non_party, members, **span):
    for party, count in ((MINMENG, non_party), (CPC, members)):
        for _ in range(count):
            somebody(school, DATONG, party, tenures=[leading("middle", "deputy", **span)])


@pytest.mark.clause("DT-13.2")
@pytest.mark.parametrize(
    ("non_party", "members", "percent", "explained"),
    [(1, 9, 10.0, False), (1, 10, 9.09, True), (0, 3, 0.0, True), (2, 8, 20.0, False)],
)
def test_below_ten_percent_an_explanation_is_asked_for_and_nobody_breached_anything(
    new_school, non_party, members, percent, explained
):
    # Given so many middle-level leaders
    cadres(new_school, non_party, members)
    # When the share is asked for
    told = ask(new_school, DATONG, "get_ratio", ratio="non_party_middle", as_of=DAY)
    # Then it is a guideline: it asks for an explanation, and has no word for a breach
    assert (told["percent"], told["explanation_needed"]) == (percent, explained)
    assert (told["numerator"], told["denominator"]) == (non_party, non_party + members)
    assert (told["clause"], told["least_percent"]) == ("DT-13.2", 10)
    assert not {"met", "breach", "passed", "ok", "verdict"} & set(told)


@pytest.mark.clause("DT-13.2")
def test_the_share_is_that_of_the_day_that_is_asked_about(new_school):
    # Given a non-party deputy who came after the others
    cadres(new_school, 0, 4, since="2020-09")
    cadres(new_school, 1, 0, since=DAY)
    # Then the share of each day counts who led on it
    told = [
        ask(new_school, DATONG, "get_ratio", as_of=day)["percent"] for day in ("2019-01-01", "2026-03-04", DAY)
    ]
    assert told == [None, 0.0, 20.0]


@pytest.mark.clause("DT-13.2")
def test_the_people_behind_the_share_are_for_those_who_keep_the_registry_and_the_reading_is_on_record(school):
    # Given a non-party deputy
    person_id = somebody(school, DATONG, MINMENG, tenures=[leading("middle", "deputy")])
    # When the operator asks for names, then they are told, and the file was read
    told = ask(school, DATONG, "get_ratio", names=True)
    assert person_id in {one["person_id"] for one in told["numerator_people"]}
    read = school.reads(person_id, operator(DATONG))[0]
    assert read["method"] == "get_ratio"
    assert read["fields"] == ["name", "units", "tenures", "titles", "memberships"]
    # And nobody else is given names
    for role in (Role.LEADER, Role.AUDITOR, Role.SERVICE):
        asked = {"institution": DATONG, "names": True}
        assert school.refused(Actor("somebody", role, DATONG), "get_ratio", **asked).code == "not_allowed"


FIGURES = ("numerator", "denominator", "unknown", "percent", "explanation_needed")


@pytest.mark.clause("DT-13.2")
@pytest.mark.parametrize("role", [Role.LEADER, Role.AUDITOR, Role.SERVICE])
@pytest.mark.parametrize("non_party", [0, 1, 4])
def test_whoever_does_not_keep_the_registry_is_told_nothing_that_fewer_than_five_follow_from(
    new_school, role, non_party
):
    # Given fewer than five non-party leaders among thirteen; none is as few as one
    cadres(new_school, non_party, 13 - non_party)
    told = new_school.do(Actor("a-1", role, DATONG), "get_ratio", institution=DATONG, as_of=DAY)
    # Then neither they are told, nor whether they are below a tenth, which would be one or none
    assert told["suppressed"]
    assert [told[name] for name in FIGURES] == [None, 13, None, None, None]


@pytest.mark.clause("DT-13.2")
@pytest.mark.parametrize(
    ("non_party", "members", "open_ones", "figures"),
    [
        (5, 5, 5, [5, 15, 5, 33.33, False]),
        (5, 5, 0, [5, 10, None, 50.0, False]),
        # Of the rest, nine, five are unknown: so the others would be known to be four.
        (5, 4, 5, [5, 14, None, 35.71, False]),
        # The rest are four, which is what is left of nine.
        (5, 4, 0, [None, 9, None, None, None]),
        (2, 2, 0, [None] * 5),
    ],
)
def test_few_are_not_told_by_subtraction_either(new_school, non_party, members, open_ones, figures):
    cadres(new_school, non_party, members)
    for _ in range(open_ones):
        new_school.register(operator(DATONG), tenures=[leading("middle", "deputy")])
    told = new_school.do(Actor("a-1", Role.AUDITOR, DATONG), "get_ratio", institution=DATONG, as_of=DAY)
    assert [told[name] for name in FIGURES] == figures
    assert told["suppressed"] == (None in figures)
    # And who keeps the registry is told
    assert not ask(new_school, DATONG, "get_ratio", as_of=DAY)["suppressed"]


@pytest.mark.clause("DT-13.4")
def test_representatives_among_the_delegates_are_counted_and_no_number_is_demanded(new_school):
    # Given three delegates to the staff congress, one of them a non-party representative
    delegate = {"kind": "congress_delegate", "body": "教职工代表大会"}
    first, _, _ = (somebody(new_school, DATONG, party, tenures=[delegate]) for party in (MINMENG, MINMENG, CPC))
    on(new_school, DATONG, "confirm_fact", first, fact="representative", reason="部务会认定", since="2026-01")
    # When the count is asked for
    told = ask(new_school, DATONG, "get_ratio", ratio="staff_congress", as_of=DAY)
    # Then it is a count among delegates, and there is no verdict, because the document names no number
    assert (told["numerator"], told["denominator"], told["clause"]) == (1, 3, "DT-13.4")
    assert told["least_percent"] is None
    assert not {"percent", "explanation_needed"} & set(told)
