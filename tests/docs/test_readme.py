"""The README's five minutes run as they stand there, in order, and show what it says they show."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, read, section

TOUR = section(read("README.md"), "Five minutes")
BREAK = "----- next block -----"
DIRECTORY = Path(sys.executable).parent


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What each `sh` block of the tour prints, in order; it ends at the first command that fails."""
    script = f"\necho '{BREAK}'\n".join(block.text for block in blocks(TOUR) if block.language == "sh")
    home = tmp_path_factory.mktemp("tour")
    settings = {name: value for name, value in os.environ.items() if not name.startswith("ZHITONGCHE_")}
    run = subprocess.run(
        ["bash", "-eu", "-c", script],
        cwd=ROOT,
        env=settings | {"TMPDIR": str(home), "PATH": f"{DIRECTORY}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    return run.stdout.split(BREAK)


@pytest.mark.slow
def test_the_five_minutes_show_what_the_readme_says(shown):
    number = -1
    for block in blocks(TOUR):
        if block.language == "sh":
            number += 1
        elif block.language == "text":
            for line in block.text.splitlines():
                pattern = re.escape(line).replace("…", ".*")
                assert re.search(pattern, shown[number]), f"{line}\nis not in\n{shown[number]}"


@pytest.mark.slow
def test_nothing_fails_in_an_unexpected_way(shown):
    assert not re.search(r"Traceback|internal_error", "".join(shown))


def test_the_readme_is_short():
    assert read("README.md").count("\n") <= 150


def test_the_tour_shows_something_after_each_block():
    languages = [block.language for block in blocks(TOUR)]
    assert languages == ["sh", "text"] * (len(languages) // 2)
