"""An imported year of working days counts from then on; what was decided before keeps its figures."""

from __future__ import annotations

import pytest

from tests.services.feedback.line import EVERY_ADMIN, EVERY_AUDITOR, EVERY_OPERATOR, OPERATOR

_YEAR = {
    "year": 2026,
    "source": "合成数据，仅供测试",
    "off": ["2026-03-06", "2026-03-09"],
    "work": ["2026-03-07"],
}
_FRIDAY_OFF = {"received_at": "2026-03-05T09:00:00+08:00"}


def test_a_deadline_decided_after_the_import_follows_it_and_an_earlier_one_stays(new_line):
    before = new_line.submit(**_FRIDAY_OFF)
    # Given: two days off and one make-up day among the ten
    answer = new_line.do(EVERY_OPERATOR, "import_calendar", **_YEAR)
    assert answer == {"year": 2026, "changed": True}
    after = new_line.submit(**_FRIDAY_OFF)
    assert before["due"]["reply"]["due_at"] == "2026-03-19T09:30:00.000000Z"
    assert after["due"]["reply"]["due_at"] == "2026-03-20T09:30:00.000000Z"
    assert new_line.get(before["ticket_id"])["due"] == before["due"]


def test_an_unpublished_year_is_provisional_until_it_is_imported(new_line):
    late = {"received_at": "2026-11-20T09:00:00+08:00"}
    new_line.do(EVERY_ADMIN, "import_calendar", **_YEAR | {"off": [], "work": []})
    assert new_line.submit(**late)["due"]["reply"]["provisional"] is False


def test_the_same_year_again_changes_nothing(new_line):
    new_line.do(EVERY_OPERATOR, "import_calendar", **_YEAR)
    events = new_line.counts()["event"]
    turned = _YEAR | {"off": list(reversed(_YEAR["off"]))}
    assert new_line.do(EVERY_OPERATOR, "import_calendar", **turned) == {"year": 2026, "changed": False}
    assert new_line.counts()["event"] == events


def test_a_corrected_year_replaces_the_first_and_both_stay_in_the_log(new_line):
    new_line.do(EVERY_OPERATOR, "import_calendar", **_YEAR)
    corrected = new_line.do(EVERY_OPERATOR, "import_calendar", **_YEAR | {"off": ["2026-03-06"], "work": []})
    assert corrected["changed"] is True
    # Without the second day off and the make-up day the tenth working day falls one day later than shipped.
    assert new_line.submit(**_FRIDAY_OFF)["due"]["reply"]["due_at"] == "2026-03-20T09:30:00.000000Z"
    events = new_line.do(EVERY_AUDITOR, "read_log")["events"]
    years = [event for event in events if event["subject"] == "calendar/2026"]
    assert [event["streamversion"] for event in years] == [1, 2]
    assert {event["institution"] for event in years} == {"*"}


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"year": 1991}, "year", "超出允许范围。"),
        ({"year": 2101}, "year", "超出允许范围。"),
        ({"year": "2026"}, "year", "应为整数。"),
        ({"source": " "}, "source", "不能为空。"),
        ({"off": ["2027-01-01"]}, "off[0]", "日期不在该年度内。"),
        ({"off": ["2026-03-06", "2026-03-06"]}, "off[1]", "同一天写了两次。"),
        ({"work": ["2026-03-05"]}, "work[0]", "调休上班日应为周六或周日。"),
        ({"off": ["2026-03-07"]}, "work[0]", "同一天不能既放假又上班。"),
        ({"off": ["2026-02-30"]}, "off[0]", "应为日期，如 2026-03-05。"),
        ({"off": ["20260306"]}, "off[0]", "应为日期，如 2026-03-05。"),
        ({"off": "2026-03-06"}, "off", "应为列表。"),
        ({"off": [7]}, "off", "应为文字。"),
        ({"off": ["2026-03-06"] * 367}, "off", "超过长度上限。"),
    ],
)
def test_a_year_that_contradicts_itself_is_refused_by_the_part_that_is_wrong(line, changed, field, sentence):
    counts = line.counts()
    refusal = line.refused(EVERY_OPERATOR, "import_calendar", **_YEAR | changed)
    assert refusal.code == "invalid_input"
    assert refusal.details["fields"] == {field: sentence}
    assert line.counts() == counts


def test_one_institutions_operator_does_not_change_everybodys_calendar(line):
    assert line.refused(OPERATOR, "import_calendar", **_YEAR).code == "not_found"
    assert line.refused(EVERY_AUDITOR, "import_calendar", **_YEAR).code == "not_allowed"
