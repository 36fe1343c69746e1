"""A suggestion comes in: from whom, from where, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from kernel import instants
from kernel.identity.actor import Actor, Role
from tests.services.feedback.line import CHANNEL, OPERATOR, OTHER_SCHOOL, SCHOOL, SUBMITTER
from tests.support.at_work import new_id

_TICKET = (
    "ticket_id number institution channel state round version title body category confidentiality submitter"
    " received_at submitted_at lead assisting lease reply due clocks latency points outcome"
)
_A = {"ticket_id", "version", "state", "round", "due", "event_hash"}


@pytest.mark.clause("DT-15.1")
@pytest.mark.parametrize("role", ["operator", "submitter", "leader", "liaison", "service"])
def test_every_role_of_the_interface_may_submit_and_gets_a_number_and_a_receipt(line, role):
    answer = line.submit(Actor(f"x-{role}", Role(role), SCHOOL))
    assert answer.keys() == _A | {"number", "receipt"}
    assert (answer["version"], answer["state"], answer["round"]) == (1, "submitted", 1)
    year, _, digits = answer["number"].partition("-")
    assert len(year) == 4
    assert len(digits) == 6
    assert set(digits) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert len(answer["event_hash"]) == 64


@pytest.mark.clause("DT-15.1")
@pytest.mark.parametrize("channel", ["secretary_mailbox", "president_mailbox", "office_mailbox"])
def test_all_three_mailboxes_take_suggestions(line, channel):
    assert line.get(line.submit(channel=channel)["ticket_id"])["channel"] == channel


def test_the_reply_clock_is_local_and_runs_from_the_moment_of_submission(line):
    answer = line.submit(received_at="2026-03-05T09:00:00+08:00")
    # Ten working days after Thursday the 5th of March 2026, at closing hour in Shanghai.
    assert answer["due"] == {
        "reply": {
            "due_at": "2026-03-19T09:30:00.000000Z",
            "working_days": 10,
            "provisional": False,
            "local": True,
        }
    }
    ticket = line.get(answer["ticket_id"])
    assert ticket["received_at"] == ticket["submitted_at"] == "2026-03-05T01:00:00.000000Z"
    assert ticket["number"].startswith("2026-")
    assert ticket["clocks"]["reply"]["state"] == "running"


def test_the_number_bears_the_year_that_people_saw(line):
    answer = line.submit(received_at="2024-12-31T23:30:00Z")
    assert answer["number"].startswith("2025-")


def test_a_ticket_has_exactly_the_fields_of_the_interface(line):
    ticket = line.get(line.ticket("replied"))
    assert ticket.keys() == set(_TICKET.split())
    assert ticket["reply"].keys() == {"text", "at", "outcome"}
    assert ticket["latency"].keys() == {"submit_to_assign", "assign_to_reply", "submit_to_reply"}
    for stage in ticket["latency"].values():
        assert stage.keys() == {"elapsed_seconds", "working_days", "working_minutes", "provisional"}


def test_texts_come_back_as_they_were_written(line):
    title, body = "关于“食堂”的建议 🍚", "第一行\n第二行\t—— 𠮷野家的“𠮷”字。"
    ticket = line.get(line.submit(title=title, body=body)["ticket_id"])
    assert (ticket["title"], ticket["body"]) == (title, body)


def test_texts_of_exactly_the_allowed_length_are_taken(line):
    ticket = line.get(line.submit(title="题" * 200, body="文" * 10_000)["ticket_id"])
    assert (len(ticket["title"]), len(ticket["body"])) == (200, 10_000)


@pytest.mark.parametrize(("name", "value"), [("title", "题" * 201), ("body", "文" * 10_001)])
def test_one_character_more_is_too_long(line, name, value):
    counts = line.counts()
    refusal = _submit_refused(line, **{name: value})
    assert refusal.details["fields"] == {name: "超过长度上限。"}
    assert line.counts() == counts


def test_what_has_not_happened_yet_is_refused(line):
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    refusal = _submit_refused(line, received_at=soon)
    assert refusal.details["fields"] == {"received_at": "时间不能晚于现在。"}


def test_a_channel_that_the_institution_does_not_have_is_named(line):
    refusal = _submit_refused(line, channel="pigeon_post")
    assert refusal.details["fields"] == {"channel": "没有这个信箱。"}


def test_an_institution_out_of_scope_or_unknown_is_not_found(line):
    for institution in (OTHER_SCHOOL, "no-such-school"):
        assert _submit_refused(line, institution=institution).code == "not_found"


def test_a_submitter_without_further_words_is_the_tokens_subject(line):
    ticket_id = line.submit(SUBMITTER)["ticket_id"]
    assert line.get(ticket_id, SUBMITTER)["submitter"] == {"person_id": "s-1", "name": None, "contact": None}


@pytest.mark.parametrize("confidentiality", ["named", "withheld"])
def test_a_submitter_speaks_for_nobody_else(line, confidentiality):
    counts = line.counts()
    refusal = _submit_refused(
        line,
        SUBMITTER,
        submitter={"person_id": "s-9", "name": "合成人物甲"},
        confidentiality=confidentiality,
    )
    assert refusal.details["fields"] == {"submitter": "只能以本人的名义提交。"}
    assert line.counts() == counts
    for own in ({"person_id": "s-1", "name": "合成人物甲"}, {"name": "合成人物甲"}):
        line.submit(SUBMITTER, submitter=own, confidentiality=confidentiality)


def test_an_operator_who_names_nobody_submits_for_nobody(line):
    ticket = line.get(line.submit(OPERATOR)["ticket_id"])
    assert ticket["submitter"] is None


def test_whoever_was_named_by_the_operator_owns_the_ticket(line):
    person = {"person_id": "s-9", "name": "合成人物甲", "contact": "0352-0000000"}
    ticket_id = line.submit(OPERATOR, submitter=person)["ticket_id"]
    named = Actor("s-9", Role.SUBMITTER, SCHOOL)
    assert line.get(ticket_id, named)["submitter"] == person
    assert line.refused(SUBMITTER, "get_ticket", ticket_id=ticket_id).code == "not_found"
    assert line.do(named, "withdraw_ticket", ticket_id=ticket_id)["state"] == "withdrawn"


def test_a_second_submission_of_one_source_answers_as_the_first_did_and_writes_no_event(any_line):
    # Given a suggestion that came in from another system
    source = {"system": "oa", "ref": new_id()}
    first = any_line.submit(source=source)
    before = any_line.counts()
    # When it comes in again, under another command id and even in other words
    second = any_line.submit(source=source, title="再次提交")
    # Then the answer is the first one's, its receipt included, and only the command was noted
    assert second == first
    after = any_line.counts()
    assert {name for name in after if after[name] != before[name]} == {"command"}
    assert any_line.do(None, "follow_receipt", receipt=second["receipt"])["number"] == first["number"]


def test_two_submissions_of_one_source_in_one_batch_make_one_ticket(any_line):
    source, before = {"system": "oa", "ref": new_id()}, any_line.counts()["ticket"]
    arguments = {"institution": SCHOOL, "channel": CHANNEL, "title": "题", "body": "文", "source": source}
    calls = [
        any_line.call(OPERATOR, "submit_suggestion", arguments | {"command_id": new_id()}) for _ in range(3)
    ]
    first, *others = any_line.batch(calls)
    assert others == [first, first]
    assert any_line.counts()["ticket"] == before + 1


def test_another_callers_equal_source_is_another_source_and_tells_nothing_of_the_first(any_line):
    # Given what a system handed in for somebody, under its own name for it
    source = {"system": "oa", "ref": new_id()}
    hidden = any_line.submit(Actor("oa", Role.SERVICE, SCHOOL), source=source, confidentiality="anonymous")
    # When somebody else guesses that name
    guessed = any_line.submit(SUBMITTER, source=source, title="别的", body="别的")
    # Then it is a suggestion of their own, and each follows their own
    for name in ("ticket_id", "number", "event_hash", "receipt"):
        assert guessed[name] != hidden[name]
    assert any_line.get(guessed["ticket_id"])["title"] == "别的"
    assert any_line.refused(SUBMITTER, "get_ticket", ticket_id=hidden["ticket_id"]).code == "not_found"
    assert any_line.submit(SUBMITTER, source=source)["ticket_id"] == guessed["ticket_id"]


def test_one_source_named_by_one_caller_in_many_threads_makes_one_ticket(any_line):
    source, before = {"system": "oa", "ref": new_id()}, any_line.counts()["ticket"]
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: any_line.submit(source=source), range(30)))
    assert all(answer == answers[0] for answer in answers)
    assert any_line.counts()["ticket"] == before + 1


def test_one_source_may_stand_once_in_every_institution(line):
    source = {"system": "oa", "ref": new_id()}
    elsewhere = Actor(OPERATOR.subject, Role.OPERATOR, OTHER_SCHOOL)
    here, there = line.submit(source=source), line.submit(elsewhere, source=source)
    assert here["ticket_id"] != there["ticket_id"]


def test_a_source_is_two_words_and_not_their_sum(line):
    one = line.submit(source={"system": "oa-1", "ref": "2"})
    other = line.submit(source={"system": "oa-", "ref": "12"})
    assert one["ticket_id"] != other["ticket_id"]


def test_business_time_and_record_time_are_told_apart(line):
    ticket_id = line.submit(received_at="2026-03-05T09:00:00+08:00")["ticket_id"]
    (entry,) = line.do(OPERATOR, "get_timeline", ticket_id=ticket_id)["entries"]
    assert entry["at"] == "2026-03-05T01:00:00.000000Z"
    assert abs(instants.parse(entry["recorded_at"]) - instants.now()) < 60 * instants.SECOND


def _submit_refused(line, actor=OPERATOR, **changed):
    arguments = {"institution": SCHOOL, "channel": CHANNEL, "title": "题", "body": "文"}
    return line.refused(actor, "submit_suggestion", **arguments | changed)
