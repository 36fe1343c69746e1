"""Named, withheld, anonymous: who learns the submitter, and where the name does not stand."""

from __future__ import annotations

import orjson
import pytest

from kernel import envelope
from kernel.identity.actor import Actor, Role
from tests.services.feedback.line import (
    ASSISTANT,
    ASSISTING,
    AUDITOR,
    HANDLER,
    LEAD,
    OPERATOR,
    SCHOOL,
    SUBMITTER,
)

_PERSON = {"person_id": "s-1", "name": "合成人物乙", "contact": None}
_SERVICE = Actor("registry", Role.SERVICE, SCHOOL)
_LEADER = Actor("l-1", Role.LEADER, SCHOOL)


def _assigned(line, actor=SUBMITTER, **changed):
    ticket_id = line.submit(actor, **changed)["ticket_id"]
    line.do(OPERATOR, "assign_ticket", ticket_id=ticket_id, lead=LEAD, assisting=[ASSISTING])
    return ticket_id


@pytest.mark.parametrize("actor", [OPERATOR, HANDLER, ASSISTANT, SUBMITTER], ids=lambda actor: actor.label)
def test_a_named_submitter_is_known_to_those_who_answer_and_to_the_submitter(line, actor):
    ticket_id = _assigned(line, submitter=_PERSON)
    assert line.get(ticket_id, actor)["submitter"] == _PERSON


@pytest.mark.parametrize("actor", [AUDITOR, _SERVICE], ids=lambda actor: actor.label)
def test_a_named_submitter_is_nobody_elses_business(line, actor):
    ticket_id = _assigned(line, submitter=_PERSON)
    assert line.get(ticket_id, actor)["submitter"] is None


@pytest.mark.parametrize("actor", [OPERATOR, HANDLER, ASSISTANT, AUDITOR], ids=lambda actor: actor.label)
def test_a_withheld_submitter_is_known_to_nobody_but_the_submitter(line, actor):
    ticket_id = _assigned(line, confidentiality="withheld", submitter=_PERSON)
    assert line.get(ticket_id, actor)["submitter"] is None
    assert line.get(ticket_id, SUBMITTER)["submitter"] == _PERSON


def test_lists_show_the_submitter_to_the_same_people_as_the_ticket_does(line):
    named = _assigned(line, submitter=_PERSON, category="who-sees")
    withheld = _assigned(line, submitter=_PERSON, category="who-sees", confidentiality="withheld")
    shown = {}
    for actor in (OPERATOR, HANDLER, AUDITOR):
        listed = line.do(actor, "list_tickets", category="who-sees")["items"]
        shown[actor] = {item["ticket_id"]: item["submitter"] for item in listed}
    assert shown[OPERATOR] == shown[HANDLER] == {named: _PERSON, withheld: None}
    assert shown[AUDITOR] == {named: None, withheld: None}


@pytest.mark.parametrize("actor", [SUBMITTER, _LEADER], ids=lambda actor: actor.label)
def test_what_offices_write_to_each_other_is_not_for_the_submitter(any_line, actor):
    # Given a ticket with words of the offices among themselves, and words for the submitter
    submitted = any_line.submit(actor, submitter={"person_id": actor.subject})
    ticket_id, mine = submitted["ticket_id"], {"ticket_id": submitted["ticket_id"]}
    any_line.do(OPERATOR, "accept_ticket", note="内部一", **mine)
    any_line.do(OPERATOR, "assign_ticket", lead=LEAD, assisting=[ASSISTING], note="内部二", **mine)
    any_line.do(HANDLER, "return_ticket", reason="内部三", **mine)
    any_line.do(OPERATOR, "assign_ticket", lead=LEAD, **mine)
    any_line.do(HANDLER, "reply_ticket", text="答复", **mine)
    any_line.do(OPERATOR, "close_ticket", note="办结", **mine)
    # Then each side reads what was written for it
    internal = ["内部一", "内部二", "内部三"]
    for reader, shown in ((OPERATOR, internal), (HANDLER, internal), (actor, [None] * 3)):
        texts = [entry["text"] for entry in any_line.do(reader, "get_timeline", **mine)["entries"]]
        assert texts == ["图书馆东侧的路灯坏了。", *shown, None, "答复", "办结"], reader.label
    followed = any_line.do(None, "follow_receipt", receipt=submitted["receipt"])
    assert "内部" not in repr(followed)
    assert any_line.get(ticket_id, actor)["reply"]["text"] == "答复"


@pytest.mark.parametrize("method", ["decline_ticket", "withdraw_ticket"])
def test_the_reason_why_there_is_no_answer_is_for_the_submitter(line, method):
    ticket_id = line.submit(SUBMITTER)["ticket_id"]
    line.do(OPERATOR, method, ticket_id=ticket_id, reason="不在职权之内。")
    entries = line.do(SUBMITTER, "get_timeline", ticket_id=ticket_id)["entries"]
    assert entries[-1]["text"] == "不在职权之内。"


def test_an_anonymous_suggestion_has_no_submitter_not_even_for_the_one_who_wrote_it(line):
    answer = line.submit(SUBMITTER, confidentiality="anonymous")
    assert line.get(answer["ticket_id"])["submitter"] is None
    assert line.refused(SUBMITTER, "get_ticket", ticket_id=answer["ticket_id"]).code == "not_found"
    # The receipt is the only thread.
    assert line.do(None, "follow_receipt", receipt=answer["receipt"])["state"] == "submitted"


def test_an_anonymous_suggestion_with_a_name_contradicts_itself(line):
    arguments = {"institution": SCHOOL, "channel": "office_mailbox", "title": "题", "body": "文"}
    refusal = line.refused(
        SUBMITTER, "submit_suggestion", confidentiality="anonymous", submitter=_PERSON, **arguments
    )
    assert refusal.details["fields"] == {"submitter": "匿名提交时不能附带提交人。"}


@pytest.mark.parametrize("confidentiality", ["withheld", "anonymous"])
@pytest.mark.parametrize("actor", [SUBMITTER, _LEADER, Actor("n-1", Role.LIAISON, SCHOOL, LEAD)], ids=str)
def test_a_confidential_submission_does_not_say_who_called(line, confidentiality, actor):
    ticket_id = line.submit(actor, confidentiality=confidentiality)["ticket_id"]
    ((_, _, _, body),) = line.events(ticket_id)
    document = orjson.loads(body)
    assert document["actor"] == "sealed"
    assert actor.subject.encode() not in body
    assert "actor_unit" not in document["data"]
    (entry,) = line.do(OPERATOR, "get_timeline", ticket_id=ticket_id)["entries"]
    assert entry["actor"] == {"role": "sealed", "unit": None}


def test_a_confidential_submitter_stays_sealed_when_withdrawing_also_with_a_unit_in_the_token(line):
    writer = Actor("s-7", Role.SUBMITTER, SCHOOL, "personnel")
    ticket_id = line.submit(writer, confidentiality="withheld")["ticket_id"]
    line.do(writer, "withdraw_ticket", ticket_id=ticket_id, reason="不再需要。")
    for _, _, _, body in line.events(ticket_id):
        assert b"s-7" not in body
        assert b"personnel" not in body
        assert orjson.loads(body)["actor"] == "sealed"


def test_a_named_submission_names_the_callers_role_and_id_and_never_a_name(line):
    ticket_id = line.submit(SUBMITTER, submitter=_PERSON)["ticket_id"]
    ((_, _, _, body),) = line.events(ticket_id)
    assert orjson.loads(body)["actor"] == "submitter:s-1"
    assert "合成人物乙".encode() not in body


def test_no_row_links_two_tickets_of_one_submitter(line):
    first, second = (line.submit(SUBMITTER, confidentiality="withheld")["ticket_id"] for _ in range(2))
    owners = line.rows("SELECT owner FROM ticket WHERE ticket_id IN (:a, :b)", a=first, b=second)
    assert len(set(owners)) == 2
    keys = line.rows("SELECT key_id FROM ticket WHERE ticket_id IN (:a, :b)", a=first, b=second)
    assert len(set(keys)) == 2


def test_a_withheld_name_is_sealed_under_a_key_of_its_own(line):
    ticket_id = line.submit(SUBMITTER, confidentiality="withheld", submitter=_PERSON)["ticket_id"]
    ((ticket_key,),) = line.rows("SELECT key_id FROM ticket WHERE ticket_id = :t", t=ticket_id)
    sealed = envelope.from_body(line.events(ticket_id)[0][3]).data["submitter"]["$sealed"]
    assert sealed.partition(":")[0] != ticket_key
    # Destroying it forgets the name and nothing else.
    line.keys.destroy(sealed.partition(":")[0])
    assert line.keys.open({"$sealed": sealed}, "any", "submitter") is None
    assert line.get(ticket_id)["title"] == "路灯不亮"


def test_every_event_after_the_submission_tells_role_and_unit_of_whoever_acted(line):
    ticket_id = _assigned(line)
    line.do(HANDLER, "reply_ticket", ticket_id=ticket_id, text="已修好。")
    entries = line.do(OPERATOR, "get_timeline", ticket_id=ticket_id)["entries"]
    assert [entry["actor"] for entry in entries] == [
        {"role": "submitter", "unit": None},
        {"role": "operator", "unit": None},
        {"role": "operator", "unit": None},
        {"role": "handler", "unit": LEAD},
    ]
