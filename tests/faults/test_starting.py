"""A process that has only begun: a signal ends it cleanly, and a database that is away is waited for."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from sqlalchemy import text

from kernel.log.database import Database
from tests.support.cluster import ROOT, ZHITONGCHE, ServiceProcess
from tests.support.school import CHANNEL, SCHOOL
from tests.support.waiting import until

pytestmark = pytest.mark.slow
LATER_SECONDS = (0.0, 0.3, 0.6, 1.0, 1.5, 2.5)
WORDS = {
    "up": ["up"],
    "demo": ["demo"],
    "rpc": ["serve", "feedback", "--part", "rpc"],
    "log": ["serve", "feedback", "--part", "log"],
    "supervisor": ["serve", "feedback"],
}


def catches_sigterm(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def test_nothing_of_others_is_loaded_before_signals_are_heeded():
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import apps.cli.__main__;"
        "print({name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names - {'__main__'})"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "{'apps'}"


@pytest.mark.parametrize("kind", WORDS)
def test_a_signal_in_the_first_seconds_ends_a_process_cleanly(cluster, tmp_path, kind):
    environment = cluster.environment
    if kind in ("up", "demo"):
        environment = {"ZHITONGCHE_HOME": str(tmp_path / "home")}
    for later in LATER_SECONDS:
        process = ServiceProcess(WORDS[kind], environment, tmp_path / f"{kind}-{later}")
        until(lambda pid=process.pid: catches_sigterm(pid), every=0.005)
        time.sleep(later)
        assert process.stop() == 0, (later, process.words())
        assert "Traceback" not in process.words()


def test_processes_that_start_while_the_database_is_away_wait_for_it_and_say_so_once(
    cluster, operator, postgres
):
    postgres.kill()
    processes = [cluster.serve("rpc"), cluster.serve("log")]
    for process in processes:
        until(lambda process=process: "waits for its databases" in process.words(), 30)
    # And one that is told to end meanwhile does
    ending = cluster.serve("rpc")
    until(lambda: "waits for its databases" in ending.words(), 30)
    assert ending.stop() == 0
    # When the database is there
    postgres.start()
    cluster.await_ready()
    words = {"institution": SCHOOL, "channel": CHANNEL, "title": "（合成）", "body": "（合成）"}
    operator.call("feedback.submit_suggestion", {"command_id": str(uuid.uuid4()), **words})
    # Then the same processes serve
    until(lambda: operator.call("feedback.get_health", {})["log"]["unsealed"] == 0)
    assert all(process.running() for process in processes)
    assert [process.words().count("waits for its databases") for process in processes] == [1, 1]


def test_an_old_schema_is_refused_at_once(cluster):
    database = Database(cluster.settings.url("feedback"))
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    database.close()
    for part in ("rpc", "log"):
        process = cluster.serve(part)
        until(lambda process=process: not process.running())
        assert process.stop() == 1
        assert "zhitongche migrate" in process.words()


def test_a_part_has_its_help():
    said = subprocess.run(
        [*ZHITONGCHE, "serve", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (line,) = (line for line in said.stdout.splitlines() if "--part" in line and "只在本进程" in line)
    assert "rpc" in line
    assert "log" in line
