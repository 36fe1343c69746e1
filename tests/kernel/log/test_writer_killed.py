"""kill -9 at every named point of SQLite's transaction: whole or nothing, then the command succeeds once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kernel.log.killed_writer import POINTS
from tests.services.feedback.line import PARTS, Line
from tests.support.homes import ROOT, a_home, migrated, settings_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told():
    home = a_home()
    Line(migrated(settings_of(home), PARTS)).close()
    run = subprocess.run(
        [sys.executable, "-m", "tests.kernel.log.killed_writer", str(home)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    shutil.rmtree(home)
    return json.loads(run.stdout)


def test_every_fault_point_of_the_writer_is_tried():
    code = "".join(
        (Path(ROOT) / "kernel" / "log" / name).read_text() for name in ("writer_sqlite.py", "sealer.py")
    )
    named = {part.split('"')[0] for part in code.split('faults.point("')[1:]}
    # What the sealer passes after its own commit belongs to PostgreSQL.
    assert named - {"sealer.committed"} == set(POINTS)


@pytest.mark.parametrize("point", POINTS)
def test_the_writer_really_died_there(told, point):
    assert told[point]["signal"] == signal.SIGKILL


@pytest.mark.parametrize("point", POINTS)
def test_after_the_kill_there_is_all_of_the_command_or_nothing(told, point):
    before, left, after = (told[point][name] for name in ("before", "left", "after"))
    whole = after if point == "writer.committed" else before
    assert left["counts"] == whole["counts"]
    assert (left["version"], left["state"], left["commands"]) == (
        whole["version"],
        whole["state"],
        1 if point == "writer.committed" else 0,
    )
    assert left["integrity"] == "ok"


@pytest.mark.parametrize("point", POINTS)
def test_the_same_command_then_succeeds_exactly_once(told, point):
    after = told[point]["after"]
    assert told[point]["again"] == 0
    assert (told[point]["answer"]["state"], told[point]["answer"]["version"]) == ("assigned", 3)
    assert (after["events"], after["version"], after["state"], after["commands"]) == (3, 3, "assigned", 1)


@pytest.mark.parametrize("point", POINTS)
def test_positions_are_dense_and_nothing_is_left_unsealed(told, point):
    for moment in ("left", "after"):
        assert told[point][moment]["positions"] == list(range(1, told[point][moment]["events"] + 1))
        assert told[point][moment]["unsealed"] == 0
