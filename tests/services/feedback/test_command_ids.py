"""A command id is done once: the same call again gets the same answer, another call under it is refused."""

from __future__ import annotations

import pytest

from kernel.identity.actor import Actor, Role
from tests.services.feedback.line import CHANNEL, HANDLER, OPERATOR, SCHOOL, SUBMITTER
from tests.support.at_work import new_id

_SUGGESTION = {"institution": SCHOOL, "channel": CHANNEL, "title": "题", "body": "文"}


def test_the_same_command_again_answers_the_same_and_writes_nothing(any_line):
    ticket_id = any_line.ticket("assigned")
    cases = [
        (OPERATOR, "submit_suggestion", _SUGGESTION),
        (HANDLER, "claim_ticket", {"ticket_id": ticket_id}),
        (HANDLER, "reply_ticket", {"ticket_id": ticket_id, "text": "好。", "lease_token": 1}),
        (OPERATOR, "close_tickets", {"institution": SCHOOL, "ticket_ids": [ticket_id]}),
    ]
    for actor, method, arguments in cases:
        asked = arguments | {"command_id": new_id()}
        first = any_line.do(actor, method, **asked)
        counts = any_line.counts()
        assert any_line.do(actor, method, **asked) == first
        assert any_line.counts() == counts


def test_the_same_command_twice_in_one_batch_is_done_once(any_line):
    call = any_line.call(OPERATOR, "submit_suggestion", _SUGGESTION | {"command_id": new_id()})
    before = any_line.counts()["event"]
    first, second = any_line.batch([call, call])
    assert first == second
    assert any_line.counts()["event"] == before + 1


def test_another_text_another_subject_or_another_method_under_a_used_id_is_refused(any_line):
    ticket_id, command_id = any_line.ticket(), new_id()
    any_line.do(OPERATOR, "accept_ticket", command_id=command_id, ticket_id=ticket_id, note="一")
    counts = any_line.counts()
    others = [
        (OPERATOR, "accept_ticket", {"note": "二"}),
        (Actor("o-9", Role.OPERATOR, SCHOOL), "accept_ticket", {"note": "一"}),
        (OPERATOR, "decline_ticket", {"reason": "一"}),
        (OPERATOR, "accept_ticket", {"note": "一", "expected_version": 1}),
    ]
    for actor, method, more in others:
        refusal = any_line.refused(actor, method, command_id=command_id, ticket_id=ticket_id, **more)
        assert (refusal.code, refusal.details) == ("command_reused", {})
    assert any_line.counts() == counts


def test_a_used_id_tells_a_stranger_nothing_of_what_was_done_under_it(line):
    command_id = new_id()
    line.submit(SUBMITTER, command_id=command_id)
    other = Actor("s-2", Role.SUBMITTER, SCHOOL)
    refusal = line.refused(other, "submit_suggestion", command_id=command_id, **_SUGGESTION)
    assert refusal.to_dict() == {
        "code": "command_reused",
        "message": "该命令编号已用于另一个请求。",
        "clause": None,
        "details": {},
    }


def test_a_refused_command_is_not_stored_and_its_id_may_be_used_again(any_line):
    ticket_id, command_id = any_line.ticket(), new_id()
    arguments = {"command_id": command_id, "ticket_id": ticket_id}
    assert any_line.refused(OPERATOR, "close_ticket", **arguments).code == "wrong_state"
    assert not any_line.rows("SELECT 1 FROM command WHERE command_id = :c", c=command_id)
    assert any_line.do(OPERATOR, "accept_ticket", **arguments)["state"] == "accepted"


def test_the_order_of_the_arguments_and_the_spelling_of_the_id_do_not_matter(line):
    command_id = new_id()
    first = line.do(OPERATOR, "submit_suggestion", command_id=command_id, **_SUGGESTION)
    turned = dict(reversed(_SUGGESTION.items()))
    assert line.do(OPERATOR, "submit_suggestion", **turned, command_id=command_id.upper()) == first


def test_null_and_left_out_and_other_spellings_of_one_value_are_the_same_command(any_line):
    command_id, received = new_id(), "2026-03-05T09:00:00+08:00"
    first = any_line.submit(command_id=command_id, received_at=received, title="caf\u00e9")
    same = {"command_id": command_id, "received_at": received, "title": "caf\u00e9"}
    for more in (
        {"category": None, "submitter": None, "source": None},
        {"confidentiality": None},
        {"confidentiality": "named"},
        {"received_at": "2026-03-05T01:00:00Z"},
        {"title": "cafe\u0301"},
    ):
        assert any_line.submit(**same | more) == first
    ticket_id, claim_id = any_line.ticket("assigned"), new_id()
    claimed = any_line.do(HANDLER, "claim_ticket", command_id=claim_id, ticket_id=ticket_id)
    for more in ({"lease_seconds": None}, {"lease_seconds": 3600}, {"expected_version": None}):
        again = any_line.do(HANDLER, "claim_ticket", command_id=claim_id, ticket_id=ticket_id.upper(), **more)
        assert again == claimed


def test_a_stored_answer_is_given_even_when_the_ticket_has_moved_on(line):
    ticket_id, command_id = line.ticket(), new_id()
    first = line.do(OPERATOR, "accept_ticket", command_id=command_id, ticket_id=ticket_id)
    line.do(OPERATOR, "decline_ticket", ticket_id=ticket_id, reason="重复。")
    assert line.do(OPERATOR, "accept_ticket", command_id=command_id, ticket_id=ticket_id) == first


def test_the_command_table_names_nobody(line):
    line.submit(Actor("very-recognisable-subject", Role.SUBMITTER, SCHOOL), confidentiality="withheld")
    assert not [row for row in line.rows("SELECT * FROM command") if "very-recognisable" in repr(row)]


@pytest.mark.parametrize("identity", ["not-a-uuid", "", 7, None, "{" + "0" * 31 + "}"])
def test_a_command_id_that_is_no_uuid_is_refused_by_name(line, identity):
    refusal = line.refused(OPERATOR, "submit_suggestion", **_SUGGESTION | {"command_id": identity})
    assert list(refusal.details["fields"]) == ["command_id"]


def test_a_command_without_an_id_is_refused(line):
    (refusal,) = line.batch([line.call(OPERATOR, "submit_suggestion", _SUGGESTION)])
    assert refusal.details["fields"] == {"command_id": "必填。"}
