"""Which stages end with which mark."""

from __future__ import annotations

import pytest

from services.feedback.domain.ticket.stages import STAGES, ended_stages

MARKS = {"submit": 10, "assign": 20, "reply": 40, "close": 70}


@pytest.mark.parametrize(
    ("mark", "ended"),
    [
        ("submit", []),
        ("assign", [("submit_to_assign", 10, 20)]),
        ("reply", [("assign_to_reply", 20, 40), ("submit_to_reply", 10, 40)]),
        ("close", [("reply_to_close", 40, 70), ("submit_to_close", 10, 70)]),
    ],
)
def test_a_mark_ends_the_stages_that_lead_to_it(mark, ended):
    assert ended_stages(mark, MARKS) == ended


@pytest.mark.parametrize("undated", [{"assign": None}, {}])
def test_a_stage_whose_start_is_not_dated_is_absent_and_not_zero(undated):
    assert ended_stages("reply", {"submit": 10, "reply": 40} | undated) == [("submit_to_reply", 10, 40)]


def test_every_stage_runs_forward_and_has_a_name_of_its_own():
    order = list(MARKS)
    assert all(order.index(stage.start) < order.index(stage.end) for stage in STAGES)
    assert len({stage.name for stage in STAGES}) == 5
    assert all(stage.name == f"{stage.start}_to_{stage.end}" for stage in STAGES)
