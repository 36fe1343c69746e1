"""`make cluster`: the whole distributed system on one machine, without containers, and nothing left of it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

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


def health(environment: dict[str, str]) -> dict:
    """What the service says of itself over RabbitMQ, asked from another shell until it answers."""
    limit = time.monotonic() + 60
    while True:
        answer = subprocess.run(
            [*ZHITONGCHE, "call", "feedback.get_health", "--json"],
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


def test_it_answers_a_call_from_another_shell_and_ends_with_ctrl_c(open_directory):
    # Given the command, running
    cluster = subprocess.Popen(
        [sys.executable, "-m", "apps.cluster"],
        env={**os.environ, "ZHITONGCHE_HOME": str(open_directory / "home")},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    below: list[psutil.Process] = []
    try:
        with cluster.stdout:
            environment = exports(cluster.stdout)
            assert "ZHITONGCHE_AMQP_URI" in environment
            # When another shell uses the environment that it prints
            answer = health(environment)
            below = psutil.Process(cluster.pid).children(recursive=True)
            # Then the service answers; and Ctrl-C ends it
            assert (answer["service"], answer["status"]) == ("feedback", "ok")
            cluster.send_signal(signal.SIGINT)
            assert cluster.wait(60) == 130
    finally:
        cluster.kill()
        cluster.wait()
    assert len(below) > 10
    assert psutil.wait_procs(below, timeout=20)[1] == []
