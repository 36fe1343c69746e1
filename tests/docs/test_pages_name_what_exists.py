"""A page that names a file, a function, a test or another page names one that is there."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, anchors, read, ticked

_TOPS = "kernel|services|apps|tests|docs|deploy|bench|policies"
_PATH = re.compile(rf"(?:{_TOPS})/[\w./-]*|\.importlinter|\.ci/\w+")
_OBJECT = re.compile(rf"((?:{_TOPS})(?:\.\w+)+):(\w+)")
_TEST = re.compile(r"(tests/[\w./]+\.py)::(\w+)")
_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")


def missing(text: str) -> list[str]:
    """What a text in backticks names and the tree does not have."""
    return [
        *(path for word in ticked(text) if (path := _path(word)) and not (ROOT / path).exists()),
        *(f"{module}:{name}" for module, name in _OBJECT.findall(text) if not _has(module, name)),
        *(f"{path}::{name}" for path, name in _TEST.findall(text) if not _tests(path, name)),
    ]


def _path(word: str) -> str | None:
    match = _PATH.fullmatch(word.partition("::")[0])
    return match[0] if match else None


def _has(module: str, name: str) -> bool:
    return hasattr(importlib.import_module(module), name)


def _tests(path: str, name: str) -> bool:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.walk(tree))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_function_and_test_that_a_page_names_is_there(page):
    assert missing(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    dead = []
    for target, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            dead.append(f"{target}#{anchor}")
    assert dead == []


def test_the_flow_names_each_room_that_a_suggestion_passes():
    rooms = {path.name for path in (ROOT / "services" / "feedback").iterdir() if path.name[0] != "_"}
    flow = read("docs/flow.md")
    assert {room for room in rooms if f"services/feedback/{room}" not in flow} <= {
        "migrations",
        "application.py",
    }


@pytest.mark.parametrize(
    "text",
    [
        "`kernel/log/nothing.py`",
        "`kernel.log.verify:nothing`",
        "`tests/docs/pages.py::test_nothing`",
    ],
)
def test_what_is_not_there_is_seen(text):
    assert len(missing(text)) == 1


def test_every_decision_is_numbered_once_and_says_context_decision_and_consequences():
    decisions = sorted((DOCS / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{n:04d}" for n in range(1, len(decisions) + 1)]
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]} "), path.name
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences")), path.name
        assert text.count("\n") <= 35, path.name


def test_every_decision_stands_in_the_list_of_architecture():
    listed = re.findall(r"decisions/([\w-]+\.md)", read("docs/architecture.md"))
    assert set(listed) == {path.name for path in (DOCS / "decisions").glob("*.md")}


def test_every_target_of_the_makefile_that_the_readme_names_is_there():
    targets = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    named = {word.split()[1] for word in ticked(read("README.md")) if word.startswith("make ")}
    assert named <= {line.split()[1] for line in targets.splitlines() if line.startswith("make ")}
