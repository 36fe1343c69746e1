"""A pack's indicators against its document, which lists them as “创建指标 N：… 具体要求：… 责任单位：…”."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kernel.policy.citations import squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.policy.citations import Found

_INDICATOR: Final = re.compile(r"创建指标(\d+)：")
_ITEM: Final = re.compile(r"(?:^|(?<=。))\d+\.")
_NEXT: Final = re.compile(r"（[一二三四五六七八九十]+）|[一二三四五六七八九十]+、")


class Printed(NamedTuple):
    """An indicator as the document prints it, white space left out."""

    text: str
    items: tuple[str, ...]
    responsible: str


def printed(words: str) -> dict[int, Printed]:
    """The indicators of a document without white space, by number."""
    parts = _INDICATOR.split(words)
    return {int(number): _printed(block) for number, block in zip(parts[1::2], parts[2::2], strict=True)}


def _printed(block: str) -> Printed:
    asked, _, parties = block.partition("责任单位：")
    text, _, items = asked.partition("具体要求：")
    # What follows the last indicator of a head is the next heading.
    return Printed(text, tuple(filter(None, _ITEM.split(items))), _NEXT.split(parties)[0])


def departures(content: dict[str, Any], source: str) -> Iterator[Found]:
    """Where the pack's indicators, items or responsible parties are not those of the document."""
    document = printed(squeezed(source))
    seen = set()
    for index, indicator in enumerate(content["indicators"]):
        path, number = ("indicators", index), indicator["number"]
        if number in seen:
            yield (*path, "number"), "twice"
        elif number not in document or _quote(content, indicator) not in {None, document[number].text}:
            yield (*path, "number"), "indicator_unknown"
        else:
            for inner, code in _within(content, indicator, document[number]):
                yield (*path, *inner), code
        seen.add(number)
    if set(document) - seen:
        yield ("indicators",), "indicator_missing"


def _within(content: dict[str, Any], indicator: dict[str, Any], document: Printed) -> Iterator[Found]:
    parties = content["responsible_parties"]
    if indicator["head"] not in content["heads"]:
        yield ("head",), "unknown_head"
    unknown = [n for n, party in enumerate(indicator["responsible"]) if party not in parties]
    yield from ((("responsible", n), "unknown_party") for n in unknown)
    if not unknown:
        names = "".join(squeezed(parties[party]["name"]) for party in indicator["responsible"])
        if names != document.responsible:
            yield ("responsible",), "responsible_differs"
    given = [_quote(content, item) for item in indicator["items"]]
    # An item whose clause is not there is told as such, elsewhere.
    if None not in given and tuple(given) != document.items:
        missing = set(document.items) - set(given)
        yield ("items",), "item_missing" if missing else "item_unknown"


def _quote(content: dict[str, Any], value: dict[str, Any]) -> str | None:
    clause = content["clauses"].get(value["clause"])
    return None if clause is None else squeezed(clause["quote"])
