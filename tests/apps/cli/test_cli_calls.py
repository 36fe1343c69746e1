"""`call`, `token`, `units`, `doctor`, `migrate`: answers as JSON, refusals as one line, tokens that hold."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import uuid

import pytest

from apps.cli.assembly import SERVICES
from tests.apps.cli.conftest import ROOT, SETTINGS
from tests.support.school import CHANNEL, SCHOOL, UNIT


@pytest.fixture
def suggestion():
    return {
        "command_id": str(uuid.uuid4()),
        "institution": SCHOOL,
        "channel": CHANNEL,
        "title": "（合成）食堂窗口",
        "body": "（合成）中午排队时间偏长。",
    }


def tickets(home):
    with sqlite3.connect(home / "feedback.db") as database:
        (count,) = database.execute("SELECT count(*) FROM ticket").fetchone()
    database.close()
    return count


@pytest.mark.slow
def test_arguments_come_from_the_words_a_file_or_standard_input(cli, home, suggestion, tmp_path):
    text = json.dumps(suggestion, ensure_ascii=False)
    file = tmp_path / "a b.json"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    answers = [
        cli("call", "feedback.submit_suggestion", text),
        cli("call", "feedback.submit_suggestion", f"@{file}"),
        cli("call", "feedback.submit_suggestion", "-", stdin=text.encode()),
        cli("--json", "call", "feedback.submit_suggestion", text),
    ]
    # The same command id four times is one ticket and one answer.
    assert [said.code for said in answers] == [0, 0, 0, 0]
    assert len({said.out for said in answers}) == 1
    assert set(answers[0].json) >= {"ticket_id", "version", "state", "round", "due", "event_hash", "number"}
    assert tickets(home) == 1


@pytest.mark.parametrize("stdin", [b"", b"nonsense", b"\xff\xfe", b'"text"'])
def test_standard_input_that_is_no_object_is_misuse(cli, home, stdin):
    said = cli("call", "feedback.submit_suggestion", "-", stdin=stdin)
    assert said.code == 2
    assert "JSON" in said.line
    assert not home.exists()


def test_without_arguments_an_empty_object_is_meant(cli):
    said = cli("call", "feedback.get_health")
    assert said.json["status"] == "ok"


REFUSALS = {
    "not_found": ("feedback.get_ticket", {"ticket_id": str(uuid.uuid4())}),
    "invalid_input": ("feedback.get_ticket", {"ticket_id": "x", "more": 1}),
    "too_large": ("feedback.submit_suggestion", {"body": "x" * (1 << 20)}),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_is_one_line_for_people_and_one_document_for_programs(cli, home, code, tmp_path):
    method, arguments = REFUSALS[code]
    file = tmp_path / "arguments.json"
    file.write_text(json.dumps(arguments), encoding="utf-8")
    said = cli("call", method, f"@{file}")
    assert said.refusal == code
    said = cli("call", method, f"@{file}", "--json")
    assert (said.code, said.err, said.error["code"]) == (1, "", code)
    assert not (home / "feedback.db").exists() or tickets(home) == 0


def test_a_line_names_what_to_do_next(cli, ask, suggestion):
    line = cli("call", "feedback.get_ticket", '{"ticket_id": "x", "more": 1}').line
    assert "ticket_id：应为 UUID。" in line
    assert "more：没有这一项。" in line
    ticket = ask("submit_suggestion", suggestion)["ticket_id"]
    closing = json.dumps({"command_id": str(uuid.uuid4()), "ticket_id": ticket})
    assert "当前状态：已提交" in cli("call", "feedback.close_ticket", closing).line
    stale = json.dumps({"command_id": str(uuid.uuid4()), "ticket_id": ticket, "expected_version": 7})
    assert "当前版本：1" in cli("call", "feedback.accept_ticket", stale).line


@pytest.mark.parametrize("method", ["nosuch.get_ticket", "feedback.nosuch", "feedback.", ".x", "a.b.c"])
def test_a_method_that_does_not_exist_is_not_found(cli, method):
    said = cli("call", method, "--json")
    assert (said.code, said.error["code"]) == (1, "not_found")


def test_a_token_stands_alone_on_stdout_and_speaks_for_its_role_and_scope(cli, ask, suggestion):
    ticket = ask("submit_suggestion", suggestion)["ticket_id"]
    asked = json.dumps({"ticket_id": ticket})
    said = cli("token", "--subject", "r", "--role", "auditor", "--institution", SCHOOL)
    token = said.out.removesuffix("\n")
    assert said.err == ""
    assert token.count(".") == 2
    assert token.split() == [token]
    assert cli("call", "feedback.get_ticket", asked, "--token", token).json["ticket_id"] == ticket
    other = cli("token", "--subject", "r", "--role", "auditor", "--institution", "mianyang", "--json").json[
        "token"
    ]
    assert cli("call", "feedback.get_ticket", asked, "--token", other, "--json").error["code"] == "not_found"
    accepting = json.dumps({"ticket_id": ticket, "command_id": str(uuid.uuid4())})
    assert cli("call", "feedback.accept_ticket", accepting, "--token", token).refusal == "not_allowed"


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_a_token_that_is_none_of_ours_is_refused(cli, token):
    said = cli("call", "feedback.list_tickets", "--token", token)
    assert said.refusal == "not_authenticated"


def test_a_token_ends_with_its_time(cli):
    import time_machine

    with time_machine.travel("2026-03-05T01:00:00Z", tick=False) as clock:
        token = cli("token", "--subject", "r", "--role", "operator", "--ttl", "60").out.strip()
        clock.shift(59)
        assert cli("call", "feedback.list_tickets", "--token", token).code == 0
        clock.shift(2)
        assert cli("call", "feedback.list_tickets", "--token", token).refusal == "not_authenticated"


@pytest.mark.slow
def test_roles_and_scopes_are_taken_from_the_words(cli, ask, suggestion):
    # Given somebody's own suggestion, assigned to a unit
    mine = ["--role", "submitter", "--institution", SCHOOL, "--subject", "s-1"]
    ticket = ask("submit_suggestion", suggestion, *mine)["ticket_id"]
    assigning = {"command_id": str(uuid.uuid4()), "ticket_id": ticket, "lead": UNIT}
    ask("assign_ticket", assigning)
    asked = json.dumps({"ticket_id": ticket})
    # Then they, and a handler of that unit, see it, and others of the same school do not
    handler = ["--role", "handler", "--institution", SCHOOL, "--unit"]
    assert ask("get_ticket", {"ticket_id": ticket}, *mine)["state"] == "assigned"
    assert ask("get_ticket", {"ticket_id": ticket}, *handler, UNIT)["lead"] == UNIT
    for who in ([*mine[:-1], "s-2"], [*handler, "personnel"]):
        assert cli("call", "feedback.get_ticket", asked, *who).refusal == "not_found"


def test_units_are_listed_by_institution(cli):
    everywhere = cli("units", "--json").json["institutions"]
    assert [row["institution"] for row in everywhere] == sorted(row["institution"] for row in everywhere)
    assert len(everywhere) == 5
    (alone,) = cli("units", "--institution", SCHOOL, "--json").json["institutions"]
    assert alone in everywhere
    shown = cli("units", "--institution", SCHOOL).out
    assert all(unit["id"] in shown and unit["name"] in shown for unit in alone["units"])
    assert cli("units", "--institution", "nosuch").refusal == "not_found"


@pytest.mark.slow
def test_the_doctor_is_content_with_a_fresh_home(cli):
    said = cli("doctor")
    assert said.code == 0
    assert [line[0] for line in said.out.splitlines()] == ["✓"] * (3 + len(SERVICES))
    answer = cli("doctor", "--json").json
    assert answer["ok"]
    assert {check["name"] for check in answer["checks"]} == {"设置", "密钥文件", "政策包"} | {
        f"服务 {service}" for service in SERVICES
    }


@pytest.mark.slow
def test_the_doctor_looks_at_the_services_it_is_asked_for(cli, home):
    answer = cli("doctor", "registry", "--json").json
    assert {check["name"] for check in answer["checks"]} == {"设置", "密钥文件", "政策包", "服务 registry"}
    assert {path.name for path in home.glob("*.db")} == {"registry.db", "registry_keys.db"}
    assert cli("doctor", "nosuch").refusal == "usage"


def test_migrating_twice_says_the_same(cli, home):
    first = cli("migrate", "--json").json
    assert cli("migrate", *SERVICES, "--json").json == first
    assert cli("migrate", "feedback", "--json").json == {"feedback": first["feedback"]}
    assert cli("migrate").out == f"已是最新结构：{'、'.join(SERVICES)}\n"
    assert list(first) == list(SERVICES)
    wanted = {f"{service}{suffix}.db" for service in SERVICES for suffix in ("", "_keys")}
    assert {path.name for path in home.glob("*.db")} == wanted


@pytest.mark.parametrize("service", SERVICES)
def test_a_call_to_one_service_neither_loads_nor_opens_another(home, service):
    # Given what a process of its own has loaded after a call
    program = (
        "import sys; from apps.cli.main import run\n"
        "try: run(sys.argv[1:])\n"
        "finally: print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    words = [sys.executable, "-W", "ignore", "-c", program, "call", f"{service}.get_health"]
    settings = SETTINGS | {"ZHITONGCHE_HOME": str(home)}
    ended = subprocess.run(words, cwd=ROOT, env=settings, capture_output=True, text=True, check=True)
    # Then its application is among it, that of no other service is, and no other's database is there
    loaded = {name.split(".")[1] for name in ended.stderr.splitlines() if re.match(r"services\.\w+\.", name)}
    assert loaded == {service}
    assert {path.name for path in home.glob("*.db")} == {f"{service}.db", f"{service}_keys.db"}
