"""The counters that rows make, and whether the stored ones are these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from services.feedback.domain import latency
from services.feedback.storage.latency_counters import ALL_INSTITUTIONS, Node, Root, RootKey, StageRow, add_rows
from services.feedback.storage.latency_rows import read_roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Connection

    from services.feedback.storage.latency_counters import MonthlyValue, NodeMonth

_COLUMNS: Final = ", ".join(StageRow._fields)
_ONE_STAGE: Final = "WHERE institution = :institution AND stage = :stage"


@dataclass(slots=True)
class ExpectedCounters:
    """Counters in memory, of rows added at once: what the tables must hold."""

    root: dict[RootKey, Root] = field(default_factory=dict)
    node: dict[NodeMonth, list[int]] = field(default_factory=dict)

    def roots(self, _keys: Iterable[RootKey]) -> dict[RootKey, Root]:
        """None: everything is added at once."""
        return {}

    def save_roots(self, roots: Mapping[RootKey, Root]) -> None:
        """Keep them."""
        self.root.update(roots)

    def nodes(self, _nodes: Iterable[NodeMonth]) -> dict[NodeMonth, list[int]]:
        """None: every bucket is counted from all of its rows."""
        return {}

    def save_nodes(self, counts: Mapping[NodeMonth, list[int]]) -> None:
        """Keep them."""
        self.node.update(counts)

    def values(self, nodes: list[Node]) -> list[list[MonthlyValue]]:
        """Not asked: no bucket holds anything before."""
        return [[] for _ in nodes]


def expected_buckets(rows: Iterable[StageRow], only: str | None = None) -> ExpectedCounters:
    """The counters that exactly these rows make, or one institution's of them."""
    expected = ExpectedCounters()
    add_rows(expected, rows, only)
    return expected


def expected_of(connection: Connection, institution: str, stage: str) -> ExpectedCounters:
    """The counters of one institution's stage, or of `ALL_INSTITUTIONS`'s, that its rows make."""
    where = "WHERE stage = :stage" if institution == ALL_INSTITUTIONS else _ONE_STAGE
    one = {"stage": stage} if institution == ALL_INSTITUTIONS else {"institution": institution, "stage": stage}
    rows = connection.execute(text(f"SELECT {_COLUMNS} FROM stage {where}"), one)
    return expected_buckets(map(StageRow._make, rows.all()), institution)


def check(connection: Connection) -> list[str]:
    """Every counter that is not what the rows of `stage` make, one sentence each; empty when all are right.

    Reads all rows, one stage at a time, in one snapshot if the connection has one.
    """
    faults: list[str] = []
    pairs = f"""SELECT institution, stage FROM stage UNION SELECT '{ALL_INSTITUTIONS}', stage FROM stage
        UNION SELECT institution, stage FROM latency_root ORDER BY 1, 2"""
    for institution, stage in connection.execute(text(pairs)).all():
        faults.extend(_check_stage(connection, {"institution": institution, "stage": stage}))
    return faults


def _check_stage(connection: Connection, one: dict[str, str]) -> Iterator[str]:
    where = _ONE_STAGE
    expected = expected_of(connection, **one)
    roots = read_roots(connection.execute(text(f"SELECT * FROM latency_root {where}"), one))
    nodes: dict[Any, Any] = {
        tuple(row[:-1]): bytes(row[-1])
        for row in connection.execute(
            text(f"SELECT dimension, key, measure, low, bits, month, counts FROM latency_node {where}"), one
        )
    }
    expected_nodes: dict[Any, Any] = {
        (tree.dimension, tree.key, tree.measure, *bucket, month): latency.pack(counts)
        for ((tree, bucket), month), counts in expected.node.items()
    }
    for table, found, right in (("root", roots, expected.root), ("node", nodes, expected_nodes)):
        for key in sorted(found.keys() | right.keys()):
            if found.get(key) != right.get(key):
                yield f"latency_{table} of {one['institution']}/{one['stage']} is wrong at {key}"
