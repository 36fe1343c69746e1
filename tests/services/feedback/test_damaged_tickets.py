"""One ticket whose events are gone or changed hides no other, and is never told as one that was erased."""

from __future__ import annotations

import logging

import pytest

from tests.services.feedback.line import EVERY_AUDITOR, HANDLER, LEAD, OPERATOR
from tests.support.at_work import new_id

TEXTS = ("title", "submitter", "body", "reply")
OF = "WHERE stream_id = :stream AND name = :name"
# The last byte of a sealed text is its tag's, and stands before the end of its JSON.
BROKEN = {
    "deleted": f"DELETE FROM event {OF}",
    "no json": f"UPDATE event SET body = :junk {OF}",
    "no event": f"UPDATE event SET body = :empty {OF}",
    "another ciphertext": f"UPDATE event SET body = :changed {OF}",
    "another ticket's": f"UPDATE event SET body = :other, prev_hash = :prev, event_hash = :hash {OF}",
}


def damage(line, how, ticket_id, name, other):
    """What somebody with every right on the database does to one event of a ticket."""
    query = "SELECT body, prev_hash, event_hash FROM event WHERE stream_id = :s AND name = :n"
    ((body, *_),) = line.rows(query, s=f"ticket/{ticket_id}", n=name)
    ((foreign, previous, digest),) = line.rows(query, s=f"ticket/{other}", n=name)
    mark = bytes(body).rindex(b'"}', 0, bytes(body).rindex(b"$sealed") + 400) - 3
    turned = b"A" if body[mark : mark + 1] != b"A" else b"B"
    words = {
        "junk": b"{{",
        "empty": b"{}",
        "changed": bytes(body[:mark]) + turned + bytes(body[mark + 1 :]),
        "other": foreign,
        "prev": previous,
        "hash": digest,
    }
    used = {word: value for word, value in words.items() if f":{word}" in BROKEN[how]}
    line.change(BROKEN[how], stream=f"ticket/{ticket_id}", name=name, **used)


@pytest.fixture
def tickets(any_line):
    """A whole ticket and one to be damaged, both answered."""
    return any_line.ticket("replied"), any_line.ticket("replied", submitter={"name": "合成人物丁"})


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("name", ["ticket_submitted", "ticket_replied"])
def test_a_damaged_ticket_has_no_texts_in_a_list_and_is_refused_alone(any_line, tickets, caplog, name, how):
    whole, bad = tickets
    damage(any_line, how, bad, name, whole)
    caplog.set_level(logging.WARNING)
    # When the list is read
    items = {row["ticket_id"]: row for row in any_line.do(OPERATOR, "list_tickets", limit=200)["items"]}
    # Then the other ticket is there, the damaged one without its texts
    assert (items[whole]["title"], items[whole]["reply"]["text"]) == ("路灯不亮", "已经修好。")
    assert (items[bad]["title"], items[bad]["submitter"], items[bad]["reply"]["text"]) == (None, None, None)
    assert items[bad]["state"] == "replied"
    # And the operator's log has one line of it, without text or name
    (line,) = [record.getMessage() for record in caplog.records]
    assert f"ticket/{bad}" in line
    assert "合成人物丁" not in caplog.text
    # And alone it is refused, and the other one is not
    for method in ("get_ticket", "get_timeline"):
        assert any_line.refused(OPERATOR, method, ticket_id=bad).code == "damaged"
        assert any_line.do(OPERATOR, method, ticket_id=whole)
    # And work on it goes on: what was damaged is history
    assert any_line.do(OPERATOR, "close_ticket", ticket_id=bad)["state"] == "closed"
    any_line.change("DELETE FROM ticket WHERE ticket_id = :t", t=bad)


@pytest.mark.parametrize("how", BROKEN)
def test_a_department_queue_is_read_past_a_damaged_ticket(any_line, how):
    whole, bad = any_line.ticket("assigned"), any_line.ticket("assigned")
    damage(any_line, how, bad, "ticket_submitted", whole)
    items = any_line.do(HANDLER, "list_department_queue", unit=LEAD, limit=200)["items"]
    titles = {row["ticket_id"]: row["title"] for row in items}
    assert (titles[whole], titles[bad]) == ("路灯不亮", None)
    any_line.change("DELETE FROM ticket WHERE ticket_id = :t", t=bad)


def test_an_event_that_is_gone_from_the_end_or_the_middle_is_missed_in_the_timeline(any_line):
    for version in (2, 3):
        bad = any_line.ticket("assigned")
        any_line.change(
            "DELETE FROM event WHERE stream_id = :s AND stream_version = :v", s=f"ticket/{bad}", v=version
        )
        assert any_line.refused(OPERATOR, "get_timeline", ticket_id=bad).code == "damaged"


def test_a_destroyed_key_is_no_damage(any_line, caplog):
    ticket_id = any_line.ticket("replied")
    ((key_id,),) = any_line.rows("SELECT key_id FROM ticket WHERE ticket_id = :t", t=ticket_id)
    any_line.application._keys.destroy(key_id)
    ticket = any_line.get(ticket_id)
    assert (ticket["title"], ticket["body"], ticket["reply"]["text"]) == (None, None, None)
    assert caplog.records == []


def test_the_receipt_of_a_damaged_ticket_is_refused_as_damaged(any_line):
    command_id = new_id()
    submitted = any_line.submit(command_id=command_id)
    any_line.change(
        "UPDATE event SET body = :junk WHERE stream_id = :s", junk=b"{{", s=f"ticket/{submitted['ticket_id']}"
    )
    assert any_line.refused(None, "follow_receipt", receipt=submitted["receipt"]).code == "damaged"


def test_a_log_with_a_hole_is_read_up_to_it_and_never_past_it(any_line):
    any_line.ticket("closed")
    any_line.seal()
    head = any_line.do(EVERY_AUDITOR, "get_log_head")["position"]
    any_line.change(
        "DELETE FROM event WHERE event_id IN (SELECT event_id FROM log_entry WHERE position = :p)", p=head - 1
    )
    assert any_line.do(EVERY_AUDITOR, "read_log", after=head - 1)["next_after"] == head
    refusal = any_line.refused(EVERY_AUDITOR, "read_log", after=head - 2)
    assert (refusal.code, refusal.details) == ("damaged", {"position": head - 1})
