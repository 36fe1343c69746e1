"""What rows of ended stages add to the counters; the counters themselves are behind a port.

All of a batch is added level by level (roots, buckets of the root, their children, …), so that a batch costs
a few statements whatever its size.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from operator import add, itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from services.feedback.domain import latency

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ALL_MONTHS: Final = ""
NO_KEY: Final = ""
# What `institution` is where all institutions are counted together, in dimension 'all'; no institution's id.
ALL_INSTITUTIONS: Final = "*"
# How fine the root of a tree is: its counts are read and written whole, and 'all' has a row for every month.
RESOLUTION: Final = {"all": 3, "channel": 6, "department": 5}
# The index steps through a bucket to the value that is asked for. One with more values has counted children.
SPLIT: Final = 1024
# Measures whose buckets are split; numbers of working days are counted each for itself.
DURATIONS: Final = ("elapsed", "working")
MEASURES: Final = ("elapsed", "working_days", "working")


class StageRow(NamedTuple):
    """A row of `stage` and of `stage_pending`."""

    ticket_id: str
    round: int
    stage: str
    institution: str
    channel: str
    department: str
    submitted_at: int
    elapsed_us: int
    working_days: int
    working_us: int
    provisional: int


class RootKey(NamedTuple):
    """One row of `latency_root`; `month` is '' for all months together."""

    institution: str
    dimension: str
    month: str
    stage: str
    key: str


class Tree(NamedTuple):
    """The buckets of one measure."""

    institution: str
    dimension: str
    key: str
    stage: str
    measure: str

    @property
    def root(self) -> latency.Bucket:
        """The bucket whose children `latency_root` counts."""
        return latency.root(RESOLUTION[self.dimension])

    def is_counted(self, bucket: latency.Bucket, count: int) -> bool:
        """Whether a bucket with so many values, of all months together, has counted children.

        A rule, not a state: the counters are then a function of the values alone, whatever order they came in.
        """
        return count > SPLIT and bucket.bits > 0


class Node(NamedTuple):
    """A bucket of a tree whose children are counted."""

    tree: Tree
    bucket: latency.Bucket


NodeMonth = tuple[Node, str]
MonthlyValue = tuple[int, str]


@dataclass(slots=True)
class Root:
    """The contents of one row of `latency_root`, by measure."""

    count: int = 0
    provisional: int = 0
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEASURES, 0))
    # Of no values; below every value.
    maxima: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEASURES, -(1 << 62)))
    days: Counter[int] = field(default_factory=Counter)
    counts: dict[str, list[int]] = field(default_factory=lambda: {measure: [] for measure in DURATIONS})

    def merge(self, other: Root) -> None:
        """Take in what the other one counts."""
        self.count += other.count
        self.provisional += other.provisional
        for measure in MEASURES:
            self.sums[measure] += other.sums[measure]
            self.maxima[measure] = max(self.maxima[measure], other.maxima[measure])
        self.days.update(other.days)
        for measure in DURATIONS:
            add_counts(self.counts[measure], other.counts[measure])

    def add(self, added: Figures) -> None:
        """Take in figures, apart from their root buckets."""
        self.count += len(added.elapsed)
        self.provisional += sum(added.provisional)
        for measure in MEASURES:
            values = added.values(measure)
            self.sums[measure] += sum(values)
            self.maxima[measure] = max(self.maxima[measure], *values)
        self.days.update(added.working_days)

    def tally(self, added: Figures, resolution: int) -> None:
        """Count the root buckets of figures."""
        for measure in DURATIONS:
            for place, times in Counter(added.places(measure)).items():
                add_times(self.counts[measure], latency.coarser(place, resolution), times)


class Figures(NamedTuple):
    """Rows as the counters see them, column by column: a batch is summed and counted without a loop."""

    elapsed: tuple[int, ...]
    working_days: tuple[int, ...]
    working: tuple[int, ...]
    provisional: tuple[int, ...]
    month: tuple[str, ...] = ()
    elapsed_place: tuple[int, ...] = ()
    working_place: tuple[int, ...] = ()

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> Figures:
        """Figures of rows of which each has the columns in this order."""
        # Not zip(*rows), which makes as many iterators as there are rows.
        return cls(*(tuple(map(itemgetter(place), rows)) for place in range(len(rows[0]))))

    def values(self, measure: str) -> tuple[int, ...]:
        """The values of one measure."""
        if measure == "working_days":
            return self.working_days
        return self.elapsed if measure == "elapsed" else self.working

    def places(self, measure: str) -> tuple[int, ...]:
        """The finest root buckets of a duration."""
        return self.elapsed_place if measure == "elapsed" else self.working_place


class Counters(Protocol):
    """Where counters are kept."""

    def roots(self, keys: Iterable[RootKey]) -> dict[RootKey, Root]:
        """Those that exist."""

    def save_roots(self, roots: Mapping[RootKey, Root]) -> None:
        """Insert or replace."""

    def nodes(self, nodes: Iterable[NodeMonth]) -> dict[NodeMonth, list[int]]:
        """The counts of those that exist."""

    def save_nodes(self, counts: Mapping[NodeMonth, list[int]]) -> None:
        """Insert or replace."""

    def values(self, nodes: list[Node]) -> list[list[MonthlyValue]]:
        """Every stored value in these buckets and its month, those of the batch being added included."""


@dataclass(slots=True)
class _Growth:
    node: Node
    before: int
    values: list[MonthlyValue]

    @property
    def counted_before(self) -> bool:
        return self.node.tree.is_counted(self.node.bucket, self.before)


def add_rows(counters: Counters, rows: Iterable[StageRow], only: str | None = None) -> None:
    """Add rows to the counters, or to one institution's only; `stage` already holds the rows."""
    figures = _figures(rows, only)
    roots = counters.roots(figures)
    for key, added in figures.items():
        root = roots.setdefault(key, Root())
        root.add(added)
        root.tally(added, RESOLUTION[key.dimension])
    counters.save_roots(roots)
    growing = [
        growth for key, added in figures.items() if not key.month for growth in _of_root(key, roots[key], added)
    ]
    while growing:
        growing = _grow(counters, growing)


def _figures(rows: Iterable[StageRow], only: str | None) -> dict[RootKey, Figures]:
    found: dict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    root_index, month_of = latency.root_index, latency.month_of
    for _, _, stage, institution, channel, department, submitted_at, *measured in rows:
        elapsed, _, working, _ = measured
        month = month_of(submitted_at)
        figures = (*measured, month, root_index(elapsed), root_index(working))
        for months in (month, ALL_MONTHS):
            found[ALL_INSTITUTIONS, "all", months, stage, NO_KEY].append(figures)
            found[institution, "all", months, stage, NO_KEY].append(figures)
            found[institution, "channel", months, stage, channel].append(figures)
            found[institution, "department", months, stage, department].append(figures)
    return {
        RootKey(*key): Figures.of(figures) for key, figures in found.items() if only is None or key[0] == only
    }


def _of_root(key: RootKey, root: Root, added: Figures) -> Iterator[_Growth]:
    for measure in DURATIONS:
        tree = Tree(key.institution, key.dimension, key.key, key.stage, measure)
        counts = root.counts[measure]
        grown: dict[int, list[MonthlyValue]] = defaultdict(list)
        if tree.is_counted(tree.root, max(counts)):
            for value, month in zip(added.values(measure), added.month, strict=True):
                grown[latency.index(tree.root, value)].append((value, month))
        yield from _counted(tree, tree.root, counts, grown)


def _counted(
    tree: Tree, bucket: latency.Bucket, counts: list[int], grown: Mapping[int, list[MonthlyValue]]
) -> Iterator[_Growth]:
    for place, values in grown.items():
        child = latency.child(bucket, place)
        if tree.is_counted(child, counts[place]):
            yield _Growth(Node(tree, child), counts[place] - len(values), values)


def _grow(counters: Counters, growing: list[_Growth]) -> list[_Growth]:
    """Count one level; answer what grows in the level below it."""
    # A bucket that has just become full is counted from its rows; one that was empty has them all here.
    filled = [growth for growth in growing if growth.before and not growth.counted_before]
    for growth, values in zip(filled, counters.values([g.node for g in filled]), strict=True):
        growth.before, growth.values = 0, values
    before = counters.nodes(
        (growth.node, month)
        for growth in growing
        if growth.before
        for month in {ALL_MONTHS, *(month for _, month in growth.values)}
    )
    after: dict[NodeMonth, list[int]] = {}
    below: list[_Growth] = []
    for growth in growing:
        node = growth.node
        grown: dict[int, list[MonthlyValue]] = defaultdict(list)
        places: dict[str, Counter[int]] = defaultdict(Counter)
        for value, month in growth.values:
            place = latency.index(node.bucket, value)
            grown[place].append((value, month))
            places[month][place] += 1
            places[ALL_MONTHS][place] += 1
        for month, times in places.items():
            counts = after[node, month] = before.get((node, month), [])
            for place, more in times.items():
                add_times(counts, place, more)
        below.extend(_counted(node.tree, node.bucket, after[node, ALL_MONTHS], grown))
    counters.save_nodes(after)
    return below


def add_counts(counts: list[int], more: list[int]) -> None:
    """Add index by index; the first list grows where it is too short."""
    if len(more) > len(counts):
        counts.extend([0] * (len(more) - len(counts)))
    counts[: len(more)] = map(add, counts, more)


def add_times(counts: list[int], place: int, times: int) -> None:
    """Count an index of the list, which grows where it is too short."""
    if place >= len(counts):
        counts.extend([0] * (place + 1 - len(counts)))
    counts[place] += times
