"""Exact order statistics out of counted buckets: each level narrows every question at once.

A question is about the union of some trees (institutions, months) and some loose values (rows that no counter
holds yet, or that only a part of a month asks for). Its cost is a few statements for all questions together,
and per question the counts of a few buckets and what it takes to step through one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from services.feedback.domain import latency
from services.feedback.storage.latency_counters import ALL_MONTHS, Node, Tree, add_counts
from services.feedback.storage.latency_lookups import (
    EVER,
    EVERY,
    AskedNode,
    AskedValues,
    Span,
    read_nodes,
    read_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection


class Counted(NamedTuple):
    """A tree's counts of a bucket's children: those of the months asked for, and those of all months."""

    tree: Tree
    asked: list[int]
    all_months: list[int]


@dataclass(slots=True)
class Question:
    """Which values have these ranks (from 0) among the trees' values and the loose ones."""

    ranks: set[int]
    span: Span
    trees: list[Counted]
    loose: Sequence[int]
    found: dict[int, int] = field(default_factory=dict)

    @property
    def root(self) -> latency.Bucket:
        """The bucket of everything; all trees of a question are of one dimension."""
        return self.trees[0].tree.root if self.trees else latency.root(0)


@dataclass(slots=True)
class _Probe:
    question: Question
    bucket: latency.Bucket
    ranks: list[int]
    below: int
    loose: list[int]
    nodes: list[Tree]
    leaves: list[Tree]
    counted: list[Counted]


_Known = dict[tuple[Span, Tree, latency.Bucket], Counted]
_FEW: Final = 100


def answer(connection: Connection, dialect: str, questions: list[Question]) -> None:
    """Fill in `found` of every question."""
    probes = [
        child
        for question in questions
        if question.ranks
        for child in _children(
            _Probe(
                question, question.root, sorted(question.ranks), 0, list(question.loose), [], [], question.trees
            )
        )
    ]
    in_leaves: list[_Probe] = []
    known: _Known = {}
    while probes:
        # Set aside until all have come to leaves: one look-up then serves every level.
        in_leaves.extend(probe for probe in probes if not probe.nodes)
        probes = [probe for probe in probes if probe.nodes]
        _read_leaves(connection, dialect, probes)
        _read_nodes(connection, dialect, probes, known)
        probes = [child for probe in probes for child in _children(probe)]
    _read_leaves(connection, dialect, in_leaves)
    for probe in in_leaves:
        values = sorted(probe.loose)
        probe.question.found.update((rank, values[rank - probe.below]) for rank in probe.ranks)


def _children(probe: _Probe) -> Iterator[_Probe]:
    """The children that the ranks are in; a child of one value is answered at once."""
    bucket = probe.bucket
    total: list[int] = []
    for _, asked, _ in probe.counted:
        add_counts(total, asked)
    loose: dict[int, list[int]] = defaultdict(list)
    for value in probe.loose:
        loose[latency.index(bucket, value)].append(value)
    add_counts(total, [len(loose.get(place, ())) for place in range(max(loose, default=-1) + 1)])
    up_to = list(accumulate(total))
    ranks: dict[int, list[int]] = defaultdict(list)
    for rank in probe.ranks:
        ranks[bisect_right(up_to, rank - probe.below)].append(rank)
    for place, inside in ranks.items():
        child = latency.child(bucket, place)
        if child.bits == 0:
            probe.question.found.update(dict.fromkeys(inside, child.low))
            continue
        nodes: list[Tree] = []
        leaves: list[Tree] = []
        for tree, asked, all_months in probe.counted:
            if place < len(asked) and asked[place]:
                (nodes if tree.is_counted(child, all_months[place]) else leaves).append(tree)
        below = probe.below + up_to[place] - total[place]
        yield _Probe(probe.question, child, inside, below, loose[place], nodes, leaves, [])


def _read_leaves(connection: Connection, dialect: str, probes: list[_Probe]) -> None:
    places = [(probe, tree) for probe in probes for tree in probe.leaves]
    asked = [_asked(probe, tree) for probe, tree in places]
    found = read_values(connection, dialect, asked)
    for (probe, _), (_, _, skip, _), values in zip(places, asked, found, strict=True):
        probe.loose.extend(values)
        probe.below += skip


def _asked(probe: _Probe, tree: Tree) -> AskedValues:
    node, span = Node(tree, probe.bucket), probe.question.span
    if probe.loose or probe.nodes or len(probe.leaves) > 1:
        return node, span, 0, EVERY
    # Nothing is mixed in: the index alone steps to the ranks, and only their values are sent.
    skip = probe.ranks[0] - probe.below
    return node, span, skip, probe.ranks[-1] - probe.below - skip + 1


def _read_nodes(connection: Connection, dialect: str, probes: list[_Probe], known: _Known) -> None:
    """Give each probe the counts of its nodes; those of the levels below a few probes come with them."""
    places = [(probe.question.span, tree, probe.bucket) for probe in probes for tree in probe.nodes]
    missing = [place for place in dict.fromkeys(places) if place not in known]
    asked: list[AskedNode] = []
    whose: list[Span] = []
    for span, tree, bucket in missing:
        for first, last in dict.fromkeys([(ALL_MONTHS, ALL_MONTHS), span[:2]]):
            asked.append((Node(tree, bucket), first, last))
            whose.append(span)
    # Working time gathers at whole days: a bucket around one is counted down to a microsecond, and each level
    # by itself would be a statement. The levels below a child of the root would be more than the answer.
    below = bool(known) and len(missing) <= _FEW
    for no, bucket, month, counts in read_nodes(connection, dialect, asked, below=below):
        tree = asked[no][0].tree
        counted = known.setdefault((whose[no], tree, bucket), Counted(tree, [], []))
        if month == ALL_MONTHS:
            latency.add_packed(counted.all_months, counts)
        else:
            latency.add_packed(counted.asked, counts)
    for probe in probes:
        span = probe.question.span
        for tree in probe.nodes:
            counted = known.get((span, tree, probe.bucket), Counted(tree, [], []))
            probe.counted.append(counted._replace(asked=counted.all_months) if span is EVER else counted)
