"""Row by row: given a ticket in a state, when the command is called, then its events, its state, its roles."""

from __future__ import annotations

import orjson
import pytest

from services.feedback.domain.ticket.lifecycle import LIFECYCLE
from services.feedback.domain.ticket.states import State
from tests.services.feedback.line import (
    ASSISTANT,
    ASSISTING,
    CHANNEL,
    HANDLER,
    LEAD,
    OPERATOR,
    SCHOOL,
    STRANGER,
    THIRD,
)
from tests.support.at_work import new_id

_ARGUMENTS = {
    "accept_ticket": {"category": "campus", "note": "已收到。"},
    "decline_ticket": {"reason": "不在职权之内。"},
    "assign_ticket": {"lead": THIRD, "assisting": [ASSISTING], "note": "请尽快。"},
    "return_ticket": {"reason": "应由图书馆办理。", "proposed_lead": ASSISTING},
    "claim_ticket": {},
    "release_ticket": {"lease_token": 1},
    "reply_ticket": {"text": "已更换灯具。", "outcome": "adopted"},
    "close_ticket": {"outcome": "solved", "note": "已回访。"},
    "withdraw_ticket": {"reason": "不需要了。"},
}
_ON_A_TICKET = [row for row in LIFECYCLE if row.command in _ARGUMENTS]
_ROWLESS = [
    (state, command)
    for command in _ARGUMENTS
    for state in State
    if (state, command) not in {(row.state, row.command) for row in LIFECYCLE}
]
_BY = {"return_ticket": HANDLER, "claim_ticket": HANDLER, "release_ticket": HANDLER}
_FACTS = {"ticket_id", "round", "institution", "channel"}


@pytest.mark.clause("DT-15.1")
@pytest.mark.parametrize("row", _ON_A_TICKET, ids=lambda row: f"{row.state}-{row.command}")
def test_a_step_of_the_table_records_its_events_and_leads_to_its_state(line, row):
    # Given a ticket in the row's state
    ticket_id = line.ticket(row.state)
    if row.command == "release_ticket":
        line.do(HANDLER, "claim_ticket", ticket_id=ticket_id)
    before = line.get(ticket_id)
    # When the row's command is called
    answer = line.do(
        _BY.get(row.command, OPERATOR), row.command, ticket_id=ticket_id, **_ARGUMENTS[row.command]
    )
    # Then exactly its events stand behind what was there, and the answer tells the ticket as it is now
    after, events = line.get(ticket_id), line.events(ticket_id)
    assert tuple(name for _, name, _, _ in events[before["version"] :]) == row.events
    assert answer["version"] == after["version"] == len(events) == before["version"] + len(row.events)
    assert answer["state"] == after["state"] == str(row.to)
    assert {name: answer[name] for name in ("ticket_id", "round", "due")} == {
        name: after[name] for name in ("ticket_id", "round", "due")
    }
    hashes = line.rows(
        "SELECT event_hash FROM event WHERE stream_id = :s ORDER BY stream_version DESC LIMIT 1",
        s=f"ticket/{ticket_id}",
    )
    assert answer["event_hash"] == hashes[0][0].hex()


@pytest.mark.parametrize("row", _ON_A_TICKET, ids=lambda row: f"{row.state}-{row.command}")
def test_every_event_says_ticket_round_institution_and_channel_and_the_units_once_assigned(line, row):
    ticket_id = line.ticket(row.state)
    if row.command == "release_ticket":
        line.do(HANDLER, "claim_ticket", ticket_id=ticket_id)
    line.do(_BY.get(row.command, OPERATOR), row.command, ticket_id=ticket_id, **_ARGUMENTS[row.command])
    assigned = False
    for _, name, _, body in line.events(ticket_id):
        data = orjson.loads(body)["data"]
        assert data.keys() >= _FACTS, name
        assert (data["ticket_id"], data["round"], data["institution"], data["channel"]) == (
            ticket_id,
            1,
            SCHOOL,
            CHANNEL,
        )
        assigned = assigned or name == "ticket_assigned"
        if assigned and name != "ticket_returned":
            assert data["lead"] in {LEAD, THIRD}
            assert data["assisting"] == [ASSISTING]


@pytest.mark.parametrize(("state", "command"), _ROWLESS, ids=str)
def test_a_step_that_the_table_lacks_is_refused_and_changes_nothing(line, state, command):
    ticket_id = line.ticket(state)
    allowed = [str(row.state) for row in LIFECYCLE if row.command == command]
    actor = _BY.get(command, OPERATOR)
    before, counts = line.get(ticket_id), line.counts()
    refusal = line.refused(actor, command, ticket_id=ticket_id, **_ARGUMENTS[command])
    if actor is HANDLER and before["lead"] is None:
        assert refusal.code == "not_found"  # a ticket without a lead is in no handler's scope
    else:
        assert refusal.code == "wrong_state"
        assert refusal.details == {"state": str(state), "allowed": allowed}
    assert line.get(ticket_id) == before
    assert line.counts() == counts


@pytest.mark.parametrize("method", sorted(_ARGUMENTS))
def test_an_unknown_ticket_is_not_found_by_any_command(line, method):
    counts = line.counts()
    refusal = line.refused(OPERATOR, method, ticket_id=new_id(), **_ARGUMENTS[method])
    assert (refusal.code, refusal.details) == ("not_found", {})
    assert line.counts() == counts


@pytest.mark.parametrize("method", sorted(_ARGUMENTS))
def test_a_command_decided_on_an_old_version_is_stale_and_names_the_current_one(line, method):
    row = next(row for row in LIFECYCLE if row.command == method)
    ticket_id = line.ticket(row.state)
    if method == "release_ticket":
        line.do(HANDLER, "claim_ticket", ticket_id=ticket_id)
    version, counts = line.get(ticket_id)["version"], line.counts()
    actor, more = _BY.get(method, OPERATOR), {"ticket_id": ticket_id, **_ARGUMENTS[method]}
    for other in (version - 1, version + 1):
        refusal = line.refused(actor, method, expected_version=other, **more)
        assert (refusal.code, refusal.details) == ("stale_version", {"version": version})
    assert line.counts() == counts
    assert line.do(actor, method, expected_version=version, **more)["version"] > version


def test_assigning_a_submitted_ticket_accepts_it_in_the_same_breath(line):
    ticket_id = line.ticket()
    answer = line.do(OPERATOR, "assign_ticket", ticket_id=ticket_id, lead=LEAD)
    assert (answer["version"], answer["lead"], answer["assisting"]) == (3, LEAD, [])
    commands = [command_id for _, _, command_id, _ in line.events(ticket_id)]
    assert commands[1] == commands[2] != commands[0]


def test_a_unit_that_the_pack_does_not_have_cannot_be_assigned_assist_or_be_proposed(line):
    ticket_id = line.ticket("assigned")
    asked = {
        "lead": line.refused(OPERATOR, "assign_ticket", ticket_id=ticket_id, lead="no-such"),
        "assisting": line.refused(
            OPERATOR, "assign_ticket", ticket_id=ticket_id, lead=LEAD, assisting=["no-such"]
        ),
        "proposed_lead": line.refused(
            HANDLER, "return_ticket", ticket_id=ticket_id, reason="不属于我们。", proposed_lead="no-such"
        ),
    }
    for name, refusal in asked.items():
        assert refusal.code == "invalid_input"
        assert refusal.details["fields"] == {name: "没有这个承办部门。"}


def test_the_lead_does_not_assist_itself_and_nobody_assists_twice(line):
    ticket_id = line.ticket()
    refusal = line.refused(OPERATOR, "assign_ticket", ticket_id=ticket_id, lead=LEAD, assisting=[LEAD])
    assert refusal.details["fields"] == {"assisting": "主办部门不能同时协办。"}
    answer = line.do(
        OPERATOR, "assign_ticket", ticket_id=ticket_id, lead=LEAD, assisting=[ASSISTING, THIRD, ASSISTING]
    )
    assert answer["assisting"] == line.get(ticket_id)["assisting"] == [ASSISTING, THIRD]


def test_a_returned_ticket_goes_back_to_the_operator_with_its_reason_and_the_proposed_owner(line):
    ticket_id = line.ticket("assigned")
    line.do(HANDLER, "return_ticket", ticket_id=ticket_id, reason="应由人事处办理。", proposed_lead=THIRD)
    ticket = line.get(ticket_id)
    assert (ticket["state"], ticket["lead"], ticket["assisting"]) == ("accepted", None, [])
    entry = line.do(OPERATOR, "get_timeline", ticket_id=ticket_id)["entries"][-1]
    assert entry["text"] == "应由人事处办理。"
    assert entry["details"]["proposed_lead"] == THIRD
    assert entry["details"]["returned_by"] == LEAD
    # The unit that gave it back no longer sees it.
    assert line.refused(HANDLER, "get_ticket", ticket_id=ticket_id).code == "not_found"


def test_only_the_lead_answers_returns_and_claims_while_an_assisting_unit_may_look(line):
    ticket_id = line.ticket("assigned")
    assert line.get(ticket_id, ASSISTANT)["state"] == "assigned"
    for method in ("reply_ticket", "return_ticket", "claim_ticket", "release_ticket"):
        refusal = line.refused(ASSISTANT, method, ticket_id=ticket_id, **_valid(method))
        assert refusal.code == "not_allowed", method
        assert line.refused(STRANGER, method, ticket_id=ticket_id, **_valid(method)).code == "not_found"


def test_the_closings_outcome_is_the_tickets_and_the_replys_stays_the_replys(line):
    ticket_id = line.ticket("assigned")
    line.do(HANDLER, "reply_ticket", ticket_id=ticket_id, text="已列入计划。", outcome="planned")
    line.do(OPERATOR, "close_ticket", ticket_id=ticket_id, outcome="solved")
    ticket = line.get(ticket_id)
    assert ticket["outcome"] == "solved"
    assert ticket["reply"]["outcome"] == "planned"


def test_a_closing_without_an_outcome_keeps_the_replys(line):
    ticket_id = line.ticket("assigned")
    line.do(HANDLER, "reply_ticket", ticket_id=ticket_id, text="已列入计划。", outcome="planned")
    line.do(OPERATOR, "close_ticket", ticket_id=ticket_id)
    assert line.get(ticket_id)["outcome"] == "planned"


def test_an_accepted_category_replaces_the_submitted_one_only_where_it_is_given(line):
    kept, changed = line.ticket(category="campus"), line.ticket(category="campus")
    line.do(OPERATOR, "accept_ticket", ticket_id=kept)
    line.do(OPERATOR, "accept_ticket", ticket_id=changed, category="teaching")
    assert (line.get(kept)["category"], line.get(changed)["category"]) == ("campus", "teaching")


def _valid(method):
    more = dict(_ARGUMENTS[method])
    return more | {"proposed_lead": None} if method == "return_ticket" else more
