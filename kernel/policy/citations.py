"""What a pack's values and clauses say about each other and about the source document."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.policy.files import Place

Found = tuple["Place", str]
"""Where a fault is, and its code."""


def squeezed(text: str) -> str:
    """The text without any white space: a document's line breaks are its paper's, not its words."""
    return "".join(text.split())


def citing(value: Any, path: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every value that cites a clause or gives a quote, at any depth; the clauses themselves are none."""
    if isinstance(value, dict):
        if "clause" in value or "quote" in value:
            yield path, value
        for key, inner in value.items():
            if path or key not in {"clauses", "source"}:
                yield from citing(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from citing(inner, (*path, index))


def disagreements(content: dict[str, Any], source: bytes) -> Iterator[Found]:
    """Quotes that the source has not, citations of nothing, and clauses that nobody uses."""
    if hashlib.sha256(source).hexdigest() != content["source"]["sha256"]:
        yield ("source", "sha256"), "source_changed"
    words = squeezed(source.decode("utf-8", "replace"))
    yield from _misquoted(content, words)
    yield from _miscited(content)


def _misquoted(content: dict[str, Any], words: str) -> Iterator[Found]:
    for index, quote in enumerate(content["source"]["quotes"]):
        if squeezed(quote) not in words:
            yield ("source", "quotes", index), "misquoted"
    for key, clause in content["clauses"].items():
        if squeezed(clause["quote"]) not in words:
            yield ("clauses", key, "quote"), "misquoted"
        if squeezed(clause.get("declined", "")) not in squeezed(clause["quote"]):
            yield ("clauses", key, "declined"), "words_elsewhere"
    for path, value in citing(content):
        if squeezed(value.get("quote", "")) not in words:
            yield (*path, "quote"), "misquoted"


def _miscited(content: dict[str, Any]) -> Iterator[Found]:
    clauses, used = content["clauses"], set()
    for path, value in citing(content):
        cited = value.get("clause")
        if cited in clauses:
            used.add(cited)
            if clauses[cited]["treatment"] == "declined":
                yield (*path, "clause"), "cites_declined"
        elif cited and cited.startswith(content["document"] + "-"):
            yield (*path, "clause"), "unknown_clause"
        elif cited:
            yield (*path, "clause"), "other_document"
    for key, clause in clauses.items():
        if not key.startswith(content["document"] + "-"):
            yield ("clauses", key), "other_document"
        elif key not in used and clause["treatment"] not in {"declined", "background"}:
            yield ("clauses", key), "unused_clause"
