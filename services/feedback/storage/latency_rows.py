"""The counters' rows in the database: look-ups of many keys in one statement, on PostgreSQL and SQLite.

Keys go in as one JSON parameter. As bound values they would exceed SQLite's limit, and their number would make
every statement text new to the driver and to PostgreSQL.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from sqlalchemy import text

from services.feedback.domain import latency
from services.feedback.storage.latency_counters import (
    ALL_MONTHS,
    DURATIONS,
    MEASURES,
    MonthlyValue,
    Node,
    NodeMonth,
    Root,
    RootKey,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, CursorResult, RowMapping

# Every look-up here is a nested loop over an index. On tables that were small or not yet analysed when the
# statement was planned, PostgreSQL would read the whole table, and keep doing so as it grows.
_STEER: Final = text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), "
    "set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)"
)
_VALUE_COLUMN: Final = {"elapsed": "elapsed_us", "working": "working_us"}
_KEY_COLUMN: Final = {"channel": "s.channel", "department": "coalesce(s.department, '')"}
_ASKED_VALUES: Final = {
    "no": "integer",
    "institution": "text",
    "key": "text",
    "stage": "text",
    "low": "bigint",
    "high": "bigint",
    "first": "bigint",
    "last": "bigint",
}
_ASKED_NODES: Final = {
    "no": "integer",
    "institution": "text",
    "dimension": "text",
    "key": "text",
    "stage": "text",
    "measure": "text",
    "low": "bigint",
    "bits": "integer",
    "first": "text",
    "last": "text",
}
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
_TYPES: Final = {
    "counts": "bytea",
    "days": "bytea",
    **{f"{measure}_counts": "bytea" for measure in DURATIONS},
    **dict.fromkeys(("count", "provisional", "low", *(f"{measure}_max" for measure in MEASURES)), "bigint"),
    "bits": "integer",
}
_NODES_AT_ONCE: Final = 5000


class Span(NamedTuple):
    """Months of submission, both included, and the same as instants, the last excluded."""

    first_month: str
    last_month: str
    first_at: int
    last_at: int


EVER: Final = Span(ALL_MONTHS, ALL_MONTHS, -(1 << 62), 1 << 62)


def steer(connection: Connection, dialect: str) -> None:
    """Keep PostgreSQL on the indexes for the rest of this transaction."""
    if dialect == "postgresql":
        connection.execute(_STEER)


def read_nodes(
    connection: Connection, dialect: str, asked: Sequence[tuple[Node, str, str]]
) -> list[tuple[int, str, bytes]]:
    """Packed counts of (node, first month, last month): (number of the question, month, counts) each."""
    if not asked:
        return []
    rows = [
        (no, tree.institution, tree.dimension, tree.key, tree.stage, tree.measure, *bucket, first, last)
        for no, ((tree, bucket), first, last) in enumerate(asked)
    ]
    statement = f"""SELECT a.no, n.month, n.counts FROM {_asked(dialect, _ASKED_NODES)}
        CROSS JOIN latency_node n
        WHERE n.institution = a.institution AND n.dimension = a.dimension AND n.key = a.key
          AND n.stage = a.stage AND n.measure = a.measure AND n.low = a.low AND n.bits = a.bits
          AND n.month >= a.first AND n.month <= a.last"""
    answer = connection.execute(text(statement), {"asked": _json(_ASKED_NODES, rows)})
    return [(row[0], row[1], row[2]) for row in answer]


def read_values(
    connection: Connection, dialect: str, asked: Sequence[tuple[Node, Span]]
) -> list[list[tuple[int, int]]]:
    """The stored (value, submitted at) of each bucket and span of submission."""
    kinds: dict[tuple[str, str], list[int]] = defaultdict(list)
    for no, (node, _) in enumerate(asked):
        kinds[node.tree.measure, node.tree.dimension].append(no)
    found: list[list[tuple[int, int]]] = [[] for _ in asked]
    for (measure, dimension), numbers in kinds.items():
        rows = [_asked_value(no, *asked[no]) for no in numbers]
        parameters = {"asked": _json(_ASKED_VALUES, rows)}
        for no, joined in connection.execute(text(_values(dialect, measure, dimension)), parameters):
            if joined:
                numbers_in = list(map(int, joined.split(",")))
                found[no] = list(zip(numbers_in[::2], numbers_in[1::2], strict=True))
    return found


def _asked_value(no: int, node: Node, span: Span) -> tuple[Any, ...]:
    tree, bucket = node
    return (no, tree.institution, tree.key, tree.stage, bucket.low, bucket.high, span.first_at, span.last_at)


def _values(dialect: str, measure: str, dimension: str) -> str:
    value = f"s.{_VALUE_COLUMN[measure]}"
    joined = "string_agg" if dialect == "postgresql" else "group_concat"
    if dimension == "all":
        # One index less for every row to be written into: an institution has a few channels.
        source = "latency_root c CROSS JOIN stage s"
        where = """c.institution = a.institution AND c.dimension = 'channel' AND c.month = ''
            AND c.stage = a.stage AND s.channel = c.key"""
    else:
        source, where = "stage s", f"{_KEY_COLUMN[dimension]} = a.key"
    return f"""SELECT a.no, (
            SELECT {joined}(CAST({value} AS text) || ',' || CAST(s.submitted_at AS text), ',')
            FROM {source}
            WHERE {where} AND s.institution = a.institution AND s.stage = a.stage
              AND {value} >= a.low AND {value} < a.high
              AND s.submitted_at >= a.first AND s.submitted_at < a.last)
        FROM {_asked(dialect, _ASKED_VALUES)}"""


def _asked(dialect: str, columns: Mapping[str, str]) -> str:
    if dialect == "postgresql":
        typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        return f"json_to_recordset(CAST(:asked AS json)) AS a({typed})"
    taken = ", ".join(f"json_extract(value, '$.{name}') AS \"{name}\"" for name in columns)
    return f"(SELECT {taken} FROM json_each(:asked)) AS a"


def _json(columns: Mapping[str, str], rows: Iterable[Iterable[Any]]) -> str:
    return orjson.dumps([dict(zip(columns, row, strict=True)) for row in rows]).decode()


class StoredCounters:
    """`Counters` in the tables of one open transaction."""

    def __init__(self, connection: Connection, dialect: str) -> None:
        """Steer the transaction's plans."""
        self._connection, self._dialect = connection, dialect
        steer(connection, dialect)

    def roots(self, keys: Iterable[RootKey]) -> dict[RootKey, Root]:
        """Those that exist."""
        statement = f"""SELECT r.* FROM {_asked(self._dialect, _ASKED_ROOTS)} CROSS JOIN latency_root r
            WHERE r.institution = a.institution AND r.dimension = a.dimension AND r.month = a.month
              AND r.stage = a.stage AND r.key = a.key"""
        parameters = {"asked": _json(_ASKED_ROOTS, keys)}
        return read_roots(self._connection.execute(text(statement), parameters))

    def save_roots(self, roots: Mapping[RootKey, Root]) -> None:
        """Insert or replace."""
        self._save("latency_root", _ROOT_COLUMNS, 5, [_root_row(key, root) for key, root in roots.items()])

    def nodes(self, nodes: Iterable[NodeMonth]) -> dict[NodeMonth, list[int]]:
        """The counts of those that exist."""
        asked = [(node, month, month) for node, month in nodes]
        found: dict[NodeMonth, list[int]] = {}
        for no, month, counts in read_nodes(self._connection, self._dialect, asked):
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
        found = read_values(self._connection, self._dialect, [(node, EVER) for node in nodes])
        return [[(value, latency.month_of(at)) for value, at in values] for values in found]

    def _save(self, table: str, columns: Sequence[str], keys: int, rows: list[tuple[Any, ...]]) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        conflict = ", ".join(f'"{name}"' for name in columns[:keys])
        new = ", ".join(f'"{name}" = excluded."{name}"' for name in columns[keys:])
        if self._dialect == "postgresql":
            # One statement for the batch: as many as rows would cost several times the work itself.
            arrays = ", ".join(f"CAST(:{name} AS {_TYPES.get(name, 'text')}[])" for name in columns)
            source = f"SELECT * FROM unnest({arrays})"
            parameters: Any = dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))
        else:
            source = f"VALUES ({', '.join(f':{name}' for name in columns)})"
            parameters = [dict(zip(columns, row, strict=True)) for row in rows]
        statement = f"INSERT INTO {table} ({names}) {source} ON CONFLICT ({conflict}) DO UPDATE SET {new}"
        self._connection.execute(text(statement), parameters)


def read_roots(rows: CursorResult[Any]) -> dict[RootKey, Root]:
    """Rows of `latency_root`, all columns, by their keys."""
    return {RootKey(*(row[name] for name in RootKey._fields)): _root_of(row) for row in rows.mappings()}


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
