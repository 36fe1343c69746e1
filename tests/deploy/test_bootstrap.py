"""The bootstrap says what it installs before it does, and asks nothing where all is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).parents[2] / ".ci" / "bootstrap"
SAID = "将用 apt-get 安装："


class Machine:
    """A copy of the bootstrap among stand-ins for the programs of a machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".ci").mkdir()
        (folder / "bin").mkdir()
        shutil.copy(BOOTSTRAP, folder / ".ci")
        for name in ("sh", "dirname", "env", "touch", "cat", "mkdir", "chmod"):
            (folder / "bin" / name).symlink_to(shutil.which(name))

    def program(self, name: str, script: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def python(self, version: str, *, complete: bool) -> None:
        """A stand-in: `complete` or after apt it makes .venv, else its import of ensurepip fails."""
        self.program(
            "python3",
            f"""case "$*" in
            *version_info\\ \\<*) [ "{version}" != 3.9 ] ;;
            *print*) echo {version} ;;
            *ensurepip*) {"true" if complete else 'test -e "$HOME/installed"'} ;;
            "-m venv .venv") mkdir -p .venv/bin && touch .venv/bin/python && chmod +x .venv/bin/python ;;
            esac""",
        )

    def apt(self) -> None:
        self.program(
            "apt-get", 'echo "apt-get $*" >&2; case "$*" in *install*) touch "$HOME/installed" ;; esac'
        )

    def run(self, uid: int) -> subprocess.CompletedProcess[str]:
        self.program("id", f"echo {uid}")
        return subprocess.run(
            [self.folder / ".ci" / "bootstrap", "venv"],
            env={"PATH": str(self.folder / "bin"), "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    def ready(self) -> bool:
        return os.access(self.folder / ".venv" / "bin" / "python", os.X_OK)


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path)


def test_root_is_told_what_is_installed_before_it_is(machine):
    machine.python("3.12", complete=False)
    machine.apt()
    answer = machine.run(uid=0)
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr.index(SAID + "python3.12-venv") < answer.stderr.index("apt-get update")
    assert "apt-get install -y -qq --no-install-recommends python3.12-venv" in answer.stderr
    assert machine.ready()


def test_an_ordinary_user_installs_through_sudo(machine):
    machine.python("3.11", complete=False)
    machine.apt()
    machine.program("sudo", 'echo "sudo $*" >&2; exec "$@"')
    answer = machine.run(uid=1000)
    assert answer.returncode == 0, answer.stderr
    assert "sudo apt-get update" in answer.stderr
    assert machine.ready()


def test_an_ordinary_user_with_everything_there_is_asked_nothing(machine):
    machine.python("3.11", complete=True)
    machine.apt()
    answer = machine.run(uid=1000)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert machine.ready()


def test_an_ordinary_user_without_sudo_is_told_what_to_ask_for(machine):
    machine.python("3.11", complete=False)
    machine.apt()
    answer = machine.run(uid=1000)
    assert answer.returncode == 1
    assert "请让管理员执行：apt-get install python3.11-venv" in answer.stderr
    assert "apt-get update" not in answer.stderr
    assert not machine.ready()


def test_a_python_that_is_too_old_is_refused_in_a_sentence(machine):
    machine.python("3.9", complete=True)
    answer = machine.run(uid=0)
    assert answer.returncode == 1
    assert "需要 Python 3.11 或更新的版本。" in answer.stderr


def test_an_environment_that_is_there_is_left_alone(machine):
    machine.python("3.9", complete=False)
    (machine.folder / ".venv" / "bin").mkdir(parents=True)
    python = machine.folder / ".venv" / "bin" / "python"
    python.touch(0o755)
    assert machine.run(uid=1000).returncode == 0
