"""What a pack's values and clauses say about each other and about the source document."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from kernel.policy.schema.pieces import CLAUSE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.policy.files import Place

_CLAUSES: Final = re.compile(rf"(?<![A-Za-z]){CLAUSE}")

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
    texts = {key: squeezed(clause["quote"]) for key, clause in content["clauses"].items()}
    for path, value in citing(content):
        quote = squeezed(value.get("quote", ""))
        if quote not in words:
            yield (*path, "quote"), "misquoted"
        elif quote and _of_another(quote, value.get("clause"), texts):
            yield (*path, "quote"), "words_of_another_clause"


def _of_another(quote: str, cited: str | None, texts: dict[str, str]) -> bool:
    """Whether the words are those of other clauses alone; a wider sentence holds those of the cited one too."""
    if cited not in texts or _share(quote, texts[cited]):
        return False
    return any(_share(quote, text) for text in texts.values())


def _share(quote: str, text: str) -> bool:
    return quote in text or text in quote


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
    yield from _misnamed(content)
    for key, clause in clauses.items():
        if not key.startswith(content["document"] + "-"):
            yield ("clauses", key), "other_document"
        elif key not in used and clause["treatment"] not in {"declined", "background"}:
            yield ("clauses", key), "unused_clause"


def _reasons(value: Any, path: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every reason in the content, at any depth."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        if key == "reason":
            yield (*path, key), one
        else:
            yield from _reasons(one, (*path, key))


def _misnamed(content: dict[str, Any]) -> Iterator[Found]:
    """Reasons that name a clause which the document has not; a section is the beginning of its clauses."""
    clauses = content["clauses"]
    ids = [*clauses, *(alias for clause in clauses.values() for alias in clause["aliases"])]
    known = {one[:end] for one in ids for end in (len(one), *(n for n, sign in enumerate(one) if sign == "."))}
    for path, reason in _reasons(content):
        named = {one for one in _CLAUSES.findall(reason) if one.startswith(content["document"] + "-")}
        if named - known:
            yield path, "unknown_clause"
