"""`zhitongche up`: one process that costs nothing while nobody calls, and others work beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING

import psutil
import pytest
from sqlalchemy import text

from kernel.log.database import Database
from kernel.settings import Settings
from tests.journeys.system import System
from tests.support.cluster import ROOT, ZHITONGCHE, ServiceProcess
from tests.support.school import CHANNEL, SCHOOL, UNIT
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IDLE_SECONDS = 20.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up") / "home"


@pytest.fixture(scope="module")
def up(home: Path) -> Iterator[ServiceProcess]:
    """One process for all tests here; each makes tickets of its own."""
    process = ServiceProcess(["up"], {"ZHITONGCHE_HOME": str(home)}, home.with_name("up.output"))
    until(lambda: "直通车已启动" in process.words() or not process.running(), 60)
    assert process.running(), process.words()
    yield process
    assert process.stop() == 0, process.words()


@pytest.fixture
def beside(home: Path, up: ServiceProcess) -> Iterator[System]:
    """A program of our own on the same files, as the console will be."""
    system = System(Settings.from_environment({"ZHITONGCHE_HOME": str(home)}))
    yield system
    system.close()


def shell(home: Path, method: str, **arguments: object) -> dict:
    """What `zhitongche call` of another shell answers."""
    done = subprocess.run(
        [*ZHITONGCHE, "call", f"feedback.{method}", json.dumps(arguments), "--json"],
        env=os.environ | {"ZHITONGCHE_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_an_idle_process_uses_at_most_one_percent_of_a_core(up):
    process = psutil.Process(up.pid)
    time.sleep(2)

    def spent() -> float:
        times = process.cpu_times()
        return times.user + times.system + times.children_user + times.children_system

    before, started = spent(), time.monotonic()
    time.sleep(IDLE_SECONDS)
    share = (spent() - before) / (time.monotonic() - started)
    assert share <= 0.01, f"{share:.2%} of a core while nobody called"


@pytest.mark.slow
def test_an_embedded_process_loads_no_broker_no_rpc_machinery_and_no_other_databases_driver(tmp_path):
    program = (
        "import sys; from apps.cli.assembly import Housekeeping; from apps.cli.session import Session;"
        " session = Session(); session.call('feedback.get_health', {});"
        " Housekeeping(session.settings, 'feedback'); session.close();"
        " print({name.partition('.')[0] for name in sys.modules}"
        " & {'nameko', 'kombu', 'amqp', 'eventlet', 'greenlet', 'psycopg'})"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"ZHITONGCHE_HOME": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "set()"


@pytest.mark.slow
def test_a_write_beside_it_is_seen_within_a_second_from_either_side(home, up, beside):
    # Given a program that has the service open beside `up`
    assert beside.call("get_health")["status"] == "ok"
    # When another shell writes
    given = {"institution": SCHOOL, "channel": CHANNEL, "title": "（合成）", "body": "（合成）"}
    submitted = shell(home, "submit_suggestion", command_id=str(uuid.uuid4()), **given)
    ticket = {"ticket_id": submitted["ticket_id"]}
    written = time.monotonic()
    # Then the program sees it
    assert beside.call("get_ticket", ticket)["state"] == "submitted"
    assert time.monotonic() - written < 1
    # And the other way round
    beside.call("assign_ticket", {**ticket, "lead": UNIT})
    assert shell(home, "get_ticket", **ticket)["state"] == "assigned"


@pytest.mark.slow
def test_it_takes_up_the_work_that_others_leave(home, up, beside):
    def counted() -> list[int]:
        stages = beside.call("get_latency", {"institution": SCHOOL})["stages"]
        return [stages[name]["count"] for name in ("submit_to_assign", "assign_to_reply")]

    # Given a stage that ended beside `up`, and is not counted yet
    before = counted()
    ticket_id = beside.assigned(UNIT)
    beside.handle("reply_ticket", ticket_id, text="（合成）答复")
    database = Database(beside.settings.url("feedback"))

    def waiting() -> int:
        with database.read() as connection:
            return connection.execute(text("SELECT count(*) FROM stage_pending")).scalar_one()

    # Then `up` counts it, and the figures are the same
    until(lambda: waiting() == 0, seconds=3)
    database.close()
    assert counted() == [number + 1 for number in before]
    assert beside.diff()["ok"]


def test_one_service_of_it_hears_the_other_though_nobody_calls_it(home, beside):
    owned = {"submitter": {"person_id": "somebody"}, "channel": CHANNEL, "institution": SCHOOL}
    ticket_id = beside.call("submit_suggestion", {"title": "（合成）路灯", "body": "（合成）不亮。"} | owned)[
        "ticket_id"
    ]
    database = Database(Settings.from_environment({"ZHITONGCHE_HOME": str(home)}).url("registry"))

    def heard():
        with database.read() as connection:
            return connection.execute(text("SELECT ticket_id FROM suggestion")).scalars().all()

    until(lambda: ticket_id in heard())
    database.close()
