"""Bad input on both runtimes: a code, a Chinese sentence, nothing written, and the service lives."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text

from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.identity.tokens import sign
from kernel.log.database import Database
from kernel.refusals import Refusal
from tests.support.school import CHANNEL, SCHOOL, UNIT

GOOD = {"institution": SCHOOL, "channel": CHANNEL, "title": "（合成）", "body": "（合成）"}
BAD = {
    "a missing field": ("submit_suggestion", {name: GOOD[name] for name in list(GOOD)[:3]}, "invalid_input"),
    "a wrong type": ("submit_suggestion", {**GOOD, "body": 7}, "invalid_input"),
    "an unknown field": ("submit_suggestion", {**GOOD, "faith": "…"}, "invalid_input"),
    "a text without end": ("submit_suggestion", {**GOOD, "body": "长" * 200_000}, "invalid_input"),
    "a command id that is none": ("submit_suggestion", {**GOOD, "command_id": "1"}, "invalid_input"),
    "a time of nowhere": ("submit_suggestion", {**GOOD, "received_at": "2026-01-05 10:00"}, "invalid_input"),
    "a time to come": ("submit_suggestion", {**GOOD, "received_at": "2199-01-05T10:00:00Z"}, "invalid_input"),
    "another school's channel": ("submit_suggestion", {**GOOD, "channel": "no_such"}, "invalid_input"),
    "an unknown school": ("submit_suggestion", {**GOOD, "institution": "nowhere"}, "not_found"),
    "an unknown ticket": ("close_ticket", {"ticket_id": str(uuid.uuid4())}, "not_found"),
    "an unknown method": ("accept_bribe", {}, "not_found"),
}  # fmt: skip


@pytest.fixture
def nothing_written(system):
    """After the test, the database holds as many commands and events as before."""
    database = Database(system.settings.url("feedback"))

    def counts():
        with database.read() as connection:
            return [
                connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in ("command", "event", "ticket")
            ]

    before = counts()
    yield
    assert counts() == before
    database.close()
    assert system.call("get_health")["status"] == "ok"


@pytest.mark.parametrize(("method", "arguments", "code"), BAD.values(), ids=BAD)
def test_a_call_that_makes_no_sense_is_refused_and_changes_nothing(
    system, nothing_written, method, arguments, code
):
    refusal = system.refused(method, arguments)
    assert refusal.code == code
    assert any("\u4e00" <= letter <= "\u9fff" for letter in refusal.message)


def test_whoever_has_no_valid_token_is_refused(system, nothing_written, tmp_path):
    stranger = sign(Secrets.load_or_make(tmp_path / "secret.json"), Actor("x", Role.OPERATOR))
    late = sign(system._session.secrets, Actor("x", Role.OPERATOR), ttl=-1)
    for token in (stranger, late, "no token", "a.b.c", " "):
        with pytest.raises(Refusal) as refused:
            system._session.call("feedback.submit_suggestion", {**GOOD, "command_id": str(uuid.uuid4())}, token)
        assert refused.value.code == "not_authenticated"


def test_a_role_without_the_right_is_not_allowed_and_an_outsider_finds_nothing(system):
    ticket = {"ticket_id": system.assigned(UNIT)}
    inside = {"role": "handler", "institution": SCHOOL, "unit": UNIT}
    assert system.refused("close_ticket", ticket, **inside).code == "not_allowed"
    assert system.refused("close_ticket", ticket, role="operator", institution="mianyang").code == "not_found"
    assert system.refused("read_log", {}, role="operator").code == "not_allowed"
    assert system.refused("follow_receipt", {"receipt": "AAAAAAA-AAAAAAA-AAAAAAA"}).code == "not_found"


def test_a_stale_version_is_refused_with_the_current_one(system):
    ticket_id = system.assigned(UNIT)
    refusal = system.refused("assign_ticket", {"ticket_id": ticket_id, "lead": UNIT, "expected_version": 1})
    assert (refusal.code, refusal.details) == ("stale_version", {"version": 3})


def test_an_old_lease_cannot_reply_and_a_valid_one_keeps_others_out(system):
    ticket_id = system.assigned(UNIT)
    old = system.handle("claim_ticket", ticket_id)["lease_token"]
    assert refused(system, "reply_ticket", ticket_id, text="（合成）").code == "lease_held"
    system.handle("release_ticket", ticket_id, lease_token=old)
    assert system.handle("claim_ticket", ticket_id)["lease_token"] > old
    assert refused(system, "reply_ticket", ticket_id, text="（合成）", lease_token=old).code == "lease_lost"


def refused(system, method, ticket_id, **arguments):
    with pytest.raises(Refusal) as refusal:
        system.handle(method, ticket_id, **arguments)
    return refusal.value
