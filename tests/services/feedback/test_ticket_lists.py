"""Lists: every order and filter, page by page, the same whatever is submitted meanwhile."""

from __future__ import annotations

import itertools
import random

import pytest

from kernel.identity.actor import Actor, Role
from tests.services.feedback.line import (
    ASSISTANT,
    ASSISTING,
    EVERY_OPERATOR,
    HANDLER,
    LEAD,
    OPERATOR,
    OTHER_SCHOOL,
    SCHOOL,
    STRANGER,
    THIRD,
)
from tests.support.at_work import new_id

_STATES = ("submitted", "accepted", "assigned", "replied", "closed", "declined", "withdrawn")
_LISTED = (
    "ticket_id number institution channel state round version title category confidentiality submitter"
    " received_at submitted_at lead assisting lease reply due latency outcome"
)


@pytest.fixture(scope="module")
def shelf(any_line):
    """Tickets of one category in every state, several at the same instant, by ticket id."""
    made = {}
    for n, state in enumerate(itertools.islice(itertools.cycle(_STATES), 28)):
        ticket_id = any_line.ticket(
            state,
            category="shelf",
            channel=("office_mailbox", "president_mailbox")[n % 2],
            received_at=f"2026-03-{1 + n // 4:02d}T09:00:00+08:00",
        )
        made[ticket_id] = any_line.get(ticket_id)
    return made


def _pages(line, actor=OPERATOR, method="list_tickets", between=lambda: None, **arguments):
    items, cursor = [], None
    while True:
        page = line.do(actor, method, cursor=cursor, **arguments)
        assert page.keys() == {"items", "next_cursor"}
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items
        between()


def test_a_listed_ticket_is_the_ticket_without_body_clocks_and_points(any_line, shelf):
    for item in _pages(any_line, category="shelf", limit=10):
        assert item.keys() == set(_LISTED.split())
        whole = any_line.get(item["ticket_id"])
        assert item == {name: value for name, value in whole.items() if name in item}


@pytest.mark.parametrize("order", ["-submitted_at", "submitted_at"])
@pytest.mark.parametrize("limit", [3, 28, 200])
def test_pages_in_either_order_hold_every_ticket_once(any_line, shelf, order, limit):
    found = [item["ticket_id"] for item in _pages(any_line, category="shelf", order=order, limit=limit)]
    places = {ticket_id: (ticket["submitted_at"], ticket_id) for ticket_id, ticket in shelf.items()}
    assert found == sorted(places, key=places.__getitem__, reverse=order.startswith("-"))


_FILTERS = [
    {"state": "assigned"},
    {"state": ["submitted", "closed"]},
    {"state": ["merged"]},
    {"channel": "president_mailbox"},
    {"lead": LEAD},
    {"lead": THIRD},
    {"submitted_from": "2026-03-03"},
    {"submitted_to": "2026-03-03"},
    {"submitted_from": "2026-03-02", "submitted_to": "2026-03-04", "state": ["replied", "declined"]},
    {"institution": SCHOOL, "channel": "office_mailbox", "lead": LEAD, "state": list(_STATES)},
]


@pytest.mark.parametrize("asked", _FILTERS, ids="+".join)
def test_a_filter_shows_what_it_says_and_all_of_it(any_line, shelf, asked):
    def fits(ticket):
        states = asked.get("state", list(_STATES))
        day = ticket["submitted_at"][:10]  # 09:00 in Shanghai is the same day in UTC
        return (
            ticket["state"] in ([states] if isinstance(states, str) else states)
            and asked.get("channel") in (None, ticket["channel"])
            and asked.get("lead") in (None, ticket["lead"])
            and asked.get("submitted_from", "") <= day <= asked.get("submitted_to", "9")
        )

    found = {item["ticket_id"] for item in _pages(any_line, category="shelf", limit=5, **asked)}
    assert found == {ticket_id for ticket_id, ticket in shelf.items() if fits(ticket)}


@pytest.mark.parametrize("order", ["-submitted_at", "submitted_at"])
def test_inserts_between_the_pages_neither_repeat_nor_hide_a_ticket(any_line, order):
    category, chance = f"c{new_id()[:8]}", random.Random(order)

    def submit():
        day = chance.randint(1, 28)
        return any_line.submit(category=category, received_at=f"2026-02-{day:02d}T09:00:00+08:00")["ticket_id"]

    before = {submit() for _ in range(15)}
    seen = [
        item["ticket_id"]
        for item in _pages(
            any_line, category=category, order=order, limit=2, between=lambda: (submit(), submit())
        )
    ]
    assert len(seen) == len(set(seen))
    assert before <= set(seen)


def test_days_are_shanghais_days(any_line):
    category = f"c{new_id()[:8]}"
    ticket_id = any_line.submit(category=category, received_at="2026-03-04T16:00:00Z")["ticket_id"]
    for day, shown in (("2026-03-04", []), ("2026-03-05", [ticket_id]), ("2026-03-06", [])):
        items = any_line.do(OPERATOR, "list_tickets", category=category, submitted_from=day, submitted_to=day)
        assert [item["ticket_id"] for item in items["items"]] == shown


@pytest.mark.parametrize(
    "changed",
    [{"state": "closed"}, {"order": "submitted_at"}, {"category": "other"}, {"submitted_from": "2026-01-01"}],
    ids="+".join,
)
def test_a_cursor_serves_only_the_question_that_made_it(any_line, shelf, changed):
    asked = {"category": "shelf", "order": "-submitted_at", "limit": 5}
    cursor = any_line.do(OPERATOR, "list_tickets", **asked)["next_cursor"]
    refusal = any_line.refused(OPERATOR, "list_tickets", **asked | changed, cursor=cursor)
    assert refusal.details["fields"] == {"cursor": "翻页标记无效，或与查询条件不符。"}
    # Another page length is still the same question.
    assert any_line.do(OPERATOR, "list_tickets", **asked | {"limit": 7}, cursor=cursor)["items"]


@pytest.mark.parametrize("cursor", ["A", "AAAA", "路灯", "=", "%00", "x" * 2000, "e30=", "-_-_"])
def test_a_made_up_cursor_is_refused(line, cursor):
    refusal = line.refused(OPERATOR, "list_tickets", cursor=cursor)
    assert list(refusal.details["fields"]) == ["cursor"]


def test_a_queues_cursor_is_no_lists_cursor(line):
    for _ in range(2):
        line.ticket("assigned")
    cursor = line.do(HANDLER, "list_department_queue", unit=LEAD, limit=1)["next_cursor"]
    assert line.refused(OPERATOR, "list_tickets", limit=1, cursor=cursor).code == "invalid_input"


def test_a_handler_sees_what_the_unit_leads_or_assists_and_no_more(any_line, shelf):
    concerned = {ticket_id for ticket_id, ticket in shelf.items() if ticket["lead"] == LEAD}
    for actor in (HANDLER, ASSISTANT):
        found = [item["ticket_id"] for item in _pages(any_line, actor, category="shelf", limit=3)]
        assert len(found) == len(set(found))
        assert set(found) == concerned
    assert _pages(any_line, STRANGER, category="shelf") == []
    assert {i["ticket_id"] for i in _pages(any_line, ASSISTANT, category="shelf", lead=LEAD)} == concerned
    assert _pages(any_line, ASSISTANT, category="shelf", lead=ASSISTING) == []


def test_a_list_of_no_states_is_refused_and_null_means_all(line):
    line.ticket()
    refusal = line.refused(OPERATOR, "list_tickets", state=[])
    assert refusal.details["fields"] == {"state": "不能为空。"}
    assert line.do(OPERATOR, "list_tickets", state=None)["items"]


def test_an_unknown_unit_is_named_and_finds_no_empty_list(line):
    elsewhere = Actor("h-5", Role.HANDLER, SCHOOL, "no-such")
    for actor, method, name, words in (
        (OPERATOR, "list_tickets", "lead", {"lead": "no-such"}),
        (EVERY_OPERATOR, "list_tickets", "lead", {"lead": "no-such"}),
        (HANDLER, "list_tickets", "lead", {"lead": "no-such"}),
        (elsewhere, "list_tickets", "unit", {}),
        (OPERATOR, "list_department_queue", "unit", {"unit": "no-such"}),
        (EVERY_OPERATOR, "list_department_queue", "unit", {"unit": "no-such"}),
        (elsewhere, "list_department_queue", "unit", {"unit": "no-such"}),
    ):
        refusal = line.refused(actor, method, **words)
        assert refusal.code == "invalid_input"
        assert refusal.details["fields"] == {name: "没有这个承办部门。"}


@pytest.mark.parametrize(
    ("method", "words"),
    [("list_tickets", {}), ("list_department_queue", {"unit": LEAD}), ("get_latency", {})],
)
def test_an_unknown_institution_is_not_found_as_an_argument_and_in_the_token(line, method, words):
    nowhere = Actor("o-9", Role.OPERATOR, "no-such")
    assert line.refused(nowhere, method, **words).code == "not_found"
    assert line.refused(EVERY_OPERATOR, method, institution="no-such", **words).code == "not_found"


def test_an_operator_of_everything_pages_through_all_institutions(any_line):
    category = f"c{new_id()[:8]}"
    made = {
        any_line.submit(EVERY_OPERATOR, institution=school, category=category)["ticket_id"]
        for school in (SCHOOL, OTHER_SCHOOL)
        for _ in range(3)
    }
    found = [item["ticket_id"] for item in _pages(any_line, EVERY_OPERATOR, category=category, limit=2)]
    assert sorted(found) == sorted(made)
    one = _pages(any_line, EVERY_OPERATOR, category=category, institution=OTHER_SCHOOL)
    assert {item["institution"] for item in one} == {OTHER_SCHOOL}


def test_a_list_goes_on_when_a_tickets_key_is_gone(line):
    category = f"c{new_id()[:8]}"
    ticket_id = line.ticket("replied", category=category)
    ((key_id,),) = line.rows("SELECT key_id FROM ticket WHERE ticket_id = :t", t=ticket_id)
    line.application.close()
    line.keys.destroy(key_id)
    line.__init__(line.settings)
    (item,) = line.do(OPERATOR, "list_tickets", category=category)["items"]
    assert (item["title"], item["reply"]["text"]) == (None, None)
