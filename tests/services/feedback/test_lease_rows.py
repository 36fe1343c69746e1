"""What the log knows of a lease: token and holder always, its end only where an event says it."""

from __future__ import annotations

import pytest

from kernel.log.rebuild import diff, rebuild
from services.feedback.projections.rebuild import PROJECTION
from tests.services.feedback.line import COLLEAGUE, HANDLER, LEAD, OPERATOR

DAY = 24 * 3600


def different(line):
    found = diff(line.database, PROJECTION, "feedback")
    return {table["table"]: table["different"] for table in found["tables"] if table["different"]}


@pytest.fixture
def claimed(any_line):
    """A ticket with a valid lease."""
    ticket_id = any_line.ticket("assigned")
    any_line.do(HANDLER, "claim_ticket", ticket_id=ticket_id)
    return ticket_id


@pytest.mark.parametrize(
    "change", ["token = 99", "holder = 'zz'", "token = 99, holder = 'zz'", "expires_at = 0", "expires_at = 1"]
)
def test_a_changed_lease_is_a_difference_and_a_rebuild_puts_it_right(any_line, claimed, change):
    assert different(any_line) == {}
    any_line.change(f"UPDATE lease SET {change} WHERE ticket_id = :t", t=claimed)
    assert different(any_line) == {"lease": [claimed]}
    rebuild(any_line.database, PROJECTION, "feedback")
    assert different(any_line) == {}
    assert any_line.do(HANDLER, "claim_ticket", ticket_id=claimed, lease_token=1)["lease_token"] == 1


@pytest.mark.parametrize("statement", ["DELETE FROM lease WHERE ticket_id = :t", None])
def test_a_lease_that_is_lost_or_that_nobody_claimed_is_a_difference(any_line, claimed, statement):
    never = any_line.ticket("assigned")
    if statement is None:
        any_line.change("INSERT INTO lease VALUES (:t, 1, 'h-1', 1)", t=never)
    else:
        any_line.change(statement, t=claimed)
    assert different(any_line) == {"lease": [never if statement is None else claimed]}
    rebuild(any_line.database, PROJECTION, "feedback")
    assert different(any_line) == {}


@pytest.mark.parametrize("seconds", [60, DAY])
def test_a_renewal_shorter_or_longer_is_no_difference_in_lease_or_stream(any_line, seconds):
    ticket_id = any_line.ticket("assigned")
    any_line.do(HANDLER, "claim_ticket", ticket_id=ticket_id, lease_seconds=DAY if seconds == 60 else 60)
    any_line.do(HANDLER, "claim_ticket", ticket_id=ticket_id, lease_seconds=seconds, lease_token=1)
    assert different(any_line) == {}


ENDINGS = {
    "released": (HANDLER, "release_ticket", {"lease_token": 1}),
    "returned": (HANDLER, "return_ticket", {"lease_token": 1, "reason": "他人"}),
    "replied": (HANDLER, "reply_ticket", {"lease_token": 1, "text": "答"}),
    "assigned again": (OPERATOR, "assign_ticket", {"lead": LEAD}),
    "withdrawn": (OPERATOR, "withdraw_ticket", {}),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_lease_that_an_event_ended_is_over_and_nothing_else(any_line, claimed, ending):
    actor, method, words = ENDINGS[ending]
    any_line.do(actor, method, ticket_id=claimed, **words)
    assert different(any_line) == {}
    any_line.change("UPDATE lease SET expires_at = 9999999999999999 WHERE ticket_id = :t", t=claimed)
    assert different(any_line) == {"lease": [claimed]}
    any_line.change("UPDATE lease SET expires_at = 0 WHERE ticket_id = :t", t=claimed)


def test_the_last_claim_counts(any_line, claimed):
    any_line.do(HANDLER, "release_ticket", ticket_id=claimed, lease_token=1)
    any_line.do(COLLEAGUE, "claim_ticket", ticket_id=claimed)
    assert different(any_line) == {}
    any_line.change("UPDATE lease SET holder = 'h-1', token = 1 WHERE ticket_id = :t", t=claimed)
    assert different(any_line) == {"lease": [claimed]}
    rebuild(any_line.database, PROJECTION, "feedback")
