"""`make cluster`: the whole distributed system on one machine, without containers, and nothing left of it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from apps.cli.assembly import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
ZHITONGCHE = [sys.executable, "-m", "apps.cli"]

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def exports(lines) -> dict[str, str]:
    """The environment that the command prints for another shell."""
    found: dict[str, str] = {}
    for line in lines:
        words = shlex.split(line)
        if words[:1] == ["export"]:
            found.update([words[1].split("=", 1)])
        if "ZHITONGCHE_AMQP_URI" in found:
            break
    return found


def zhitongche(environment: dict[str, str], *words: str) -> dict:
    """What a command answers in another shell, asked until it succeeds."""
    limit = time.monotonic() + 60
    while True:
        answer = subprocess.run(
            [*ZHITONGCHE, *words, "--json"],
            env={**os.environ, **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode == 0:
            return json.loads(answer.stdout)
        assert time.monotonic() < limit, answer.stdout + answer.stderr
        time.sleep(0.2)


def words_of(process: psutil.Process) -> list[str]:
    """How a process was called; nothing for one that has ended meanwhile."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # as a zombie is, too
        return []


def a_suggestion() -> str:
    """The arguments of a submission."""
    words = {"institution": "datong", "channel": "office_mailbox", "title": "题", "body": "文"}
    return json.dumps(words | {"command_id": str(uuid.uuid4())})


@contextmanager
def running(home: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The command, running."""
    command = [sys.executable, "-m", "apps.cluster"]
    cluster = subprocess.Popen(command, env={**os.environ, **home}, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        with cluster.stdout:
            yield cluster
    finally:
        cluster.kill()
        cluster.wait()


def test_it_answers_a_call_from_another_shell_and_ends_with_ctrl_c(open_directory):
    # Given the embedded default with a log in the same checkout, and the command, running
    embedded = {"ZHITONGCHE_HOME": str(open_directory / "home")}
    logs = zhitongche(embedded, "demo", "--once")["log"]["services"]
    with running(embedded) as cluster:
        environment = exports(cluster.stdout)
        assert "ZHITONGCHE_AMQP_URI" in environment
        # When another shell uses the environment that it prints
        answers = [zhitongche(environment, "call", f"{service}.get_health") for service in SERVICES]
        below = psutil.Process(cluster.pid).children(recursive=True)
        serving = [words[-3:] for words in map(words_of, below) if words[-2:-1] == ["--part"]]
        # Then both parts of every service run, and every service answers
        wanted = [[service, "--part", part] for service in SERVICES for part in ("log", "rpc")]
        assert sorted(serving) == sorted(wanted)
        assert [(answer["service"], answer["status"]) for answer in answers] == [
            (name, "ok") for name in SERVICES
        ]
        # And the logs of both homes are whole beside each other; and Ctrl-C ends it
        zhitongche(environment, "call", "feedback.submit_suggestion", a_suggestion())
        for shell in (environment, embedded):
            assert zhitongche(shell, "log", "verify")["ok"]
        assert zhitongche(embedded, "log", "verify")["services"] == logs
        cluster.send_signal(signal.SIGINT)
        assert cluster.wait(60) == 130
    assert len(below) > 10
    assert psutil.wait_procs(below, timeout=20)[1] == []
