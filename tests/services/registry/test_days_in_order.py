"""Nothing ends before it began, as far as both days are known."""

from __future__ import annotations

import pytest

from kernel.refusals import messages
from tests.services.registry.school import OPERATOR, UNIT

ENDED_TOO_EARLY = [
    ("add_tenure", {"kind": "seat", "since": "2024", "until": "2020"}, "until"),
    ("end_tenure", {"until": "2001"}, "until"),
    (
        "remove_from_pool",
        {"pool": "nonpartisans", "until": "2010", "reason": "误", "decided_by": "误"},
        "until",
    ),
    ("confirm_fact", {"fact": "representative", "holds": False, "reason": "误", "since": "2018-12"}, "since"),
    ("amend_person", {"left": "2011"}, "left"),
    ("amend_person", {"units": [{"unit": UNIT, "since": "2019", "until": "2018"}]}, "units"),
    ("retire_person", {"reason": "resigned", "on": "2011"}, "on"),
    ("retire_person", {"reason": "retired", "on": "2021"}, "on"),
]


@pytest.mark.parametrize(("method", "words", "field"), ENDED_TOO_EARLY)
def test_nothing_ends_before_it_began(school, method, words, field):
    person_id = school.register(joined="2012")
    tenure = {"person_id": person_id, "kind": "seat", "since": "2022-06"}
    tenure_id = school.do(OPERATOR, "add_tenure", **tenure)["tenure_id"]
    decided = {"person_id": person_id, "since": "2019", "reason": "认定"}
    school.do(OPERATOR, "admit_to_pool", pool="nonpartisans", decided_by="校党委", **decided)
    school.do(OPERATOR, "confirm_fact", fact="representative", **decided)
    before = school.file(person_id)
    words = words | ({"tenure_id": tenure_id} if method == "end_tenure" else {})
    refusal = school.refused(OPERATOR, method, person_id=person_id, **words)
    assert refusal.details == {"fields": {field: messages()["fields"]["period_order"]}}
    assert school.file(person_id) == before


def test_an_end_within_the_year_that_is_all_that_is_known_is_no_end_before_the_beginning(school):
    person_id = school.register(joined="2012-09", left="2012")
    school.do(OPERATOR, "add_tenure", person_id=person_id, kind="seat", since="2024", until="2024-01")


def test_a_post_to_come_never_begins_where_the_person_retires_before(school):
    person_id = school.register(tenures=[{"kind": "seat", "since": "2998-01"}])
    school.do(OPERATOR, "retire_person", person_id=person_id, reason="retired", on="2026-03-01")
    (seat,) = school.file(person_id)["tenures"]
    assert (seat["since"], seat["until"]) == ("2998-01", "2998-01")
