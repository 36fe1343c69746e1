"""From the loaded content of a pack to its frozen values."""

from __future__ import annotations

import hashlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import orjson

from kernel.canonical import encode
from kernel.policy.citations import squeezed
from kernel.policy.pack import (
    Channel,
    Citation,
    Clause,
    Clock,
    Indicator,
    Item,
    Pack,
    PackVersion,
    Source,
    Unit,
    Value,
    WorkItem,
)
from kernel.policy.schema import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

_VERSION_DIGITS: Final = 12
_CITATION: Final = frozenset({"clause", "local", "reason", "quote"})


def pack_of(content: dict[str, Any], written: Any) -> Pack:
    """The pack of this content; its version is the hash of what is written, whichever file it stands in."""
    closed = {day["date"]: day["reason"] for day in content["closed_days"]}
    calendar = content.get("academic_calendar")
    return Pack(
        id=content["id"],
        name=content["name"],
        version=hashlib.sha256(encode(written)).hexdigest()[:_VERSION_DIGITS],
        hours=content["hours"]["spans"],
        closed_days=tuple(sorted(closed)),
        document=content["document"],
        hours_cites=_cites(content["hours"]),
        closed_reasons=MappingProxyType(closed),
        source=_source(content["source"]),
        versions=tuple(
            PackVersion(one["effective_from"], one["summary"], _cites(one)) for one in content["versions"]
        ),
        clauses=MappingProxyType({key: _clause(key, one) for key, one in content["clauses"].items()}),
        values=MappingProxyType({name: _section(content[name]) for name in SECTIONS if content[name]}),
        academic_calendar=calendar and _value("academic_calendar", calendar),
        indicators=tuple(_indicator(one) for one in content["indicators"]),
        work_items=tuple(
            WorkItem(one["clause"], one.get("owner", ""), one.get("due")) for one in content["work_items"]
        ),
        written=orjson.dumps(written),
        **_of_the_line(content),
    )


def _of_the_line(content: dict[str, Any]) -> dict[str, Any]:
    """What the express line runs by."""
    return {
        "channels": MappingProxyType(
            {key: Channel(key, one["name"], _cites(one)) for key, one in content["channels"].items()}
        ),
        "units": MappingProxyType(
            {
                key: Unit(key, one["name"], one["kind"], one["machine_queue"], _cites(one))
                for key, one in content["units"].items()
            }
        ),
        "clocks": MappingProxyType(
            {
                key: Clock(one["working_days"], _cites(one).local, one.get("reason", ""), one.get("clause"))
                for key, one in content["clocks"].items()
            }
        ),
    }


def _source(value: dict[str, Any]) -> Source:
    return Source(**{**value, "quotes": tuple(squeezed(quote) for quote in value["quotes"])})


def _clause(key: str, value: dict[str, Any]) -> Clause:
    words: dict[str, Any] = {name: squeezed(value[name]) for name in ("quote", "declined") if name in value}
    fields: dict[str, Any] = {**value, **words, "aliases": tuple(value["aliases"])}
    return Clause(key, **fields)


def _indicator(value: dict[str, Any]) -> Indicator:
    items = tuple(Item(item["clause"], item.get("measure", "")) for item in value["items"])
    return Indicator(value["number"], value["clause"], value["head"], tuple(value["responsible"]), items)


def _section(values: dict[str, Any]) -> Mapping[str, Value]:
    return MappingProxyType({key: _value(key, value) for key, value in values.items()})


def _value(key: str, value: dict[str, Any]) -> Value:
    own = {name: _frozen(inner) for name, inner in value.items() if name not in _CITATION}
    return Value(key, MappingProxyType(own), _cites(value))


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(inner) for key, inner in value.items()})
    return tuple(_frozen(inner) for inner in value) if isinstance(value, list) else value


def _cites(value: dict[str, Any]) -> Citation:
    return Citation(value.get("clause"), value.get("reason", ""), squeezed(value.get("quote", "")))
