"""Units, channels, timeline, the log and its head, health; and the face of all of it on the wire."""

from __future__ import annotations

import inspect

import orjson
import pytest
import yaml

from kernel import instants
from kernel.envelope import GENESIS, event_hash
from kernel.migration import newest
from services.feedback.service import FeedbackService
from tests.services.feedback.line import (
    AUDITOR,
    EVERY_AUDITOR,
    HANDLER,
    OPERATOR,
    PARTS,
    SCHOOL,
    STRANGER,
    SUBMITTER,
    Line,
)
from tests.support.homes import ROOT, settings_of

_INSTITUTIONS = sorted(path.name for path in (ROOT / "policies").iterdir())
_NAMES = (
    "specversion id source type subject time datacontenttype dataschema data institution position streamversion"
    " recordedtime actor commandid eventhash"
)
_ATTRIBUTES = set(_NAMES.split())
_MAY = {"causationid", "correlationid", "traceparent", "policy"}


def test_the_class_offers_exactly_the_applications_commands_and_queries(line):
    methods = {
        name: method
        for name, method in inspect.getmembers(FeedbackService, inspect.isfunction)
        if getattr(method, "nameko_entrypoints", None)
    }
    assert set(methods) == line.application.commands | line.application.queries
    for name, method in methods.items():
        kinds = [parameter.kind for parameter in inspect.signature(method).parameters.values()]
        assert kinds == [inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.VAR_KEYWORD], name
        source = inspect.getsource(method)
        desk = "command" if name in line.application.commands else "query"
        assert f'self.desk.{desk}("{name}", arguments)' in source
    assert FeedbackService.name == line.application.name == "feedback"


@pytest.mark.parametrize("institution", _INSTITUTIONS)
def test_units_and_channels_are_those_of_the_pack(line, institution):
    from tests.services.feedback.line import EVERY_OPERATOR

    pack = yaml.safe_load((ROOT / "policies" / institution / "pack.yaml").read_text(encoding="utf-8"))
    for method, part in (("list_units", "units"), ("list_channels", "channels")):
        items = line.do(EVERY_OPERATOR, method, institution=institution)["items"]
        assert {item["id"]: item["name"] for item in items} == {
            key: entry["name"] for key, entry in pack[part].items()
        }


def test_every_listed_unit_can_be_assigned_to(line):
    for unit in line.do(OPERATOR, "list_units", institution=SCHOOL)["items"]:
        ticket_id = line.submit()["ticket_id"]
        assert line.do(OPERATOR, "assign_ticket", ticket_id=ticket_id, lead=unit["id"])["lead"] == unit["id"]


@pytest.mark.clause("DT-15.1")
def test_a_timeline_tells_everything_that_happened_oldest_first(any_line):
    ticket_id = any_line.ticket("closed")
    any_line.seal()
    told = any_line.do(OPERATOR, "get_timeline", ticket_id=ticket_id)
    assert told.keys() == {"ticket_id", "number", "state", "entries", "latency"}
    entries = told["entries"]
    assert [entry["event"] for entry in entries] == [
        "ticket_submitted",
        "ticket_accepted",
        "ticket_assigned",
        "ticket_replied",
        "ticket_closed",
    ]
    for entry in entries:
        assert entry.keys() == {
            "version", "position", "event", "at", "recorded_at", "actor", "text", "details",
        }  # fmt: skip
    assert [entry["version"] for entry in entries] == [1, 2, 3, 4, 5]
    positions = [entry["position"] for entry in entries]
    assert positions == sorted(positions)
    assert [entry["text"] for entry in entries] == ["图书馆东侧的路灯坏了。", None, None, "已经修好。", None]
    assert told["latency"].keys() == {
        "submit_to_assign", "assign_to_reply", "submit_to_reply", "reply_to_close", "submit_to_close",
    }  # fmt: skip
    assert any_line.refused(STRANGER, "get_timeline", ticket_id=ticket_id).code == "not_found"


def test_the_ends_of_the_stages_are_the_times_of_the_steps(line):
    ticket_id = line.ticket("closed", received_at="2026-03-05T09:00:00+08:00")
    told = line.do(OPERATOR, "get_timeline", ticket_id=ticket_id)
    at = {entry["event"]: instants.parse(entry["at"]) for entry in told["entries"]}
    marks = {
        "submit_to_assign": ("ticket_submitted", "ticket_assigned"),
        "assign_to_reply": ("ticket_assigned", "ticket_replied"),
        "submit_to_reply": ("ticket_submitted", "ticket_replied"),
        "reply_to_close": ("ticket_replied", "ticket_closed"),
        "submit_to_close": ("ticket_submitted", "ticket_closed"),
    }
    for stage, (start, end) in marks.items():
        elapsed = (at[end] - at[start]) / instants.SECOND
        assert told["latency"][stage]["elapsed_seconds"] == pytest.approx(elapsed, abs=1e-6)


def test_the_latency_of_a_reassigned_ticket_counts_from_its_first_assignment(line):
    ticket_id = line.ticket("assigned")
    first = line.get(ticket_id)["latency"]
    line.do(OPERATOR, "assign_ticket", ticket_id=ticket_id, lead="personnel")
    assert line.get(ticket_id)["latency"] == first


@pytest.mark.parametrize("actor", [HANDLER, AUDITOR, OPERATOR, SUBMITTER], ids=lambda actor: str(actor.role))
def test_a_position_is_null_until_the_event_is_sealed_and_a_timeline_needs_no_seal(line, actor):
    ticket_id = line.ticket("assigned", submitter={"person_id": SUBMITTER.subject})
    line.change(
        "DELETE FROM log_entry WHERE event_id IN (SELECT event_id FROM event WHERE stream_id = :s)",
        s=f"ticket/{ticket_id}",
    )
    entries = line.do(actor, "get_timeline", ticket_id=ticket_id)["entries"]
    assert [entry["position"] for entry in entries] == [None, None, None]


def test_the_log_is_read_by_position_without_gaps_and_every_event_is_a_cloud_event(any_line):
    any_line.ticket("closed")
    any_line.seal()
    events, after = [], 0
    while True:
        page = any_line.do(EVERY_AUDITOR, "read_log", after=after, limit=7)
        assert page.keys() == {"epoch", "events", "next_after", "head"}
        if not page["events"]:
            assert page["next_after"] == after == page["head"]
            break
        events += page["events"]
        after = page["next_after"]
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    stored = {
        row[0]: row[1:] for row in any_line.rows("SELECT event_id, body, prev_hash, event_hash FROM event")
    }
    for event in events:
        assert event.keys() >= _ATTRIBUTES
        assert event.keys() <= _ATTRIBUTES | _MAY
        assert None not in event.values()
        name = event["type"].removeprefix("zhitongche.feedback.")
        assert event["dataschema"] == f"urn:zhitongche:feedback:{name}:1"
        assert (event["specversion"], event["source"]) == ("1.0", "/zhitongche/feedback")
        body, previous, digest = (bytes(value) for value in stored[event["id"]])
        assert event["eventhash"] == digest.hex() == event_hash(previous, body).hex()
        plain = {key: value for key, value in event.items() if key not in {"position", "eventhash"}}
        assert orjson.loads(body) == plain
        assert (event["streamversion"] == 1) == (previous == GENESIS)


def test_the_head_tells_how_much_there_is(any_line):
    any_line.ticket()
    any_line.seal()
    head = any_line.do(EVERY_AUDITOR, "get_log_head")
    assert head.keys() == {"service", "epoch", "position", "root", "at"}
    assert head["service"] == "feedback"
    assert head["position"] == any_line.counts()["event"]
    assert len(head["root"]) == 64
    assert abs(instants.parse(head["at"]) - instants.now()) < 60 * instants.SECOND


def test_health_says_how_the_service_is_and_nothing_of_anybody(any_line):
    any_line.ticket()
    any_line.seal()
    told = any_line.do(None, "get_health")
    assert told.keys() == {"service", "status", "version", "schema", "log", "checks"}
    assert (told["service"], told["status"]) == ("feedback", "ok")
    assert told["log"].keys() == {"position", "unsealed", "relay_lag"}
    assert told["log"]["position"] == any_line.counts()["event"]
    assert told["log"]["unsealed"] == 0
    assert set(told["checks"].values()) == {"ok"}
    assert told["schema"] == newest(PARTS.migrations)
    # A token, good or bad, changes nothing.
    assert any_line.run(any_line.call(None, "get_health", {}, auth_token="nonsense")).keys() == told.keys()


def test_a_service_without_its_tables_is_failing_and_says_so(tmp_path):
    line = Line(settings_of(tmp_path))
    try:
        told = line.do(None, "get_health")
        assert told["status"] == "failing"
        assert (told["checks"]["database"], told["checks"]["schema"]) == ("failing", "failing")
        assert told["schema"] is None
        assert line.refused(OPERATOR, "list_tickets").code == "unavailable"
        assert line.refused(OPERATOR, "accept_ticket", ticket_id="0" * 32).code == "unavailable"
    finally:
        line.close()


def test_a_service_over_another_schema_is_failing_and_names_the_one_it_found(new_line):
    new_line.change("UPDATE alembic_version SET version_num = '0000'")
    told = new_line.do(None, "get_health")
    assert (told["status"], told["checks"]["schema"], told["schema"]) == ("failing", "failing", "0000")
    # The migration that was missing is seen without a restart.
    new_line.change("UPDATE alembic_version SET version_num = :newest", newest=newest(PARTS.migrations))
    told = new_line.do(None, "get_health")
    assert (told["status"], told["schema"]) == ("ok", newest(PARTS.migrations))


def test_a_service_whose_wrapping_key_opens_no_key_is_failing_and_refuses_what_needs_one(new_line):
    ticket_id = new_line.ticket("assigned")
    secret = orjson.loads(new_line.settings.secret_file.read_bytes())
    new_line.settings.secret_file.write_bytes(orjson.dumps(secret | {"wrapping_key": secret["head_key"]}))
    again = Line(new_line.settings)
    try:
        told = again.do(None, "get_health")
        assert (told["status"], told["checks"]["keys"]) == ("failing", "failing")
        arguments = {"ticket_id": ticket_id}
        for method, more in (("get_ticket", arguments), ("reply_ticket", arguments | {"text": "已修。"})):
            refusal = again.refused(HANDLER, method, **more)
            assert (refusal.code, refusal.details) == ("unavailable", {"part": "keys"})
        assert again.do(HANDLER, "claim_ticket", ticket_id=ticket_id)["lease_token"] == 1
    finally:
        again.close()
