"""A pack as JSON, for people and machines that want to see what rules an institution runs under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from kernel.policy.titles import TITLES

if TYPE_CHECKING:
    from kernel.policy.pack import Citation, Clause, Indicator, Pack, Value


def describe(pack: Pack) -> dict[str, Any]:
    """The whole pack, JSON-ready; every value with `clause`, `local` and, where local, `reason`.

    `hours.minutes` are the office minutes of a working day; `working_days` of a clock are working days.
    """
    return {
        "id": pack.id,
        "name": pack.name,
        "version": pack.version,
        "document": pack.document,
        "hours": {
            "spans": pack.hours.to_texts(),
            "minutes": sum(end - start for start, end in pack.hours.spans),
            **_cited(pack.hours_cites),
        },
        "closed_days": [
            {"date": day.isoformat(), "local": True, "reason": pack.closed_reasons.get(day, "")}
            for day in pack.closed_days
        ],
        "channels": [
            {"id": channel.id, "name": channel.name, **_cited(channel.cites)}
            for channel in pack.channels.values()
        ],
        "units": [
            {
                "id": unit.id,
                "name": unit.name,
                "kind": unit.kind,
                "machine_queue": unit.machine_queue,
                **_cited(unit.cites),
            }
            for unit in pack.units.values()
        ],
        "clocks": [
            {
                "id": name,
                "working_days": clock.working_days,
                "clause": clock.clause,
                "local": clock.local,
                "reason": clock.reason,
            }
            for name, clock in pack.clocks.items()
        ],
        "source": _plain(
            {
                name: getattr(pack.source, name)
                for name in ("title", "number", "issued_by", "issued_on", "sha256")
            }
        ),
        "versions": [
            {"effective_from": one.effective_from.isoformat(), "summary": one.summary, **_cited(one.cites)}
            for one in pack.versions
        ],
        "academic_calendar": pack.academic_calendar and describe_value(pack.academic_calendar),
        "sections": [
            {"id": name, "title": title, "values": [describe_value(one) for one in pack.section(name).values()]}
            for name, title in TITLES.items()
            if pack.section(name)
        ],
        "indicators": [describe_indicator(pack, indicator) for indicator in pack.indicators],
        "work_items": [
            {**_worded(pack, one.clause), "owner": one.owner or None, "due": _plain(one.due)}
            for one in pack.work_items
        ],
    }


def describe_value(value: Value) -> dict[str, Any]:
    """A value under its id, its fields as the pack writes them, and what it rests on."""
    quoted = {"quote": value.cites.quote} if value.cites.quote else {}
    return {"id": value.id, **_plain(value.content), **_cited(value.cites), **quoted}


def describe_indicator(pack: Pack, indicator: Indicator) -> dict[str, Any]:
    """An indicator with its items and the names of its responsible parties, in the document's words."""
    parties = pack.section("responsible_parties")
    return {
        "number": indicator.number,
        **_worded(pack, indicator.clause),
        "head": pack.section("heads")[indicator.head].content["name"],
        "responsible": [parties[party].content["name"] for party in indicator.responsible],
        "items": [
            {
                **_worded(pack, item.clause),
                "proof": pack.clauses[item.clause].treatment,
                "measure": item.measure or None,
            }
            for item in indicator.items
        ],
    }


def describe_clauses(pack: Pack) -> list[dict[str, Any]]:
    """Every clause in the order of the document, with the places in the pack that rest on it."""
    used: dict[str, list[str]] = {}
    for place, clause in _rests(pack):
        used.setdefault(clause, []).append(place)
    return [_clause(clause, used.get(clause.id, [])) for clause in pack.clauses.values()]


def _clause(clause: Clause, used_by: list[str]) -> dict[str, Any]:
    return {
        "id": clause.id,
        "quote": clause.quote,
        "force": clause.force,
        "treatment": clause.treatment,
        "operative": clause.operative,
        "aliases": list(clause.aliases),
        "declined": clause.declined or None,
        "kept": clause.kept or None,
        "reason": clause.reason or None,
        "used_by": used_by,
    }


def _rests(pack: Pack) -> Iterator[tuple[str, str]]:
    """Each place of the pack with the clause that it rests on."""
    told = describe(pack)
    for name in ("channels", "units", "clocks"):
        yield from ((f"{name}.{row['id']}", row["clause"]) for row in told[name])
    yield from (("versions", row["clause"]) for row in told["versions"])
    for section in told["sections"]:
        for row in section["values"]:
            place = f"{section['id']}.{row['id']}"
            yield place, row["clause"]
            inner = (value for value in row.values() if isinstance(value, dict))
            yield from ((place, value["clause"]) for value in inner if value.get("clause"))
    for row in told["indicators"]:
        yield from ((f"indicators.{row['number']}", one["clause"]) for one in [row, *row["items"]])
    yield from (("work_items", row["clause"]) for row in told["work_items"])


def _worded(pack: Pack, clause: str) -> dict[str, Any]:
    return {"clause": clause, "text": pack.clauses[clause].quote}


def _plain(value: Any) -> Any:
    """Frozen values as JSON has them."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def _cited(citation: Citation) -> dict[str, Any]:
    return {"clause": citation.clause, "local": citation.local, "reason": citation.reason}
