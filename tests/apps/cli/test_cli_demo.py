"""The story that the demo tells is the story that the log holds."""

from __future__ import annotations

import json
import re
import shlex
import signal
import sqlite3
import subprocess
from datetime import datetime

import pytest
from sqlalchemy import make_url

from kernel.policy import Packs
from kernel.settings import Settings
from tests.apps.cli.conftest import PROGRAM, ROOT, SETTINGS

STEPS = [f"ticket_{step}" for step in ("submitted", "accepted", "assigned", "claimed", "replied", "closed")]
ENDS = {
    "submit_to_assign": ("ticket_submitted", "ticket_assigned"),
    "assign_to_reply": ("ticket_assigned", "ticket_replied"),
    "submit_to_reply": ("ticket_submitted", "ticket_replied"),
    "reply_to_close": ("ticket_replied", "ticket_closed"),
    "submit_to_close": ("ticket_submitted", "ticket_closed"),
}


def logged(home):
    """(position, event, when) of every event, as an auditor's SQL reads them."""
    with sqlite3.connect(home / "feedback.db") as database:
        rows = database.execute(
            "SELECT position, body FROM log_entry JOIN event USING (event_id) ORDER BY position"
        ).fetchall()
    database.close()
    documents = [(position, json.loads(body)) for position, body in rows]
    return [(position, body["type"].rpartition(".")[2], body["time"]) for position, body in documents]


def _run(line, **settings):
    """What a line does that is pasted into another terminal."""
    run = subprocess.run(
        line, shell=True, cwd=ROOT, env=SETTINGS | settings, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, line + run.stderr
    return run


def _next(said):
    """The commands that can be tried next."""
    return [line.strip() for line in said.out.split("接下来可以试：\n")[1].splitlines() if line]


def seconds(first, last):
    difference = datetime.fromisoformat(last) - datetime.fromisoformat(first)
    return difference.total_seconds()


@pytest.mark.slow
def test_every_figure_of_the_story_is_what_the_log_says(cli, home):
    story = cli("demo", "--once", "--json").json
    events = logged(home)
    at = {event: when for _, event, when in events}
    assert [event for _, event, _ in events] == STEPS
    told = [(entry["position"], entry["event"], entry["at"]) for entry in story["timeline"]["entries"]]
    assert told == events
    latency = story["timeline"]["latency"]
    assert {stage: figures["elapsed_seconds"] for stage, figures in latency.items()} == {
        stage: seconds(at[first], at[last]) for stage, (first, last) in ENDS.items()
    }
    assert story["log"]["ok"]
    verified = {report["service"]: report["events"] for report in story["log"]["services"]}
    assert verified["feedback"] == len(events)
    assert len(story["institutions"]) == 5
    assert story["followed"]["state"] == "closed"


@pytest.mark.slow
def test_it_reads_well_in_a_narrow_terminal_and_its_commands_run_as_they_stand(process):
    said = process("demo", "--once", COLUMNS="80")
    assert said.code == 0
    assert "…" not in said.out
    for words in ("已办结", "（演示用合成内容）", "统战部经办人", "完整，未被改动"):
        assert words in said.out
    assert "closed" not in said.out.split("接下来可以试：\n")[0]
    lines = _next(said)
    assert len(lines) == 4
    for line in lines:
        assert _run(line).stdout


@pytest.mark.slow
def test_its_people_are_said_to_be_invented_and_each_institution_tells_what_its_rules_make_of_them(cli):
    story = cli("demo", "--once", "--json").json
    assert {row["id"] for row in story["institutions"]} == set(Packs.load(ROOT / "policies").ids())
    for row in story["institutions"]:
        assert row["imported"] == {"new": row["people"], "changed": 0, "unchanged": 0}
    told = {category["category"]: category for category in story["person"]["categories"]}
    applying = [category for category in told.values() if category["applies"]]
    assert applying
    for category in applying:
        assert all(re.search("[\u4e00-\u9fff]", reason["text"]) for reason in category["because"])
    # Told again: the same people, and none of them twice
    again = cli("demo", "--once", "--json").json
    assert all(row["imported"]["unchanged"] == row["people"] for row in again["institutions"])
    assert "程序虚构" in cli("demo", "--once").out


def test_pasted_commands_survive_a_directory_with_a_space(cli, home, monkeypatch):
    monkeypatch.setenv("ZHITONGCHE_HOME", str(home / "a b"))
    said = cli("demo", "--once")
    line = next(line for line in said.out.splitlines() if line.endswith("log verify"))
    assert shlex.split(line)[0] == f"ZHITONGCHE_HOME={home / 'a b'}"
    assert (home / "a b" / "feedback.db").exists()


@pytest.mark.slow
def test_on_a_database_of_ones_own_it_names_it_and_its_commands_run_as_they_stand(process, any_database_url):
    said = process("demo", "--once", ZHITONGCHE_DATABASE_URL=any_database_url)
    assert said.code == 0, said.err
    kind = "SQLite" if any_database_url.startswith("sqlite") else "PostgreSQL"
    assert re.findall("SQLite|PostgreSQL", said.out.splitlines()[0]) == [kind]
    assert "None" not in said.out
    assert "6 个事件，完整，未被改动" in said.out
    # A password is not for a screen: then the other terminal must have the setting, and is told so.
    password = make_url(any_database_url).password
    assert password is None or password not in said.out + said.err
    assert ("须设有同样的 ZHITONGCHE_DATABASE_URL" in said.out) is (password is not None)
    setting = {"ZHITONGCHE_DATABASE_URL": any_database_url}
    for line in _next(said):
        assert (f"ZHITONGCHE_DATABASE_URL={any_database_url}" in shlex.split(line)) is (password is None)
        assert _run(line, **({} if password is None else setting)).stdout


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("sqlite:///{home}/{service}.db", False),
        ("postgresql://reader@db/{service}", False),
        ("postgresql://reader:hidden@db/{service}", True),
        ("postgresql://db/{service}?user=reader&password=hidden", True),
        ("postgresql://db/{service}?sslpassword=hidden", True),
    ],
)
def test_a_password_in_a_database_url_is_noticed_wherever_it_stands(url, secret):
    assert Settings.from_environment({"ZHITONGCHE_DATABASE_URL": url}).database_is_secret is secret


@pytest.mark.slow
def test_a_demo_on_a_changed_log_says_so_and_fails(cli, filled):
    with sqlite3.connect(filled / "feedback.db") as database:
        changed = "CAST(replace(CAST(body AS TEXT), 'datong', 'dAtong') AS BLOB)"
        database.execute(f"UPDATE event SET body = {changed}")
    database.close()
    said = cli("demo", "--once")
    assert said.code == 1
    assert "发现问题" in said.out


@pytest.mark.slow
def test_without_once_it_stays_until_ctrl_c_and_answers_beside(cli, home):
    running = subprocess.Popen(
        [PROGRAM, "demo"],
        cwd=ROOT,
        env=SETTINGS | {"ZHITONGCHE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in running.stderr:
            if "Ctrl-C" in line:
                break
        assert cli("log", "verify").code == 0
        assert running.poll() is None
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=20)
    finally:
        running.kill()
        running.wait()
    assert running.returncode == 0
    assert "接下来可以试" in out
