"""The latency report: exact percentiles of every stage, at a cost that does not grow with the tickets.

Source: docs/interface.md §3 `latency`. Percentiles by linear interpolation, as PostgreSQL's `percentile_cont`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kernel import instants
from services.feedback.domain import latency
from services.feedback.domain.ticket.stages import STAGES
from services.feedback.queries.latency_cells import By, Cell, Scope, read_ages, read_cells
from services.feedback.queries.latency_period import period_of
from services.feedback.queries.latency_ranks import answer
from services.feedback.storage.latency_counters import MEASURES
from services.feedback.storage.latency_lookups import steer

if TYPE_CHECKING:
    from collections import Counter
    from datetime import date

    from sqlalchemy import Connection

Answer = dict[str, Any]

_UNITS: Final = {"elapsed": instants.SECOND, "working_days": 1, "working": instants.MINUTE}
_NAMES: Final = {"elapsed": "elapsed_seconds", "working_days": "working_days", "working": "working_minutes"}


@dataclass(frozen=True, slots=True)
class LatencyQuery:
    """What is asked: `institutions` in the caller's scope (None: all), groups, and days of submission in
    Asia/Shanghai, both included.
    """  # noqa: D205 - one sentence

    institutions: tuple[str, ...] | None = None
    by: By | None = None
    submitted_from: date | None = None
    submitted_to: date | None = None


def report(connection: Connection, dialect: str, query: LatencyQuery, now: int) -> Answer:
    """The answer to `get_latency`; `now` (instant) is what the ages of pending tickets are measured to.

    Exact at every moment if the connection sees one snapshot: stages that no counter holds yet are read too.
    `institution` is null unless exactly one was asked for. With `by` every group has the shape of the whole;
    groups come in the order of their keys, null last; those of one key in several institutions are one.
    """
    steer(connection, dialect)
    scope = Scope(query.institutions, query.by, period_of(query.submitted_from, query.submitted_to))
    cells = read_cells(connection, scope)
    every = [cell for stages in cells.values() for cell in stages.values()]
    answer(connection, dialect, [asked for cell in every for asked in cell.ask(_ranks(cell.total.count))])
    ages = read_ages(connection, scope, now)
    institutions = query.institutions or ()
    head: Answer = {
        "institution": institutions[0] if len(institutions) == 1 else None,
        "from": query.submitted_from and query.submitted_from.isoformat(),
        "to": query.submitted_to and query.submitted_to.isoformat(),
        "provisional": any(cell.total.provisional for cell in every),
    }
    if query.by is None:
        return head | _group(cells.get(None, {}), ages.get(None, []))
    keys = sorted(cells.keys() | ages.keys(), key=lambda key: (key is None, key))
    return head | {
        "by": query.by,
        "groups": [{"key": key} | _group(cells.get(key, {}), ages.get(key, [])) for key in keys],
    }


def _group(stages: dict[str, Cell], ages: list[int]) -> Answer:
    pending: Answer = {"count": len(ages)}
    if ages:
        pending["elapsed_seconds"] = latency.statistics_of(ages, sum(ages), instants.SECOND)
    return {"stages": {stage.name: _statistics(stages.get(stage.name)) for stage in STAGES}, "pending": pending}


def _statistics(cell: Cell | None) -> Answer:
    if cell is None:
        return {"count": 0}
    total = cell.total
    found = {measure: question.found for measure, question in cell.questions.items()}
    found["working_days"] = _ranks_of(total.days, _ranks(total.count))
    answers: Answer = {"count": total.count}
    for measure in MEASURES:
        values, unit = found[measure], _UNITS[measure]
        answers[_NAMES[measure]] = {
            name: latency.interpolate(values[lower], values[upper], weight, unit)
            for name, (lower, upper, weight) in latency.percentile_ranks(total.count).items()
        } | {
            "max": latency.quotient(total.maxima[measure], unit),
            "mean": latency.quotient(total.sums[measure], unit * total.count),
        }
    return answers


def _ranks(count: int) -> set[int]:
    return {rank for lower, upper, _ in latency.percentile_ranks(count).values() for rank in (lower, upper)}


def _ranks_of(numbers: Counter[int], ranks: set[int]) -> dict[int, int]:
    found, below, waiting = {}, 0, sorted(ranks, reverse=True)
    for number, times in sorted(numbers.items()):
        below += times
        while waiting and waiting[-1] < below:
            found[waiting.pop()] = number
    return found
