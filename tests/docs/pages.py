"""Reads the project's pages: sections, tables, code blocks, and what stands in backticks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]

_HEADING = re.compile(r"^(#+) +(.+?) *$", re.MULTILINE)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TICKED = re.compile(r"`([^`\n]+)`")
_PIPE = re.compile(r"(?<!\\)\|")


class Block(NamedTuple):
    """A fenced block."""

    language: str
    text: str


def read(name: str) -> str:
    """A page by its path from the project's root."""
    return (ROOT / name).read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    headings = list(_HEADING.finditer(page))
    for number, heading in enumerate(headings):
        if heading[2].replace("`", "") == title:
            rest = (h.start() for h in headings[number + 1 :] if len(h[1]) <= len(heading[1]))
            return page[heading.end() : next(rest, len(page))]
    raise LookupError(f"no heading {title!r}")


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = (heading[2] for heading in _HEADING.finditer(_FENCE.sub("", page)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def tables(text: str) -> list[list[list[str]]]:
    """Every table as rows of cells, header and rule left out."""
    found: list[list[list[str]]] = []
    inside = False
    for line in _FENCE.sub("", text).splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        if not inside:
            found.append([])
        inside = True
        found[-1].append([cell.strip().replace("\\|", "|") for cell in _PIPE.split(line)[1:-1]])
    return [rows[2:] for rows in found]


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks in their order."""
    return (Block(fence[1], fence[2]) for fence in _FENCE.finditer(text))


def ticked(text: str) -> list[str]:
    """What stands in single backticks, outside of fenced blocks."""
    return _TICKED.findall(_FENCE.sub("", text))
