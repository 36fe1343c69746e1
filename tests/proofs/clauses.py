"""Where clauses of the documents are named: in the packs, in the code, by the tests that prove them."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kernel.policy import Packs, describe_clauses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kernel.policy.pack import Clause

ROOT = Path(__file__).parents[2]
PACKS = Packs.load(ROOT / "policies")
CLAUSE = re.compile(r"\b(?:DT|YS|SD|CF|MY)-(?:\d+|[一二三四五])(?:\.\d+)*[a-z]?\b")
# The parts of the packs that the registry answers for (docs/requirements.md, "What the packs hold").
REGISTRY_PARTS = {
    "leaders",
    "talent_pools",
    "reserve_lists",
    "person_files",
    "ratios",
    "recommendations",
    "groups",
    "member_directories",
    "training",
    "contributions",
    "liaison_rules",
    "liaison_duties",
    "contact_categories",
}
# Clauses that the registry's parts or its code name, and that no method of it does anything for: each with its
# reason. What is built leaves this list in the commit that builds it; a test says so.
NOT_BUILT: dict[str, str] = {
    "CF-5.1.2": "liaisons have no reports yet",
    "CF-5.2": "what a colleague asks to pass on has no place yet; of the rest nothing will be built",
    "CF-5.3": "liaisons have no reports yet",
    "CF-5.4.1": "liaisons have no reports yet",
    "CF-5.4.2": "liaisons have no reports yet",
    "CF-3.2": "proven by a paper of the organisation: the evaluation service",
    "CF-4.1": "by which means training was held is not recorded; proven by a paper: the evaluation service",
    "DT-1.4": "content of courses is not recorded; proven by a paper: the evaluation service",
    "DT-21": "named as the purpose of the field of standing; keeping in touch is the contacts service",
    "YS-5.1.5": "named as the purpose of the field of units; keeping in touch is the contacts service",
}


def every_clause() -> dict[str, Clause]:
    """The clauses of all packs by id, and by the ids that they had before."""
    packs = [pack for name in PACKS.ids() if (pack := PACKS.get(name))]
    found = {clause.id: clause for pack in packs for clause in pack.clauses.values()}
    return found | {alias: clause for clause in found.values() for alias in clause.aliases}


def in_registry_parts() -> set[str]:
    """The clauses on which a value of a part of the registry rests."""
    packs = [pack for name in PACKS.ids() if (pack := PACKS.get(name))]
    return {
        clause["id"]
        for pack in packs
        for clause in describe_clauses(pack)
        if {place.partition(".")[0] for place in clause["used_by"]} & REGISTRY_PARTS
    }


def cited(text: str) -> set[str]:
    """The clauses that a text names; YS-2.1 at the end of a sentence is YS-2.1."""
    return set(CLAUSE.findall(text))


def cited_in_code(*rooms: str) -> dict[str, set[str]]:
    """By clause, the files of these rooms that name it: docstrings, comments, texts and data."""
    found: dict[str, set[str]] = {}
    for path in _files(rooms, {".py", ".yaml", ".mako"}):
        for clause in cited(path.read_text("utf-8")):
            found.setdefault(clause, set()).add(path.relative_to(ROOT).as_posix())
    return found


@cache
def marked(*rooms: str) -> dict[str, set[str]]:
    """By clause, the test files of these rooms with a test that is marked to prove it.

    Read from the text, so that a test that is left out of a run still counts; a mark that is put together
    from a table (`clause(one)`) counts by the clauses of the table's keys.
    """
    found: dict[str, set[str]] = {}
    for path in _files(rooms, {".py"}):
        if path.name.startswith("test_"):
            for clause in marks_of(path.read_text("utf-8")):
                found.setdefault(clause, set()).add(path.relative_to(ROOT).as_posix())
    return found


def marks_of(source: str) -> set[str]:
    """The clauses that a test file's marks name."""
    tree = ast.parse(source)
    tables = {
        target.id: {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    named: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_mark(node.func):
            named |= {word.value for word in node.args if isinstance(word, ast.Constant)}
        if isinstance(node, ast.ListComp) and any(_is_mark(one) for one in ast.walk(node.elt)):
            named |= {key for one in _names(node.generators) for key in tables.get(one, ())}
    return {name for name in named if isinstance(name, str) and CLAUSE.fullmatch(name)}


def _is_mark(node: ast.AST) -> bool:
    """`pytest.mark.clause`, or a file's own short word for several of them."""
    if isinstance(node, ast.Attribute):
        return node.attr == "clause" and isinstance(node.value, ast.Attribute) and node.value.attr == "mark"
    return isinstance(node, ast.Name) and node.id == "clause"


def _names(generators: Iterable[ast.comprehension]) -> Iterator[str]:
    for generator in generators:
        if isinstance(generator.iter, ast.Name):
            yield generator.iter.id


def _files(rooms: Iterable[str], suffixes: set[str]) -> Iterator[Path]:
    for room in rooms:
        yield from (path for path in sorted((ROOT / room).rglob("*")) if path.suffix in suffixes)
