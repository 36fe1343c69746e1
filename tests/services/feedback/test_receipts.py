"""The receipt: the one thread of somebody without an account, in no table, and hard to guess."""

from __future__ import annotations

import time

import pytest

from services.feedback.queries import ticket as ticket_queries
from tests.services.feedback.line import HANDLER, LEAD, OPERATOR, SCHOOL
from tests.support.at_work import new_id


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(ticket_queries, "_WRONG_RECEIPT_SECONDS", 0.02)


@pytest.mark.clause("DT-15.1")
def test_a_receipt_tells_number_state_steps_and_reply_and_nothing_else(any_line):
    answer = any_line.submit(title="秘密的标题")
    ticket_id = answer["ticket_id"]
    any_line.do(OPERATOR, "assign_ticket", ticket_id=ticket_id, lead=LEAD)
    any_line.do(HANDLER, "claim_ticket", ticket_id=ticket_id)
    any_line.do(HANDLER, "reply_ticket", ticket_id=ticket_id, text="已经修好。", lease_token=1)
    told = any_line.do(None, "follow_receipt", receipt=answer["receipt"])
    assert told.keys() == {"number", "state", "steps", "reply", "may_rate"}
    assert (told["number"], told["state"], told["reply"]) == (answer["number"], "replied", "已经修好。")
    assert told["may_rate"] is False
    assert [step["step"] for step in told["steps"]] == ["submitted", "accepted", "assigned", "replied"]
    assert all(step.keys() == {"step", "at"} for step in told["steps"])


def test_a_receipt_may_be_misread_where_crockford_foresaw_it(any_line):
    answer = any_line.submit()
    receipt = answer["receipt"]
    misread = receipt.lower().replace("0", "o").replace("1", "l")
    for spelt in (receipt, misread, misread.replace("l", "i"), receipt.replace("-", " "), f"  {receipt} "):
        assert any_line.do(None, "follow_receipt", receipt=spelt)["number"] == answer["number"], spelt


def test_a_wrong_receipt_is_not_found_whatever_is_wrong_with_it(any_line):
    receipt = any_line.submit()["receipt"]
    plain = receipt.replace("-", "")
    last = "2" if plain[-1] != "2" else "3"
    for wrong in (
        plain[:-1] + last,
        plain[:-1],
        plain + "A",
        "A",
        "路灯",
        "U" * 21,
        new_id(),
        plain[1] + plain[0] + plain[2:] if plain[0] != plain[1] else "X",
    ):
        refusal = any_line.refused(None, "follow_receipt", receipt=wrong)
        assert (refusal.code, refusal.details) == ("not_found", {}), wrong


def test_a_wrong_receipt_never_opens_a_ticket_that_has_none(any_line):
    # Given exactly one ticket without a receipt: an imported letter
    row = {"ref": new_id(), "title": "来信", "body": "内容", "received_at": "2026-03-05T09:00:00+08:00"}
    any_line.do(
        OPERATOR, "import_letters", institution=SCHOOL, channel="office_mailbox", batch=new_id(), rows=[row]
    )
    # When somebody types nonsense, then there is nothing behind it
    assert any_line.refused(None, "follow_receipt", receipt="nonsense").code == "not_found"


def test_wrong_receipts_cost_time_and_right_ones_do_not(line, monkeypatch):
    monkeypatch.setattr(ticket_queries, "_WRONG_RECEIPT_SECONDS", 0.2)
    receipt = line.submit()["receipt"]
    started = time.perf_counter()
    line.do(None, "follow_receipt", receipt=receipt)
    right = time.perf_counter() - started
    started = time.perf_counter()
    line.refused(None, "follow_receipt", receipt="A" * 21)
    assert time.perf_counter() - started >= 0.2 > right


def test_a_repeated_submission_derives_the_same_receipt_again(line):
    command_id = new_id()
    assert line.submit(command_id=command_id) == line.submit(command_id=command_id)


def test_a_receipt_stands_in_no_file_of_the_service(line):
    receipts = [line.submit()["receipt"] for _ in range(3)]
    spelt = [form.encode() for receipt in receipts for form in (receipt, receipt.replace("-", ""))]
    files = [path for path in line.settings.home.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"feedback.db", "feedback.db-wal", "feedback.log"}
    for path in files:
        content = path.read_bytes()
        assert not [form for form in spelt if form in content], path


def test_no_two_receipts_are_alike(line):
    receipts = {line.submit()["receipt"] for _ in range(50)}
    assert len(receipts) == 50
    assert {len(receipt) for receipt in receipts} == {23}


def test_the_receipt_shows_the_way_of_a_declined_and_a_withdrawn_suggestion(line):
    declined, withdrawn = line.submit(), line.submit()
    line.do(OPERATOR, "decline_ticket", ticket_id=declined["ticket_id"], reason="重复。")
    line.do(OPERATOR, "withdraw_ticket", ticket_id=withdrawn["ticket_id"])
    for answer, end in ((declined, "declined"), (withdrawn, "withdrawn")):
        told = line.do(None, "follow_receipt", receipt=answer["receipt"])
        assert [step["step"] for step in told["steps"]] == ["submitted", end]
        assert told["reply"] is None
