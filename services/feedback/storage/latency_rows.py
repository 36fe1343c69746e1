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
    "skip": "bigint",
    "take": "bigint",
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
_PACKED: Final = frozenset(("counts", "days", *(f"{measure}_counts" for measure in DURATIONS)))
_SENT: Final = {
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


AskedValues = tuple[Node, Span, int, int]
EVERY: Final = 1 << 62
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
    return [(row[0], row[1], row[2]) for row in answer.all()]


def read_values(connection: Connection, dialect: str, asked: Sequence[AskedValues]) -> list[list[int]]:
    """For each (bucket, span of submission, skip, take): its stored values, all or by rank in it.

    Only PostgreSQL in the dimensions of one tree keeps to skip and take by itself.
    """
    kinds: dict[tuple[str, str], list[int]] = defaultdict(list)
    for no, (node, *_) in enumerate(asked):
        kinds[node.tree.measure, node.tree.dimension].append(no)
    found: list[list[int]] = [[] for _ in asked]
    for (measure, dimension), numbers in kinds.items():
        value = f"s.{_VALUE_COLUMN[measure]}"
        stepped = dialect == "postgresql" and dimension != "all"
        order = f"ORDER BY {value} OFFSET a.skip LIMIT a.take" if stepped else ""
        for no, joined in _joined(connection, dialect, [(no, *asked[no]) for no in numbers], (value, order)):
            values = list(map(int, joined.split(",")))
            _, _, skip, take = asked[no]
            found[no] = values if stepped or take == EVERY else sorted(values)[skip : skip + take]
    return found


def read_monthly(connection: Connection, dialect: str, nodes: Sequence[Node]) -> list[list[MonthlyValue]]:
    """The stored values of each bucket with their months."""
    found: list[list[MonthlyValue]] = [[] for _ in nodes]
    kinds: dict[tuple[str, str], list[int]] = defaultdict(list)
    for no, node in enumerate(nodes):
        kinds[node.tree.measure, node.tree.dimension].append(no)
    for (measure, _), numbers in kinds.items():
        shown = f"CAST(s.{_VALUE_COLUMN[measure]} AS text) || ',' || CAST(s.submitted_at AS text)"
        asked = [(no, nodes[no], EVER, 0, EVERY) for no in numbers]
        for no, joined in _joined(connection, dialect, asked, (shown, "")):
            figures = list(map(int, joined.split(",")))
            months = map(latency.month_of, figures[1::2])
            found[no] = list(zip(figures[::2], months, strict=True))
    return found


def _joined(
    connection: Connection,
    dialect: str,
    asked: Sequence[tuple[int, Node, Span, int, int]],
    select: tuple[str, str],
) -> list[tuple[int, str]]:
    """(number of the question, what is selected joined by commas) of nodes of one measure and dimension."""
    _, node, *_ = asked[0]
    shown, order = select
    value = f"s.{_VALUE_COLUMN[node.tree.measure]}"
    if node.tree.dimension == "all":
        # One index less for every row to be written into: an institution has a few channels.
        source = "latency_root c CROSS JOIN stage s"
        where = """c.institution = a.institution AND c.dimension = 'channel' AND c.month = ''
            AND c.stage = a.stage AND s.channel = c.key"""
    else:
        source, where = "stage s", f"{_KEY_COLUMN[node.tree.dimension]} = a.key"
    join = "string_agg(CAST(v AS text), ',')" if dialect == "postgresql" else "group_concat(v, ',')"
    statement = f"""SELECT a.no, (SELECT {join} FROM (
            SELECT {shown} AS v FROM {source}
            WHERE {where} AND s.institution = a.institution AND s.stage = a.stage
              AND {value} >= a.low AND {value} < a.high
              AND s.submitted_at >= a.first AND s.submitted_at < a.last {order}) inside)
        FROM {_asked(dialect, _ASKED_VALUES)}"""
    rows = [
        (no, t.institution, t.key, t.stage, b.low, b.high, span.first_at, span.last_at, skip, take)
        for no, (t, b), span, skip, take in asked
    ]
    answer = connection.execute(text(statement), {"asked": _json(_ASKED_VALUES, rows)}).all()
    return [(row[0], row[1]) for row in answer if row[1]]


def _asked(dialect: str, columns: Mapping[str, str]) -> str:
    if dialect == "postgresql":
        typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        return f"json_to_recordset(CAST(:asked AS json)) AS a({typed})"
    taken = ", ".join(f"json_extract(value, '$.{name}') AS \"{name}\"" for name in columns)
    return f"(SELECT {taken} FROM json_each(:asked)) AS a"


def _json(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    names = tuple(columns)
    return orjson.dumps([dict(zip(names, row, strict=True)) for row in rows], default=bytes.hex).decode()


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
            parameters = {"rows": _json(columns, rows)}
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
