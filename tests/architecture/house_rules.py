"""The house rules that no linter knows: each takes a path and a text of the tree, and names what is wrong."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MOST_LINES = 300
MOST_FUNCTION_LINES = 30
# A journey or a fault is one story, and a story cut in pieces is told to nobody.
STORIES = ("tests/journeys/", "tests/faults/")
MOST_STORY_LINES = 40

# Longer all the same: path, or path::function, and the reason.
_TABLES = "a definition of tables is one list of columns, read as data; cutting it would scatter it"
EXCEPTIONS: dict[str, str] = {
    "kernel/log/schema.py::log_tables": _TABLES,
    "kernel/log/tables_0001.py::create_log_tables": _TABLES,
    "services/feedback/storage/latency.py::latency_tables": _TABLES,
    "kernel/log/inspection.py::read_sealed": "the loop over every event: a call more in it is made for each",
    "kernel/policy/description.py::describe": "one answer, read beside the page that describes it",
}

# A name that says nothing collects what belongs nowhere.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}

MACHINE_PATH = re.compile(r"(?<![\w.$}/])/(?:work|tmp|root|home|Users)/\w")
# A list names packages; an address, or an option at the start of its line, says where they come from.
SOURCE = re.compile(r"://|^\s*--(?!hash=)")


def long_file(path: str, text: str) -> list[str]:
    """A file has a ceiling: past it, it is more than one topic."""
    lines = text.count("\n")
    if lines <= MOST_LINES or path in EXCEPTIONS:
        return []
    return [f"{path}: {lines} lines, at most {MOST_LINES}"]


def long_functions(path: str, text: str) -> list[str]:
    """A function fits on a screen; its docstring, which is its contract, is not counted."""
    faults = []
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and f"{path}::{node.name}" not in EXCEPTIONS
        ):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
            most = MOST_STORY_LINES if path.startswith(STORIES) else MOST_FUNCTION_LINES
            if lines > most:
                faults.append(f"{path}:{node.lineno} {node.name}: {lines} lines, at most {most}")
    return faults


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if ast.get_docstring(node, clean=False) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


def empty_names(path: str, _text: str) -> list[str]:
    """A folder is a room and a file a topic: their names are nouns of the glossary."""
    return [
        f"{path}: the name {part!r} says nothing"
        for part in Path(path).with_suffix("").parts
        if part in EMPTY_NAMES
    ]


def prints(path: str, text: str) -> list[str]:
    """Kernel and services run unattended: what they have to say goes to the log, where it carries a context."""
    if path.partition("/")[0] not in ("kernel", "services"):
        return []
    return [
        f"{path}:{node.lineno} print"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def machine_paths(path: str, text: str) -> list[str]:
    """A path of the machine it was written on is wrong on every other."""
    return [
        f"{path}:{number} {line.strip()}"
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]


def registry_hosts(path: str, text: str) -> list[str]:
    """Where packages come from is the machine's setting; a host written down fails where it is not reached."""
    return [
        f"{path}:{number} {line}" for number, line in enumerate(text.splitlines(), 1) if SOURCE.search(line)
    ]


def unhashed(path: str, text: str) -> list[str]:
    """What is installed is what was reviewed: exact versions, each with its hashes."""
    return [
        f"{path}: {requirement} is not pinned with hashes"
        for requirement in re.split(r"\n(?=[A-Za-z0-9])", text)
        if "==" not in requirement.splitlines()[0] or "--hash=sha256:" not in requirement
    ]


def pins(text: str) -> dict[str, str]:
    """The version of each package of a compiled list."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^ ;\\]+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def wishes(text: str) -> list[Requirement]:
    """What a hand-written list asks for."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def disagreements(wanted: str, compiled: str) -> list[str]:
    """What is asked for and not pinned, or pinned at a version that was not asked for."""
    versions = pins(compiled)
    return [
        f"{wish}: {versions.get(canonicalize_name(wish.name), 'absent')}"
        for wish in wishes(wanted)
        if not wish.specifier.contains(versions.get(canonicalize_name(wish.name), "0"), prereleases=True)
        or canonicalize_name(wish.name) not in versions
    ]
