"""The command line as its user has it: words in; an exit code, stdout and stderr out."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import logging
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from apps.cli import commands
from apps.cli.main import app, run
from apps.synthetic.mailbox import write_mailbox
from tests.support.school import CHANNEL, SCHOOL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
PROGRAM = Path(sys.executable).with_name("zhitongche")
SETTINGS = {name: value for name, value in os.environ.items() if not name.startswith("ZHITONGCHE_")}
SETTINGS.pop("COLUMNS", None)


@dataclass(frozen=True)
class Said:
    """What one command said; made only of output that holds no secret and no traceback."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout, which must be exactly one JSON document."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The refusal that stands alone on stdout."""
        document = self.json
        assert list(document) == ["error"], document
        assert set(document["error"]) == {"code", "message", "clause", "details"}
        return document["error"]

    @property
    def refusal(self) -> str:
        """The code at the end of that line; the exit code is the one that goes with it."""
        code = self.line.rpartition("[")[2].removesuffix("]")
        assert self.code == (2 if code == "usage" else 1)
        return code

    @property
    def line(self) -> str:
        """The one line for people on stderr, nothing else said: Chinese, with its code at the end."""
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        assert self.err.endswith("]\n"), self.err
        assert any("\u4e00" <= letter <= "\u9fff" for letter in self.err), self.err
        return self.err.strip()


def key_material(file: Path) -> list[str]:
    """Every spelling of every private part of a secret file that could slip into a text."""
    try:
        document = json.loads(file.read_text())
    except (OSError, ValueError):
        return []
    if not isinstance(document, dict):
        return []
    parts = [text for name, text in document.items() if name not in ("key_id", "public_keys")]
    raw = [base64.b64decode(text) for text in parts]
    return [*parts, *(key.hex() for key in raw), *(repr(key)[2:-1] for key in raw)]


def checked(code: int, out: str, err: str, secret_file: Path) -> Said:
    for secret in key_material(secret_file):
        assert secret not in out + err
    assert "Traceback" not in out + err, err
    assert code in (0, 1, 2), (code, err)
    return Said(code, out, err)


@contextlib.contextmanager
def only_home(path: Path) -> Iterator[None]:
    """The environment without any setting of ours but the data directory."""
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(SETTINGS):
            patch.delenv(name)
        patch.setenv("ZHITONGCHE_HOME", str(path))
        yield


@pytest.fixture(scope="session", autouse=True)
def _commands_built_once() -> Iterator[None]:
    """Typer builds the tree of all commands anew for each call, which takes longer than most commands run."""
    assert commands.__all__
    tree = typer.main.get_command(app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", lambda _: tree)
        yield


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A fresh data directory, and no other setting."""
    path = tmp_path / "home"
    with only_home(path):
        yield path


@contextlib.contextmanager
def captured(encoding: str = "utf-8") -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Standard output and error of this process as bytes; the logs' handlers are put back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    out, err = io.BytesIO(), io.BytesIO()
    texts = [io.TextIOWrapper(file, encoding=encoding, write_through=True) for file in (out, err)]
    try:
        with contextlib.redirect_stdout(texts[0]), contextlib.redirect_stderr(texts[1]):
            yield out, err
    finally:
        for text in texts:
            text.detach()
        root.handlers, root.level = handlers, level


def at(home: Path, *words: object, stdin: bytes = b"") -> Said:
    """Run a command in this process; its output holds no secret of this home."""
    with captured() as (out, err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ending:
            run([str(word) for word in words])
        secret_file = Path(os.environ.get("ZHITONGCHE_SECRET_FILE") or home / "secret.json")
    return checked(ending.value.code or 0, out.getvalue().decode(), err.getvalue().decode(), secret_file)


@pytest.fixture
def cli(home: Path) -> Callable[..., Said]:
    """Run a command in this process."""
    return partial(at, home)


@pytest.fixture
def ask(cli: Callable[..., Said]) -> Callable[..., Any]:
    """Call a feedback method that must succeed; the words after the arguments are options."""

    def call(method: str, arguments: dict[str, Any], *options: str) -> Any:
        said = cli("call", f"feedback.{method}", json.dumps(arguments), *options)
        assert said.code == 0, said.err
        return said.json

    return call


@pytest.fixture
def process(home: Path) -> Callable[..., Said]:
    """Run a command in a process of its own."""

    def command(*words: object, stdin: bytes = b"", **settings: str) -> Said:
        ended = subprocess.run(
            [PROGRAM, *map(str, words)],
            cwd=ROOT,
            env=SETTINGS | {"ZHITONGCHE_HOME": str(home)} | settings,
            input=stdin,
            capture_output=True,
            timeout=60,
            check=False,
        )
        secret_file = Path(settings.get("ZHITONGCHE_SECRET_FILE") or home / "secret.json")
        return checked(ended.returncode, ended.stdout.decode(), ended.stderr.decode(), secret_file)

    return command


@pytest.fixture(scope="session")
def _filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two tickets carried to their end and 20 letters between them."""
    directory = tmp_path_factory.mktemp("cli")
    home = directory / "home"
    mailbox = write_mailbox(directory / "mailbox.xlsx", seed=11, good=20).path
    letters = ("import", "letters", mailbox, "--institution", SCHOOL, "--channel", CHANNEL)
    with only_home(home):
        for words in (("demo", "--once"), letters, ("demo", "--once")):
            assert at(home, *words).code == 0
    return home


@pytest.fixture
def filled(_filled: Path, home: Path) -> Path:
    """A copy of that home, of the test's own."""
    shutil.copytree(_filled, home)
    return home
