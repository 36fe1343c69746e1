"""The rows of the counters in the database, read and saved many at once, on PostgreSQL and SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from services.feedback.domain import latency
from services.feedback.storage.latency_counters import (
    DURATIONS,
    MEASURES,
    MonthlyValue,
    Node,
    NodeMonth,
    Root,
    RootKey,
)
from services.feedback.storage.latency_lookups import as_json, asked_rows, read_monthly, read_nodes, steer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, CursorResult, RowMapping

_ASKED_ROOTS: Final = dict.fromkeys(RootKey._fields, "text")
_ROOT_COLUMNS: Final = (
    *RootKey._fields,
    "count",
    "provisional",
    *(f"{measure}_sum" for measure in MEASURES),
    *(f"{measure}_max" for measure in MEASURES),
    "days",
    *(f"{measure}_counts" for measure in DURATIONS),
)
_NODE_COLUMNS: Final = (
    "institution",
    "dimension",
    "key",
    "stage",
    "measure",
    "low",
    "bits",
    "month",
    "counts",
)
_PACKED: Final = frozenset(("counts", "days", *(f"{measure}_counts" for measure in DURATIONS)))
_SENT: Final = {
    **dict.fromkeys(("count", "provisional", "low", *(f"{measure}_max" for measure in MEASURES)), "bigint"),
    "bits": "integer",
}
_NODES_AT_ONCE: Final = 5000


class StoredCounters:
    """`Counters` in the tables of one open transaction."""

    def __init__(self, connection: Connection, dialect: str) -> None:
        """Steer the transaction's plans."""
        self._connection, self._dialect = connection, dialect
        steer(connection, dialect)

    def roots(self, keys: Iterable[RootKey]) -> dict[RootKey, Root]:
        """Those that exist."""
        statement = f"""SELECT r.* FROM {asked_rows(self._dialect, _ASKED_ROOTS)} CROSS JOIN latency_root r
            WHERE r.institution = a.institution AND r.dimension = a.dimension AND r.month = a.month
              AND r.stage = a.stage AND r.key = a.key"""
        parameters = {"asked": as_json(_ASKED_ROOTS, keys)}
        return read_roots(self._connection.execute(text(statement), parameters))

    def save_roots(self, roots: Mapping[RootKey, Root]) -> None:
        """Insert or replace."""
        if roots:
            rows = [_root_row(key, root) for key, root in roots.items()]
            self._save("latency_root", _ROOT_COLUMNS, 5, rows)

    def nodes(self, nodes: Iterable[NodeMonth]) -> dict[NodeMonth, list[int]]:
        """The counts of those that exist."""
        asked = [(node, month, month) for node, month in nodes]
        found: dict[NodeMonth, list[int]] = {}
        for no, _, month, counts in read_nodes(self._connection, self._dialect, asked):
            total: list[int] = []
            latency.add_packed(total, counts)
            found[asked[no][0], month] = total
        return found

    def save_nodes(self, counts: Mapping[NodeMonth, list[int]]) -> None:
        """Insert or replace."""
        rows = [
            (*node.tree, *node.bucket, month, latency.pack(numbers))
            for (node, month), numbers in counts.items()
        ]
        for start in range(0, len(rows), _NODES_AT_ONCE):
            self._save("latency_node", _NODE_COLUMNS, 8, rows[start : start + _NODES_AT_ONCE])

    def values(self, nodes: list[Node]) -> list[list[MonthlyValue]]:
        """Every stored value in these buckets, and its month."""
        return read_monthly(self._connection, self._dialect, nodes) if nodes else []

    def _save(self, table: str, columns: Sequence[str], keys: int, rows: list[tuple[Any, ...]]) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        conflict = ", ".join(f'"{name}"' for name in columns[:keys])
        new = ", ".join(f'"{name}" = excluded."{name}"' for name in columns[keys:])
        parameters: Any
        if self._dialect == "postgresql":
            # One statement for the batch: as many as rows would cost several times the work itself.
            typed = ", ".join(f'"{name}" {_SENT.get(name, "text")}' for name in columns)
            taken = ", ".join(f"decode({name}, 'hex')" if name in _PACKED else f'"{name}"' for name in columns)
            source = f"SELECT {taken} FROM json_to_recordset(CAST(:rows AS json)) AS a({typed}) WHERE true"
            parameters = {"rows": as_json(columns, rows)}
        else:
            source = f"VALUES ({', '.join(f':{name}' for name in columns)})"
            parameters = [dict(zip(columns, row, strict=True)) for row in rows]
        statement = f"INSERT INTO {table} ({names}) {source} ON CONFLICT ({conflict}) DO UPDATE SET {new}"
        self._connection.execute(text(statement), parameters)


def read_roots(rows: CursorResult[Any]) -> dict[RootKey, Root]:
    """Rows of `latency_root`, all columns, by their keys."""
    return {RootKey(*(row[name] for name in RootKey._fields)): _root_of(row) for row in rows.mappings().all()}


def _root_of(row: RowMapping) -> Root:
    root = Root(row["count"], row["provisional"])
    for measure in MEASURES:
        root.sums[measure] = int(row[f"{measure}_sum"])
        root.maxima[measure] = row[f"{measure}_max"]
    root.days.update(latency.unpack_numbers(row["days"]))
    for measure in DURATIONS:
        latency.add_packed(root.counts[measure], row[f"{measure}_counts"])
    return root


def _root_row(key: RootKey, root: Root) -> tuple[Any, ...]:
    return (
        *key,
        root.count,
        root.provisional,
        *(str(root.sums[measure]) for measure in MEASURES),
        *(root.maxima[measure] for measure in MEASURES),
        latency.pack_numbers(root.days),
        *(latency.pack(root.counts[measure]) for measure in DURATIONS),
    )
