"""The express line on both runtimes: submit, assign, claim, reply, close, and the side exits."""

from __future__ import annotations

import uuid
from itertools import pairwise

import pytest

from kernel import instants
from kernel.policy import Packs
from kernel.refusals import NotFound
from kernel.settings import Settings
from tests.support.school import SCHOOL, SECOND_UNIT, UNIT

SCHOOLS = Packs.load(Settings.from_environment({}).policies).ids()
STRAIGHT = ["ticket_submitted", "ticket_accepted", "ticket_assigned", "ticket_claimed", "ticket_replied"]
STAGES = {"submit_to_assign", "assign_to_reply", "submit_to_reply", "reply_to_close", "submit_to_close"}


def names(timeline) -> list[str]:
    return [entry["event"] for entry in timeline["entries"]]


def test_a_suggestion_goes_the_straight_line_and_everything_about_it_can_be_asked(system):
    # Given a suggestion by a scholar
    submitted = system.submit()
    ticket_id, receipt = submitted["ticket_id"], submitted["receipt"]
    assert (submitted["state"], submitted["version"], submitted["round"]) == ("submitted", 1, 1)
    assert system.call("follow_receipt", {"receipt": receipt})["state"] == "submitted"
    # When it is assigned, claimed, answered and closed
    assigned = system.call("assign_ticket", {"ticket_id": ticket_id, "lead": UNIT, "assisting": [SECOND_UNIT]})
    assert (assigned["state"], assigned["lead"], assigned["assisting"]) == ("assigned", UNIT, [SECOND_UNIT])
    claimed = system.handle("claim_ticket", ticket_id)
    token = claimed["lease_token"]
    assert (
        system.handle("reply_ticket", ticket_id, text="（合成）已开放。", lease_token=token)["state"]
        == "replied"
    )
    closed = system.call("close_ticket", {"ticket_id": ticket_id, "expected_version": 5})
    # Then the receipt tells the submitter all of it
    followed = system.call("follow_receipt", {"receipt": receipt})
    assert (followed["number"], followed["state"]) == (submitted["number"], "closed")
    assert followed["reply"] == "（合成）已开放。"
    assert [step["step"] for step in followed["steps"]] == [
        "submitted", "accepted", "assigned", "replied", "closed",
    ]  # fmt: skip
    # And the timeline has every step with its place in the log, the last one with the answer's hash
    timeline = system.sealed_timeline(ticket_id)
    assert names(timeline) == [*STRAIGHT, "ticket_closed"]
    assert [entry["version"] for entry in timeline["entries"]] == [1, 2, 3, 4, 5, 6]
    positions = [entry["position"] for entry in timeline["entries"]]
    assert all(earlier < later for earlier, later in pairwise(positions))
    (last,) = [event for event in system.log(positions[-1] - 1) if event["position"] == positions[-1]]
    assert (last["eventhash"], last["subject"]) == (closed["event_hash"], f"ticket/{ticket_id}")
    # And each stage took the time between its two events
    assert set(timeline["latency"]) == STAGES
    at = {entry["event"]: instants.parse(entry["at"]) for entry in timeline["entries"]}
    whole = timeline["latency"]["submit_to_close"]
    assert whole["elapsed_seconds"] == pytest.approx((at["ticket_closed"] - at["ticket_submitted"]) / 1e6)
    assert whole["working_days"] == 0
    assert system.call("get_ticket", {"ticket_id": ticket_id})["latency"] == timeline["latency"]


def test_a_returned_ticket_goes_back_with_its_reason_and_is_assigned_anew(system):
    ticket_id = system.assigned()
    returned = system.handle("return_ticket", ticket_id, reason="（合成）属人事处", proposed_lead=SECOND_UNIT)
    assert returned["state"] == "accepted"
    assert system.call("get_ticket", {"ticket_id": ticket_id})["lead"] is None
    system.call("assign_ticket", {"ticket_id": ticket_id, "lead": SECOND_UNIT})
    outsider = {"role": "handler", "institution": SCHOOL, "unit": UNIT}
    assert isinstance(system.refused("get_ticket", {"ticket_id": ticket_id}, **outsider), NotFound)
    assert system.handle("reply_ticket", ticket_id, unit=SECOND_UNIT, text="（合成）答复")["state"] == "replied"
    timeline = system.sealed_timeline(ticket_id)
    assert names(timeline)[3:] == ["ticket_returned", "ticket_assigned", "ticket_replied"]
    assert timeline["entries"][3]["text"] == "（合成）属人事处"


def test_a_declined_suggestion_ends_with_its_reason(system):
    submitted = system.submit()
    ticket = {"ticket_id": submitted["ticket_id"]}
    assert system.call("decline_ticket", {**ticket, "reason": "（合成）重复"})["state"] == "declined"
    assert system.sealed_timeline(submitted["ticket_id"])["entries"][-1]["text"] == "（合成）重复"
    late = system.refused("assign_ticket", {**ticket, "lead": UNIT})
    assert (late.code, late.details["state"]) == ("wrong_state", "declined")


def test_a_submitter_withdraws_their_own_suggestion_and_nobody_elses(system):
    ticket_id = system.assigned()
    stranger = {"role": "submitter", "institution": SCHOOL, "subject": "scholar-2"}
    author = {"role": "submitter", "institution": SCHOOL, "subject": "scholar-1"}
    assert system.refused("withdraw_ticket", {"ticket_id": ticket_id}, **stranger).code == "not_found"
    withdrawn = system.call("withdraw_ticket", {"ticket_id": ticket_id, "reason": "（合成）已解决"}, **author)
    assert withdrawn["state"] == "withdrawn"
    assert names(system.sealed_timeline(ticket_id))[-1] == "ticket_withdrawn"


def test_a_command_sent_twice_is_done_once_and_answered_alike(system):
    ticket_id = system.submit()["ticket_id"]
    command = {"ticket_id": ticket_id, "lead": UNIT, "command_id": str(uuid.uuid4())}
    first, second = (system.call("assign_ticket", command) for _ in range(2))
    assert first == second
    assert names(system.sealed_timeline(ticket_id)) == STRAIGHT[:3]
    assert system.refused("assign_ticket", {**command, "lead": SECOND_UNIT}).code == "command_reused"


@pytest.mark.parametrize("school", SCHOOLS)
def test_every_institution_runs_the_line_with_its_own_units_and_channels(system, school):
    # Given what the school itself says that it has
    channels = system.call("list_channels", {"institution": school})["items"]
    units = system.call("list_units", {"institution": school})["items"]
    for channel, unit in zip(channels, units, strict=False):
        # When a suggestion through one of its channels goes to one of its units
        arguments = {"institution": school, "channel": channel["id"], "title": "（合成）", "body": "（合成）"}
        operator = {"role": "operator", "institution": school}
        ticket = {"ticket_id": system.call("submit_suggestion", arguments, **operator)["ticket_id"]}
        system.call("assign_ticket", {**ticket, "lead": unit["id"]}, **operator)
        handler = {"role": "handler", "institution": school, "unit": unit["id"]}
        lease = system.call("claim_ticket", ticket, **handler)["lease_token"]
        system.call("reply_ticket", {**ticket, "text": "（合成）答复", "lease_token": lease}, **handler)
        system.call("close_ticket", ticket, **operator)
        # Then it is closed there, and no other school sees it
        shown = system.call("get_ticket", ticket, **operator)
        assert (shown["state"], shown["channel"], shown["lead"]) == ("closed", channel["id"], unit["id"])
        assert shown["due"]["reply"]["working_days"] > 0
        elsewhere = "datong" if school != "datong" else "mianyang"
        assert system.refused("get_ticket", ticket, role="operator", institution=elsewhere).code == "not_found"
    assert len(channels) >= 1
    assert len(units) >= 3
