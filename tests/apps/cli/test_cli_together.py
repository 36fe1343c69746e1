"""Several commands at once on one home, and beside a running `up`."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import uuid
from contextlib import closing

import psutil
import pytest

from tests.apps.cli.conftest import PROGRAM, ROOT, SETTINGS
from tests.support.school import CHANNEL, SCHOOL

pytestmark = pytest.mark.slow


@pytest.fixture
def started(home):
    """Start a command and leave it running; whatever still runs at the end is ended."""
    running = []

    def start(*words):
        process = subprocess.Popen(
            [PROGRAM, *words],
            cwd=ROOT,
            env=SETTINGS | {"ZHITONGCHE_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def suggestion():
    texts = {"institution": SCHOOL, "channel": CHANNEL, "title": "（合成）", "body": "（合成）"}
    return json.dumps(texts | {"command_id": str(uuid.uuid4())})


def test_four_first_commands_at_once_make_one_secret_one_schema_and_lose_nothing(started, cli, home):
    processes = [started("call", "feedback.submit_suggestion", suggestion()) for _ in range(4)]
    ended = [(*process.communicate(timeout=60), process.returncode) for process in processes]
    assert [(err, code) for _, err, code in ended] == [("", 0)] * 4
    tickets = {json.loads(out)["ticket_id"] for out, _, _ in ended}
    assert len(tickets) == 4
    # Nothing but the one secret file is left: no draft of another
    assert [path.name for path in home.iterdir() if "secret" in path.name] == ["secret.json"]
    # and each text opens with it
    for ticket in tickets:
        said = cli("call", "feedback.get_ticket", json.dumps({"ticket_id": ticket}))
        assert said.json["title"] == "（合成）"
    report = cli("log", "verify", "feedback", "--json").json["services"][0]
    assert (report["ok"], report["events"]) == (True, 4)
    with closing(sqlite3.connect(home / "feedback.db")) as database:
        assert database.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_sees_what_others_write_and_ends_with_0_when_asked(started, cli, number):
    up = started("up")
    told = up.stderr.readline()
    assert "直通车已启动" in told
    ticket = cli("call", "feedback.submit_suggestion", suggestion()).json["ticket_id"]
    assert cli("call", "feedback.get_ticket", json.dumps({"ticket_id": ticket})).code == 0
    assert cli("log", "verify").code == 0
    assert up.poll() is None
    assert psutil.Process(up.pid).children() == []
    up.send_signal(number)
    out, err = up.communicate(timeout=20)
    assert (up.returncode, out, err) == (0, "", "")


def test_following_a_log_shows_what_comes_and_ends_with_ctrl_c(started, cli):
    cli("migrate")
    following = started("log", "tail", "feedback", "--follow")
    ticket = cli("call", "feedback.submit_suggestion", suggestion()).json["ticket_id"]
    event = json.loads(following.stdout.readline())
    assert (event["position"], event["subject"]) == (1, f"ticket/{ticket}")
    cli("call", "feedback.submit_suggestion", suggestion())
    assert json.loads(following.stdout.readline())["position"] == 2
    following.send_signal(signal.SIGINT)
    out, err = following.communicate(timeout=20)
    assert (out, err) == ("", "")
    assert following.returncode == 130


def test_a_reader_that_goes_away_is_no_fault_of_ours(filled):
    settings = SETTINGS | {"ZHITONGCHE_HOME": str(filled)}
    line = f"set -o pipefail; {PROGRAM} log tail feedback | head -n 1 | cut -c 1"
    said = subprocess.run(["bash", "-c", line], env=settings, capture_output=True, text=True, check=False)
    assert said.stdout == "{\n"
    assert said.stderr == ""
