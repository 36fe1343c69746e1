"""Every import contract holds for the tree, and each is proven by a fault planted in a copy of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
# Lints the directory it runs in for every line that comes in.
LINTER = """
import sys
from importlinter.cli import lint_imports
sys.path.insert(0, "")
for _ in sys.stdin:
    print("code", lint_imports(no_cache=True, no_logo=True), flush=True)
"""
PARTS = ("kernel", "services", "apps", "tests/architecture")

# contract, file to write or extend, what is added to it
FAULTS = [
    ("floors", "kernel/planted.py", "import services.feedback"),
    ("floors", "kernel/planted.py", "def late():\n    import apps.cli"),
    ("floors", "kernel/planted.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import services"),
    ("rooms", "services/feedback/storage/planted.py", "import services.feedback.queries"),
    ("rooms", "services/feedback/queries/planted.py", "from services.feedback import handlers"),
    ("rooms", "services/feedback/oddments/__init__.py", ""),
    ("neighbours", "services/neighbour/__init__.py", "import services.feedback"),
    ("neighbours", "services/neighbour/__init__.py", "from services.feedback.domain import ticket"),
    ("pure", "services/feedback/domain/planted.py", "import sqlalchemy"),
    ("pure", "services/feedback/domain/planted.py", "from kernel import log"),
    ("pure", "services/feedback/domain/ticket/planted.py", "from kernel.identity import tokens"),
    ("nameko", "services/feedback/handlers/planted.py", "from nameko.rpc import rpc"),
    ("nameko", "kernel/log/planted.py", "import nameko"),
    ("nameko", "apps/cli/planted.py", "from nameko.standalone.rpc import ClusterRpcClient"),
    ("eventlet", "kernel/runtime/distributed/planted.py", "from eventlet import sleep"),
    ("eventlet", "apps/cli/planted.py", "import eventlet.green.socket"),
    ("doors", "apps/cli/planted.py", "import services.feedback"),
    ("doors", "apps/cli/assembly.py", "\nimport services.feedback.domain\n"),
]
ALLOWED = [
    ("apps/cli/assembly.py", "\nimport services.feedback\n"),
    ("services/feedback/service.py", "\nfrom nameko.rpc import rpc\n"),
    ("kernel/runtime/distributed/planted.py", "import nameko.rpc"),
    ("services/feedback/domain/planted.py", "import json\nfrom kernel import instants\nimport kernel.worktime"),
    ("services/feedback/domain/planted.py", "from kernel.codes import table\nimport kernel.names"),
    ("services/neighbour/__init__.py", "import kernel.log"),
]


def names() -> dict[str, str]:
    """The identifiers of the contracts by their names, which the linter prints."""
    text = (ROOT / ".importlinter").read_text()
    return {
        name: key
        for key, name in re.findall(r"^\[importlinter:contract:(\w+)\]\nname = (.+)$", text, re.MULTILINE)
    }


@pytest.fixture(scope="module")
def lint() -> Iterator[Callable[[Path], set[str]]]:
    """The identifiers of the contracts that a tree breaks as it stands now.

    One process per tree serves all tests: loading the linter takes longer than its look at the tree.
    """
    linters: dict[Path, subprocess.Popen[str]] = {}

    def broken(tree: Path) -> set[str]:
        if tree not in linters:
            linters[tree] = started(tree)
        return verdict_of(linters[tree])

    yield broken
    for linter in linters.values():
        linter.communicate()


def started(tree: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", LINTER],
        cwd=tree,
        env={"COLUMNS": "400", "PATH": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def verdict_of(linter: subprocess.Popen[str]) -> set[str]:
    print(file=linter.stdin, flush=True)
    lines: list[str] = []
    for line in linter.stdout:
        lines.append(line)
        if line.startswith("code "):
            break
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b.*$", "".join(lines), re.MULTILINE))
    assert set(verdicts) == set(names()), "".join(lines)
    assert (lines[-1] == "code 0\n") == ("BROKEN" not in verdicts.values())
    return {names()[name] for name, verdict in verdicts.items() if verdict == "BROKEN"}


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    for part in PARTS:
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tree)
    return tree


@pytest.fixture
def plant(copied_tree):
    """Write a file of the copy, or extend it, for the time of one test."""
    before: dict[Path, bytes | None] = {}

    def write(path: str, text: str) -> Path:
        file = copied_tree / path
        before[file] = file.read_bytes() if file.exists() else None
        file.parent.mkdir(exist_ok=True)
        with file.open("a") as stream:
            stream.write(text + "\n")
        return copied_tree

    yield write
    for file, content in before.items():
        if content is not None:
            file.write_bytes(content)
            continue
        file.unlink()
        if file.name == "__init__.py":
            shutil.rmtree(file.parent)


def test_the_tree_keeps_every_contract(lint):
    assert lint(ROOT) == set()


@pytest.mark.parametrize(("contract", "path", "text"), FAULTS)
def test_a_planted_import_breaks_exactly_its_contract(lint, plant, contract, path, text):
    assert lint(plant(path, text)) == {contract}


@pytest.mark.parametrize(("path", "text"), ALLOWED)
def test_what_the_house_allows_breaks_nothing(lint, plant, path, text):
    assert lint(plant(path, text)) == set()


def test_every_contract_has_a_planted_fault():
    assert {contract for contract, _, _ in FAULTS} == set(names().values())
