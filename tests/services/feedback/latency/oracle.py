"""The report once more, over plain lists, with fractions, and without any of the code it checks."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.feedback.storage.latency import StageRow

STAGES = ("submit_to_assign", "assign_to_reply", "submit_to_reply", "reply_to_close", "submit_to_close")
_SHANGHAI = timezone(timedelta(hours=8))
_FIGURES = {
    "elapsed_seconds": ("elapsed_us", 10**6),
    "working_days": ("working_days", 1),
    "working_minutes": ("working_us", 60 * 10**6),
}
Open = tuple[str, str, str | None, int]


@cache
def day_of(instant: int) -> date:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    return moment.astimezone(_SHANGHAI).date()


def number(exact: Fraction) -> float | int:
    return int(exact) if exact.denominator == 1 else exact.numerator / exact.denominator


def percentile(ordered: list[int], share: Fraction) -> Fraction:
    place = share * (len(ordered) - 1)
    below = place.numerator // place.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def figures(values: list[int], unit: int) -> dict[str, float | int]:
    ordered = sorted(values)
    return {
        "p50": number(percentile(ordered, Fraction(50, 100)) / unit),
        "p90": number(percentile(ordered, Fraction(90, 100)) / unit),
        "p99": number(percentile(ordered, Fraction(99, 100)) / unit),
        "max": number(Fraction(ordered[-1], unit)),
        "mean": number(Fraction(sum(values), unit * len(values))),
    }


def expected(
    rows: Iterable[StageRow],
    tickets: Iterable[Open],
    now: int,
    scope: tuple[tuple[str, ...] | None, str | None, date | None, date | None],
) -> dict[str, Any]:
    institutions, by, first, last = scope

    def asked(institution: str, instant: int) -> bool:
        day = day_of(instant)
        in_scope = institutions is None or institution in institutions
        return in_scope and (first is None or first <= day) and (last is None or day <= last)

    rows = [row for row in rows if asked(row.institution, row.submitted_at)]
    tickets = [ticket for ticket in tickets if asked(ticket[0], ticket[3])]
    head = {
        "institution": institutions[0] if institutions and len(institutions) == 1 else None,
        "from": None if first is None else str(first),
        "to": None if last is None else str(last),
        "provisional": any(row.provisional for row in rows),
    }
    if by is None:
        return head | _group(rows, [now - received for *_, received in tickets])
    groups: dict[str | None, tuple[list[StageRow], list[int]]] = defaultdict(lambda: ([], []))
    for row in rows:
        groups[_key(by, row.channel, row.department or None, row.submitted_at)][0].append(row)
    for _, channel, lead, received in tickets:
        groups[_key(by, channel, lead, received)][1].append(now - received)
    ordered = sorted(groups, key=lambda key: (key is None, key))
    return head | {"by": by, "groups": [{"key": key} | _group(*groups[key]) for key in ordered]}


def _key(by: str, channel: str, department: str | None, instant: int) -> str | None:
    return {"department": department, "channel": channel, "month": str(day_of(instant))[:7]}[by]


def _group(rows: list[StageRow], ages: list[int]) -> dict[str, Any]:
    stages: dict[str, Any] = {}
    for stage in STAGES:
        ended = [row for row in rows if row.stage == stage]
        stages[stage] = {"count": len(ended)}
        if ended:
            for name, (column, unit) in _FIGURES.items():
                stages[stage][name] = figures([getattr(row, column) for row in ended], unit)
    pending: dict[str, Any] = {"count": len(ages)}
    if ages:
        pending["elapsed_seconds"] = figures(ages, 10**6)
    return {"stages": stages, "pending": pending}
