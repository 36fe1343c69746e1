"""What a latency report is made of, read from the counters and from the rows that no counter answers for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from sqlalchemy import text

from services.feedback.domain import latency
from services.feedback.queries.latency_period import Period, month_span
from services.feedback.queries.latency_ranks import Counted, Question
from services.feedback.storage.latency import OPEN_STATES
from services.feedback.storage.latency_counters import (
    ALL_INSTITUTIONS,
    ALL_MONTHS,
    DURATIONS,
    Figures,
    Root,
    RootKey,
    Tree,
)
from services.feedback.storage.latency_lookups import EVER, INSTITUTIONS, Span, counted_institutions
from services.feedback.storage.latency_rows import read_roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

By = Literal["department", "channel", "month"]

_OPEN: Final = ", ".join(f"'{state}'" for state in OPEN_STATES)
# What a row's group is told by; the month is computed from its submission.
_STAGE_KEY: Final = {
    None: "NULL",
    "department": "nullif(department, '')",
    "channel": "channel",
    "month": "NULL",
}
_TICKET_KEY: Final = {**_STAGE_KEY, "department": "lead"}
_NOTHING: Final = Figures((), (), (), ())
_ANY_MONTH: Final = ("0000-00", "9999-99")


class Scope(NamedTuple):
    """Whose tickets (None: all institutions'), in which groups, submitted when."""

    institutions: tuple[str, ...] | None
    by: By | None
    period: Period


@dataclass(slots=True)
class Cell:
    """One stage of one group: totals, and by measure the trees and loose values that its ranks are in."""

    span: Span = EVER
    total: Root = field(default_factory=Root)
    trees: dict[str, list[Counted]] = field(default_factory=lambda: {measure: [] for measure in DURATIONS})
    rows: list[list[int]] = field(default_factory=list)
    loose: Figures = _NOTHING
    questions: dict[str, Question] = field(default_factory=dict)

    def ask(self, ranks: set[int]) -> Iterable[Question]:
        """The questions whose answers are the values of these ranks, by measure."""
        for measure in DURATIONS:
            loose = self.loose.values(measure)
            self.questions[measure] = Question(ranks, self.span, self.trees[measure], loose)
        return self.questions.values()


Cells = dict["str | None", dict[str, Cell]]


def read_cells(connection: Connection, scope: Scope) -> Cells:
    """Cells by key of the group and stage; a cell exists only where it counts something."""
    cells: Cells = defaultdict(lambda: defaultdict(Cell))
    period = scope.period
    if period.months is not None:
        _read_counters(connection, scope, period.months, cells)
    _read_rows(connection, "stage_pending", scope, (period.first_at, period.last_at), cells)
    for part in period.rest:
        _read_rows(connection, "stage", scope, part, cells)
    for stages in cells.values():
        for cell in stages.values():
            if cell.rows:
                cell.loose = Figures.of(cell.rows)
                cell.total.add(cell.loose)
    return cells


def read_ages(connection: Connection, scope: Scope, now: int) -> dict[str | None, list[int]]:
    """Ages (microseconds) of the tickets not yet replied, ascending, by key of the group."""
    rows = _read(
        connection,
        f"SELECT received_at, {_TICKET_KEY[scope.by]} FROM ticket WHERE state IN ({_OPEN}) AND",
        scope.institutions,
        (scope.period.first_at, scope.period.last_at),
        "received_at",
    )
    ages: dict[str | None, list[int]] = defaultdict(list)
    for received_at, key in rows:
        ages[latency.month_of(received_at) if scope.by == "month" else key].append(now - received_at)
    return {key: sorted(values) for key, values in ages.items()}


def _read_rows(connection: Connection, table: str, scope: Scope, part: tuple[int, int], cells: Cells) -> None:
    institutions = scope.institutions
    if institutions is None and table == "stage":
        institutions = counted_institutions(connection)
    figures = "elapsed_us, working_days, working_us, provisional"
    select = f"SELECT stage, {_STAGE_KEY[scope.by]}, submitted_at, {figures} FROM {table} WHERE"
    for stage, key, submitted_at, *measured in _read(connection, select, institutions, part, "submitted_at"):
        group = latency.month_of(submitted_at) if scope.by == "month" else key
        cells[group][stage].rows.append(measured)


def _read(
    connection: Connection,
    select: str,
    institutions: tuple[str, ...] | None,
    part: tuple[int, int],
    submitted: str,
) -> Sequence[Row[Any]]:
    statement = text(f"{select} {submitted} >= :first AND {submitted} < :last")
    parameters: dict[str, Any] = {"first": part[0], "last": part[1]}
    if institutions is not None:
        statement = text(f"{statement.text} AND institution IN :institutions").bindparams(INSTITUTIONS)
        parameters["institutions"] = institutions
    return connection.execute(statement, parameters).all()


def _read_counters(connection: Connection, scope: Scope, months: Span, cells: Cells) -> None:
    by = scope.by
    dimension = "all" if by is None or by == "month" else by
    if scope.institutions is None:
        together = (ALL_INSTITUTIONS,) if dimension == "all" else counted_institutions(connection)
        scope = scope._replace(institutions=together)
    everything = _roots(connection, scope, dimension, (ALL_MONTHS, ALL_MONTHS))
    if months is EVER and by != "month":
        asked = everything
    elif months is EVER:
        asked = _roots(connection, scope, dimension, _ANY_MONTH)
    else:
        asked = _roots(connection, scope, dimension, (months.first_month, months.last_month))
    summed: dict[tuple[str, RootKey], Root] = {}
    for key, root in asked.items():
        month = key.month if by == "month" else ALL_MONTHS
        summed.setdefault((month, key._replace(month=ALL_MONTHS)), Root()).merge(root)
    for (month, key), root in summed.items():
        cell = cells[(month if by == "month" else key.key) or None][key.stage]
        cell.span = month_span(month) if month else months
        cell.total.merge(root)
        for measure in DURATIONS:
            tree = Tree(key.institution, dimension, key.key, key.stage, measure)
            counted = Counted(tree, root.counts[measure], everything[key].counts[measure])
            cell.trees[measure].append(counted)


def _roots(
    connection: Connection, scope: Scope, dimension: str, months: tuple[str, str]
) -> dict[RootKey, Root]:
    statement = text("""SELECT * FROM latency_root
        WHERE institution IN :institutions AND dimension = :dimension AND month >= :first AND month <= :last""")
    statement = statement.bindparams(INSTITUTIONS)
    parameters = {
        "institutions": scope.institutions,
        "dimension": dimension,
        "first": months[0],
        "last": months[1],
    }
    return read_roots(connection.execute(statement, parameters))
