"""A department's queue: what is assigned to it, longest waiting first, with who holds it."""

from __future__ import annotations

import pytest

from kernel import instants
from kernel.identity.actor import Actor, Role
from tests.services.feedback.line import (
    ASSISTANT,
    ASSISTING,
    COLLEAGUE,
    HANDLER,
    LEAD,
    OPERATOR,
    OTHER_SCHOOL,
    SCHOOL,
    THIRD,
)

_ITEM = {"ticket_id", "number", "title", "version", "round", "role", "assigned_at", "due_at", "lease"}
_THIRD = Actor("h-8", Role.HANDLER, SCHOOL, THIRD)


@pytest.fixture(scope="module")
def queue(any_line):
    """Six tickets led by the unit, assigned one after the other; ids in that order."""
    made = [any_line.submit()["ticket_id"] for _ in range(6)]
    waiting = made[::-1]
    for ticket_id in waiting:
        any_line.do(OPERATOR, "assign_ticket", ticket_id=ticket_id, lead=LEAD, assisting=[ASSISTING])
    return waiting


def _ids(page):
    return [item["ticket_id"] for item in page["items"]]


def test_a_queue_is_in_the_order_of_assignment_page_by_page(any_line, queue):
    found, cursor = [], None
    while True:
        page = any_line.do(HANDLER, "list_department_queue", unit=LEAD, limit=4, cursor=cursor)
        found += _ids(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == queue


def test_an_entry_says_what_the_handler_needs_and_which_part_the_unit_has(any_line, queue):
    for actor, unit, role in ((HANDLER, LEAD, "lead"), (ASSISTANT, ASSISTING, "assisting")):
        page = any_line.do(actor, "list_department_queue", unit=unit)
        assert _ids(page) == queue
        for item in page["items"]:
            assert item.keys() == _ITEM
            assert item["role"] == role
            ticket = any_line.get(item["ticket_id"])
            assert item["due_at"] == ticket["due"]["reply"]["due_at"]
            assert {name: item[name] for name in ("number", "title", "version", "round")} == {
                name: ticket[name] for name in ("number", "title", "version", "round")
            }


def test_a_queue_tells_what_is_held_and_by_whom_and_can_be_asked_for_either(any_line, queue):
    held = queue[2]
    any_line.do(HANDLER, "claim_ticket", ticket_id=held)
    whole = any_line.do(HANDLER, "list_department_queue", unit=LEAD)
    leases = {item["ticket_id"]: item["lease"] for item in whole["items"]}
    assert leases.pop(held)["mine"] is True
    assert set(leases.values()) == {None}
    seen = any_line.do(COLLEAGUE, "list_department_queue", unit=LEAD, claimed=True)
    assert _ids(seen) == [held]
    assert seen["items"][0]["lease"]["mine"] is False
    free = any_line.do(HANDLER, "list_department_queue", unit=LEAD, claimed=False)
    assert _ids(free) == [ticket_id for ticket_id in queue if ticket_id != held]
    # A lease whose time is over holds nothing.
    any_line.change("UPDATE lease SET expires_at = :p WHERE ticket_id = :t", p=instants.now() - 1, t=held)
    assert _ids(any_line.do(HANDLER, "list_department_queue", unit=LEAD, claimed=False)) == queue


def test_what_is_replied_returned_or_withdrawn_leaves_the_queue_and_a_new_assignment_goes_to_its_end(any_line):
    ids = [any_line.submit()["ticket_id"] for _ in range(4)]
    for ticket_id in ids:
        any_line.do(OPERATOR, "assign_ticket", ticket_id=ticket_id, lead=THIRD)
    any_line.do(_THIRD, "reply_ticket", ticket_id=ids[0], text="好。")
    any_line.do(_THIRD, "return_ticket", ticket_id=ids[1], reason="不属于我们。")
    any_line.do(OPERATOR, "withdraw_ticket", ticket_id=ids[2])
    assert _ids(any_line.do(_THIRD, "list_department_queue", unit=THIRD)) == [ids[3]]
    any_line.do(OPERATOR, "assign_ticket", ticket_id=ids[1], lead=THIRD)
    assert _ids(any_line.do(_THIRD, "list_department_queue", unit=THIRD)) == [ids[3], ids[1]]


def test_a_handler_reads_the_queue_of_the_own_unit_only(line):
    assert line.refused(HANDLER, "list_department_queue", unit=THIRD).code == "not_found"
    assert (
        line.refused(HANDLER, "list_department_queue", unit=LEAD, institution=OTHER_SCHOOL).code == "not_found"
    )
    assert line.do(OPERATOR, "list_department_queue", unit=THIRD, institution=SCHOOL)["items"] == []


def test_a_unit_of_the_same_name_in_another_institution_has_a_queue_of_its_own(line):
    elsewhere = Actor("h-7", Role.HANDLER, OTHER_SCHOOL, LEAD)
    line.ticket("assigned")
    assert line.do(elsewhere, "list_department_queue", unit=LEAD) == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("claimed", [0, 1, "true", "", [], {}])
def test_claimed_is_yes_or_no_and_nothing_like_it(line, claimed):
    refusal = line.refused(HANDLER, "list_department_queue", unit=LEAD, claimed=claimed)
    assert list(refusal.details["fields"]) == ["claimed"]
