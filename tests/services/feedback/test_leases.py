"""A lease keeps two handlers from answering one ticket; whoever comes late with an old token is refused."""

from __future__ import annotations

import pytest

from kernel import identifiers, instants
from kernel.identity.actor import Actor, Role
from tests.services.feedback.line import ASSISTING, COLLEAGUE, HANDLER, LEAD, OPERATOR, SCHOOL, THIRD

_A = {"ticket_id", "version", "state", "round", "due", "event_hash"}


def _claim(line, ticket_id, actor=HANDLER, **more):
    return line.do(actor, "claim_ticket", ticket_id=ticket_id, **more)


def _new(arguments):
    """The arguments of a command of its own."""
    return arguments | {"command_id": identifiers.unguessable()}


def _expire(line, ticket_id):
    """As if the lease's time were over."""
    past = instants.now() - instants.SECOND
    line.change("UPDATE lease SET expires_at = :p WHERE ticket_id = :t", p=past, t=ticket_id)


def test_a_claim_gives_a_token_and_an_end_and_leaves_the_state(any_line):
    ticket_id = any_line.ticket("assigned")
    before = instants.now()
    answer = _claim(any_line, ticket_id)
    assert answer.keys() == _A | {"lease_token", "lease_expires_at"}
    assert (answer["state"], answer["lease_token"], answer["version"]) == ("assigned", 1, 4)
    lasts = instants.parse(answer["lease_expires_at"]) - before
    assert 3590 * instants.SECOND < lasts < 3610 * instants.SECOND
    assert any_line.get(ticket_id, HANDLER)["lease"] == {"expires_at": answer["lease_expires_at"], "mine": True}
    assert any_line.get(ticket_id, COLLEAGUE)["lease"]["mine"] is False


@pytest.mark.parametrize("seconds", [60, 86_400])
def test_a_lease_lasts_as_long_as_was_asked(line, seconds):
    answer = _claim(line, line.ticket("assigned"), lease_seconds=seconds)
    lasts = instants.parse(answer["lease_expires_at"]) - instants.now()
    assert abs(lasts - seconds * instants.SECOND) < 10 * instants.SECOND


@pytest.mark.parametrize("seconds", [59, 86_401, 0, -1, 60.5, "3600", True])
def test_a_lease_of_another_length_is_refused(line, seconds):
    refusal = line.refused(HANDLER, "claim_ticket", ticket_id=line.ticket("assigned"), lease_seconds=seconds)
    assert list(refusal.details["fields"]) == ["lease_seconds"]


def test_while_a_lease_is_valid_nobody_else_claims_not_even_its_holder_without_the_token(any_line):
    ticket_id = any_line.ticket("assigned")
    _claim(any_line, ticket_id)
    counts = any_line.counts()
    for actor in (COLLEAGUE, HANDLER):
        assert any_line.refused(actor, "claim_ticket", ticket_id=ticket_id).code == "lease_held"
    assert any_line.counts() == counts


def test_renewing_with_the_token_moves_the_end_and_is_no_event(any_line):
    ticket_id = any_line.ticket("assigned")
    taken = _claim(any_line, ticket_id, lease_seconds=60)
    events = any_line.counts()["event"]
    renewed = _claim(any_line, ticket_id, lease_seconds=7200, lease_token=taken["lease_token"])
    assert any_line.counts()["event"] == events
    assert renewed["lease_token"] == taken["lease_token"]
    assert renewed["version"] == taken["version"]
    assert renewed["event_hash"] == taken["event_hash"]
    assert renewed["lease_expires_at"] > taken["lease_expires_at"]
    assert any_line.get(ticket_id, HANDLER)["lease"]["expires_at"] == renewed["lease_expires_at"]


def test_while_a_lease_is_valid_reply_and_return_need_its_token(any_line):
    ticket_id = any_line.ticket("assigned")
    _claim(any_line, ticket_id)
    for actor, method, words in (
        (HANDLER, "reply_ticket", {"text": "好。"}),
        (OPERATOR, "reply_ticket", {"text": "好。"}),
        (HANDLER, "return_ticket", {"reason": "不属于我们。"}),
    ):
        assert any_line.refused(actor, method, ticket_id=ticket_id, **words).code == "lease_held"
        assert any_line.refused(actor, method, ticket_id=ticket_id, lease_token=2, **words).code == "lease_lost"
        assert any_line.refused(actor, method, ticket_id=ticket_id, lease_token=0, **words).code == "lease_lost"
    answer = any_line.do(HANDLER, "reply_ticket", ticket_id=ticket_id, text="好。", lease_token=1)
    assert answer["state"] == "replied"
    assert any_line.get(ticket_id)["lease"] is None


def test_without_a_lease_no_token_is_needed_and_an_old_one_is_refused(any_line):
    ticket_id = any_line.ticket("assigned")
    refusal = any_line.refused(HANDLER, "reply_ticket", ticket_id=ticket_id, text="好。", lease_token=1)
    assert refusal.code == "lease_lost"
    assert any_line.do(HANDLER, "reply_ticket", ticket_id=ticket_id, text="好。")["state"] == "replied"


def test_an_expired_lease_frees_the_ticket_and_its_token_is_worth_nothing(any_line):
    ticket_id = any_line.ticket("assigned")
    _claim(any_line, ticket_id)
    _expire(any_line, ticket_id)
    assert any_line.get(ticket_id, HANDLER)["lease"] is None
    for method, words in (
        ("reply_ticket", {"text": "迟了。"}),
        ("return_ticket", {"reason": "迟了。"}),
        ("release_ticket", {}),
        ("claim_ticket", {}),
    ):
        refusal = any_line.refused(HANDLER, method, ticket_id=ticket_id, lease_token=1, **words)
        assert refusal.code == "lease_lost", method
    # The next one gets a greater token, and the first one's is old for ever.
    assert _claim(any_line, ticket_id, COLLEAGUE)["lease_token"] == 2
    assert any_line.refused(HANDLER, "reply_ticket", ticket_id=ticket_id, text="迟", lease_token=1).code == (
        "lease_lost"
    )
    answer = any_line.do(COLLEAGUE, "reply_ticket", ticket_id=ticket_id, text="好。", lease_token=2)
    assert answer["state"] == "replied"


def test_releasing_ends_the_lease_is_an_event_and_leaves_the_state(any_line):
    ticket_id = any_line.ticket("assigned")
    _claim(any_line, ticket_id)
    answer = any_line.do(HANDLER, "release_ticket", ticket_id=ticket_id, lease_token=1)
    assert answer.keys() == _A
    assert (answer["state"], answer["version"]) == ("assigned", 5)
    assert any_line.events(ticket_id)[-1][1] == "ticket_released"
    assert any_line.get(ticket_id)["lease"] is None
    assert any_line.refused(HANDLER, "release_ticket", ticket_id=ticket_id, lease_token=1).code == "lease_lost"


def test_releasing_needs_the_token_of_the_valid_lease(line):
    ticket_id = line.ticket("assigned")
    assert line.refused(HANDLER, "release_ticket", ticket_id=ticket_id, lease_token=1).code == "lease_lost"
    _claim(line, ticket_id)
    assert line.refused(HANDLER, "release_ticket", ticket_id=ticket_id, lease_token=2).code == "lease_lost"
    assert list(line.refused(HANDLER, "release_ticket", ticket_id=ticket_id).details["fields"]) == [
        "lease_token"
    ]


def test_a_colleague_neither_renews_nor_releases_anothers_lease(any_line):
    # Given a lease whose token the colleague can read in the timeline
    ticket_id = any_line.ticket("assigned")
    taken = _claim(any_line, ticket_id)
    counts = any_line.counts()
    # Then neither takes it over, and the holder keeps it as it was
    for method, more in (("claim_ticket", {"lease_seconds": 60}), ("release_ticket", {})):
        refusal = any_line.refused(COLLEAGUE, method, ticket_id=ticket_id, lease_token=1, **more)
        assert refusal.code == "lease_lost", method
    assert any_line.counts() == counts
    lease = any_line.get(ticket_id, HANDLER)["lease"]
    assert lease == {"expires_at": taken["lease_expires_at"], "mine": True}
    assert any_line.do(HANDLER, "release_ticket", ticket_id=ticket_id, lease_token=1)["version"] == 5


@pytest.mark.parametrize(
    ("method", "words"), [("reply_ticket", {"text": "好。"}), ("return_ticket", {"reason": "不属于我们。"})]
)
def test_whoever_of_the_lead_was_handed_the_token_may_answer_or_return_with_it(any_line, method, words):
    ticket_id = any_line.ticket("assigned")
    token = _claim(any_line, ticket_id)["lease_token"]
    any_line.do(COLLEAGUE, method, ticket_id=ticket_id, lease_token=token, **words)
    assert any_line.get(ticket_id)["lease"] is None


def test_assigning_anew_ends_the_lease_and_the_new_lead_gets_a_greater_token(any_line):
    ticket_id = any_line.ticket("assigned")
    _claim(any_line, ticket_id)
    any_line.do(OPERATOR, "assign_ticket", ticket_id=ticket_id, lead=THIRD, assisting=[LEAD])
    assert any_line.get(ticket_id)["lease"] is None
    assert any_line.refused(HANDLER, "reply_ticket", ticket_id=ticket_id, text="迟", lease_token=1).code == (
        "not_allowed"
    )
    third = Actor("h-9", Role.HANDLER, SCHOOL, THIRD)
    assert _claim(any_line, ticket_id, third)["lease_token"] == 2


def test_returning_and_withdrawing_end_the_lease(line):
    for actor, method, words in (
        (HANDLER, "return_ticket", {"reason": "不属于我们。", "lease_token": 1}),
        (OPERATOR, "withdraw_ticket", {}),
    ):
        ticket_id = line.ticket("assigned")
        _claim(line, ticket_id)
        line.do(actor, method, ticket_id=ticket_id, **words)
        assert line.rows("SELECT expires_at FROM lease WHERE ticket_id = :t", t=ticket_id) == [(0,)]


def test_a_returned_and_assigned_again_ticket_goes_on_counting_tokens(line):
    ticket_id = line.ticket("assigned")
    for token in (1, 2, 3):
        assert _claim(line, ticket_id)["lease_token"] == token
        line.do(HANDLER, "return_ticket", ticket_id=ticket_id, reason="请再分。", lease_token=token)
        line.do(OPERATOR, "assign_ticket", ticket_id=ticket_id, lead=LEAD, assisting=[ASSISTING])


def test_a_lost_lease_table_costs_a_wait_and_no_token_twice(line):
    # Given a lease row that was lost with its table
    ticket_id = line.ticket("assigned")
    _claim(line, ticket_id)
    line.change("DELETE FROM lease WHERE ticket_id = :t", t=ticket_id)
    # Then the next claim still gives a greater token: it comes from the events
    assert _claim(line, ticket_id, COLLEAGUE)["lease_token"] == 2


def test_of_two_claims_in_one_batch_the_first_wins(any_line):
    ticket_id = any_line.ticket("assigned")
    calls = [
        any_line.call(actor, "claim_ticket", _new({"ticket_id": ticket_id})) for actor in (HANDLER, COLLEAGUE)
    ]
    first, second = any_line.batch(calls)
    assert first["lease_token"] == 1
    assert second.code == "lease_held"


def test_a_renewal_and_a_reply_in_one_batch_both_hold(any_line):
    ticket_id = any_line.ticket("assigned")
    _claim(any_line, ticket_id, lease_seconds=60)
    more = {"ticket_id": ticket_id, "lease_token": 1}
    renewed, replied = any_line.batch(
        [
            any_line.call(HANDLER, "claim_ticket", _new(more)),
            any_line.call(HANDLER, "reply_ticket", _new(more | {"text": "好。"})),
        ]
    )
    assert (renewed["version"], replied["version"], replied["state"]) == (4, 5, "replied")
    assert any_line.get(ticket_id)["lease"] is None
