"""Several programs write into one SQLite home at once, from its first moment on; one is killed at work."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys

import pytest

from apps.cli.assembly import SERVICES
from apps.cli.logs import verify_services
from kernel.log import rebuild
from kernel.log.database import Database
from kernel.settings import Settings
from tests.support.cluster import ROOT

WRITERS, EACH = 4, 60


def writer(home, count: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-W", "ignore", "-m", "tests.faults.embedded_writer", str(home), str(count)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_programs_that_start_and_write_at_once_are_never_told_that_the_database_is_locked(tmp_path):
    home = tmp_path / "home"
    # Given a home that does not exist yet, and programs that all want it at once; one of them is killed
    killed, *others = [writer(home, EACH * 10), *(writer(home, EACH) for _ in range(WRITERS))]
    acknowledged = [killed.stdout.readline() for _ in range(20)]
    killed.kill()
    rest, _ = killed.communicate()
    acknowledged += [line for line in rest.splitlines() if line.endswith("}")]
    # When the others have done their work
    for other in others:
        said, complaints = other.communicate(timeout=120)
        assert (other.returncode, complaints) == (0, "")
        acknowledged += said.splitlines()
    # Then everything acknowledged is in the log once, whoever wrote it
    commands = [json.loads(line)["command_id"] for line in acknowledged]
    assert len(set(commands)) == len(commands) >= WRITERS * EACH + 20
    with sqlite3.connect(home / "feedback.db") as connection:
        logged = connection.execute(
            "SELECT position, command_id FROM log_entry JOIN event USING (event_id) ORDER BY position"
        ).fetchall()
        unsealed = connection.execute("SELECT count(*) FROM unsealed").fetchone()
    connection.close()
    assert [position for position, _ in logged] == list(range(1, len(logged) + 1))
    assert unsealed == (0,)
    written = [command_id for _, command_id in logged]
    assert len(set(written)) == len(written)
    assert set(commands) <= set(written)
    assert len(written) - len(commands) <= 1, "more than the one command that was cut off"
    settings = Settings.from_environment({"ZHITONGCHE_HOME": str(home)})
    assert verify_services(settings, ["feedback"])["ok"]
    database = Database(settings.url("feedback"))
    assert rebuild.diff(database, SERVICES["feedback"].projection(settings), "feedback")["ok"]
    database.close()
