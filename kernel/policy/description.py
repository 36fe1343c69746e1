"""A pack as JSON, for people and machines that want to see what rules an institution runs under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kernel.policy.pack import Citation, Pack


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
    }


def _cited(citation: Citation) -> dict[str, Any]:
    return {"clause": citation.clause, "local": citation.local, "reason": citation.reason}
