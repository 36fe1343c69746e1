"""Closing in bulk: each ticket by itself, what cannot be closed is refused alone."""

from __future__ import annotations

import pytest

from kernel.identity.actor import Actor, Role
from tests.services.feedback.line import CHANNEL, EVERY_OPERATOR, OPERATOR, OTHER_SCHOOL, SCHOOL
from tests.support.at_work import new_id

_ELSEWHERE = Actor("o-2", Role.OPERATOR, OTHER_SCHOOL)


def _imported(line, replies):
    batch = new_id()
    rows = [
        {
            "ref": new_id(),
            "title": "来信",
            "body": "内容",
            "received_at": "2026-03-05T09:00:00+08:00",
            "reply": "答复" if replied else None,
            "replied_at": "2026-03-06T09:00:00+08:00" if replied else None,
        }
        for replied in replies
    ]
    line.do(OPERATOR, "import_letters", institution=SCHOOL, channel=CHANNEL, batch=batch, rows=rows)
    return batch


def test_listed_tickets_are_closed_and_the_others_refused_one_by_one(any_line):
    closable = [any_line.ticket("replied") for _ in range(2)]
    open_one, closed = any_line.ticket("assigned"), any_line.ticket("closed")
    other = any_line.submit(_ELSEWHERE)["ticket_id"]
    unknown = new_id()
    ids = [closable[0], open_one, other, unknown, closed, closable[1]]
    answer = any_line.do(OPERATOR, "close_tickets", institution=SCHOOL, ticket_ids=ids, note="批量办结")
    assert answer == {
        "closed": 2,
        "refused": [
            {"ticket_id": open_one, "code": "wrong_state"},
            {"ticket_id": other, "code": "not_found"},
            {"ticket_id": unknown, "code": "not_found"},
            {"ticket_id": closed, "code": "wrong_state"},
        ],
    }
    for ticket_id in closable:
        assert any_line.get(ticket_id)["state"] == "closed"
        entry = any_line.do(OPERATOR, "get_timeline", ticket_id=ticket_id)["entries"][-1]
        assert (entry["event"], entry["text"]) == ("ticket_closed", "批量办结")
    assert any_line.get(open_one)["state"] == "assigned"


def test_a_ticket_that_is_listed_twice_is_closed_once(line):
    ticket_id = line.ticket("replied")
    answer = line.do(OPERATOR, "close_tickets", institution=SCHOOL, ticket_ids=[ticket_id, ticket_id.upper()])
    assert answer == {"closed": 1, "refused": []}
    assert len(line.events(ticket_id)) == 5


def test_a_whole_imported_batch_is_closed_but_for_its_unanswered_letters(any_line):
    batch = _imported(any_line, [True, True, False])
    answer = any_line.do(OPERATOR, "close_tickets", institution=SCHOOL, source_batch=batch)
    assert answer["closed"] == 2
    assert [refused["code"] for refused in answer["refused"]] == ["wrong_state"]
    again = any_line.do(OPERATOR, "close_tickets", institution=SCHOOL, source_batch=batch)
    assert (again["closed"], len(again["refused"])) == (0, 3)


def test_a_batch_of_another_institution_or_of_nobody_is_not_found(line):
    batch = _imported(line, [True])
    elsewhere = line.refused(EVERY_OPERATOR, "close_tickets", institution=OTHER_SCHOOL, source_batch=batch)
    foreign = line.refused(_ELSEWHERE, "close_tickets", institution=OTHER_SCHOOL, source_batch=batch)
    unknown = line.refused(OPERATOR, "close_tickets", institution=SCHOOL, source_batch=new_id())
    outside = line.refused(OPERATOR, "close_tickets", institution=OTHER_SCHOOL, source_batch=batch)
    assert {refusal.code for refusal in (elsewhere, foreign, unknown, outside)} == {"not_found"}


def test_either_a_list_or_a_batch_and_not_both_and_not_neither(line):
    both = line.refused(OPERATOR, "close_tickets", institution=SCHOOL, ticket_ids=[], source_batch=new_id())
    neither = line.refused(OPERATOR, "close_tickets", institution=SCHOOL)
    assert both.details["fields"] == {"ticket_ids": "二者只能取其一。"}
    assert neither.details["fields"] == {"ticket_ids": "至少填写一项。"}


@pytest.mark.parametrize("ids", [["x"], "x", [None], {}, [[]], [new_id()] * 1001])
def test_a_list_that_is_none_or_too_long_is_refused(line, ids):
    refusal = line.refused(OPERATOR, "close_tickets", institution=SCHOOL, ticket_ids=ids)
    assert list(refusal.details["fields"]) == ["ticket_ids"]


def test_an_empty_list_closes_nothing(line):
    assert line.do(OPERATOR, "close_tickets", institution=SCHOOL, ticket_ids=[]) == {"closed": 0, "refused": []}


@pytest.mark.slow
def test_a_thousand_tickets_are_closed_at_once(any_line):
    batch = _imported(any_line, [True] * 1000)
    ids = [row[0] for row in any_line.rows("SELECT ticket_id FROM ticket WHERE batch = :b", b=batch)]
    answer = any_line.do(OPERATOR, "close_tickets", institution=SCHOOL, ticket_ids=ids)
    assert answer == {"closed": 1000, "refused": []}
