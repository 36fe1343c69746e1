"""Nodes and values in the database: look-ups of many keys in one statement, on PostgreSQL and SQLite.

Keys go in as one JSON parameter. As bound values they would exceed SQLite's limit, and their number would make
every statement text new to the driver and to PostgreSQL.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from sqlalchemy import BindParameter, String, bindparam, text

from services.feedback.domain import latency
from services.feedback.storage.latency_counters import (
    ALL_INSTITUTIONS,
    ALL_MONTHS,
    MonthlyValue,
    Node,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

# Every look-up here is a nested loop over an index. On tables that were small or not yet analysed when the
# statement was planned, PostgreSQL would read the whole table, and keep doing so as it grows.
_STEER: Final = text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), "
    "set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)"
)
_VALUE_COLUMN: Final = {"elapsed": "elapsed_us", "working": "working_us"}
_KEY: Final = {
    "all": "a.key = ''",
    "channel": "s.channel = a.key",
    "department": "s.department = a.key",
}
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
_EXACTLY: Final = "n.low = a.low AND n.bits = a.bits"
_ASKED_NODES: Final = {
    "no": "integer",
    "institution": "text",
    "dimension": "text",
    "key": "text",
    "stage": "text",
    "measure": "text",
    "low": "bigint",
    "high": "bigint",
    "bits": "integer",
    "first": "text",
    "last": "text",
}


class Span(NamedTuple):
    """Months of submission, both included, and the same as instants, the last excluded."""

    first_month: str
    last_month: str
    first_at: int
    last_at: int


INSTITUTIONS: Final[BindParameter[str]] = bindparam("institutions", type_=String, expanding=True)
AskedValues = tuple[Node, Span, int, int]
AskedNode = tuple[Node, str, str]
EVERY: Final = 1 << 62
EVER: Final = Span(ALL_MONTHS, ALL_MONTHS, -(1 << 62), 1 << 62)


def steer(connection: Connection, dialect: str) -> None:
    """Keep PostgreSQL on the indexes for the rest of this transaction."""
    if dialect == "postgresql":
        connection.execute(_STEER)


def read_nodes(
    connection: Connection, dialect: str, asked: Sequence[AskedNode], *, below: bool = False
) -> list[tuple[int, latency.Bucket, str, bytes]]:
    """Packed counts of (node, first month, last month): (number of the question, bucket, month, counts) each.

    `below` asks for every node of the tree inside these buckets too.
    """
    if not asked:
        return []
    rows = [
        (no, *tree, bucket.low, bucket.high, bucket.bits, first, last)
        for no, ((tree, bucket), first, last) in enumerate(asked)
    ]
    # Two texts: an inequality, even one that leaves a single bucket, would keep the index from using the month.
    inside = "n.low >= a.low AND n.low < a.high AND n.bits <= a.bits" if below else _EXACTLY
    statement = f"""SELECT a.no, n.low, n.bits, n.month, n.counts FROM {asked_rows(dialect, _ASKED_NODES)}
        CROSS JOIN latency_node n
        WHERE n.institution = a.institution AND n.dimension = a.dimension AND n.key = a.key
          AND n.stage = a.stage AND n.measure = a.measure AND {inside}
          AND n.month >= a.first AND n.month <= a.last"""
    answer = connection.execute(text(statement), {"asked": as_json(_ASKED_NODES, rows)})
    return [(row[0], latency.Bucket(row[1], row[2]), row[3], row[4]) for row in answer.all()]


def read_values(connection: Connection, dialect: str, asked: Sequence[AskedValues]) -> list[list[int]]:
    """For each (bucket, span of submission, skip, take): its stored values, all or by rank in it.

    PostgreSQL steps to the ranks by itself; SQLite takes no limit from another row.
    """
    found: list[list[int]] = [[] for _ in asked]
    for numbers in _kinds(node for node, *_ in asked):
        value = f"s.{_VALUE_COLUMN[asked[numbers[0]][0].tree.measure]}"
        order = f"ORDER BY {value} OFFSET a.skip LIMIT a.take" if dialect == "postgresql" else ""
        for no, joined in _joined(connection, dialect, [(no, *asked[no]) for no in numbers], (value, order)):
            values = list(map(int, joined.split(",")))
            _, _, skip, take = asked[no]
            found[no] = values if order or take == EVERY else sorted(values)[skip : skip + take]
    return found


def read_monthly(connection: Connection, dialect: str, nodes: Sequence[Node]) -> list[list[MonthlyValue]]:
    """The stored values of each bucket with their months."""
    found: list[list[MonthlyValue]] = [[] for _ in nodes]
    for numbers in _kinds(nodes):
        value = f"s.{_VALUE_COLUMN[nodes[numbers[0]].tree.measure]}"
        shown = f"CAST({value} AS text) || ',' || CAST(s.submitted_at AS text)"
        asked = [(no, nodes[no], EVER, 0, EVERY) for no in numbers]
        for no, joined in _joined(connection, dialect, asked, (shown, "")):
            figures = list(map(int, joined.split(",")))
            months = map(latency.month_of, figures[1::2])
            found[no] = list(zip(figures[::2], months, strict=True))
    return found


def _kinds(nodes: Iterable[Node]) -> list[list[int]]:
    """The numbers of the nodes that one statement looks up."""
    kinds: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
    for no, (tree, _) in enumerate(nodes):
        kinds[tree.measure, tree.dimension, tree.institution == ALL_INSTITUTIONS].append(no)
    return list(kinds.values())


def _joined(
    connection: Connection,
    dialect: str,
    asked: Sequence[tuple[int, Node, Span, int, int]],
    select: tuple[str, str],
) -> list[tuple[int, str]]:
    """(number of the question, what is selected joined by commas) of nodes of one kind."""
    (_, (tree, _), *_), (shown, order) = asked[0], select
    value = f"s.{_VALUE_COLUMN[tree.measure]}"
    join = "string_agg(CAST(v AS text), ',')" if dialect == "postgresql" else "group_concat(v, ',')"
    everywhere = tree.institution == ALL_INSTITUTIONS
    whose = "s.institution IN :institutions" if everywhere else "s.institution = a.institution"
    statement = text(f"""SELECT a.no, (SELECT {join} FROM (
            SELECT {shown} AS v FROM stage s
            WHERE {whose} AND {_KEY[tree.dimension]} AND s.stage = a.stage
              AND {value} >= a.low AND {value} < a.high
              AND s.submitted_at >= a.first AND s.submitted_at < a.last {order}) inside)
        FROM {asked_rows(dialect, _ASKED_VALUES)}""")
    rows = [
        (no, t.institution, t.key, t.stage, b.low, b.high, span.first_at, span.last_at, skip, take)
        for no, (t, b), span, skip, take in asked
    ]
    parameters: dict[str, Any] = {"asked": as_json(_ASKED_VALUES, rows)}
    if everywhere:
        statement = statement.bindparams(INSTITUTIONS)
        parameters["institutions"] = counted_institutions(connection)
    return [(row[0], row[1]) for row in connection.execute(statement, parameters).all() if row[1]]


def counted_institutions(connection: Connection) -> tuple[str, ...]:
    """Those that have counters, each found by one step in the index rather than among all counters."""
    found = connection.execute(
        text("""WITH RECURSIVE one(institution) AS (
            SELECT min(institution) FROM latency_root
            UNION ALL
            SELECT (SELECT min(r.institution) FROM latency_root r WHERE r.institution > one.institution)
            FROM one WHERE one.institution IS NOT NULL)
        SELECT institution FROM one WHERE institution <> :everywhere"""),
        {"everywhere": ALL_INSTITUTIONS},
    )
    return tuple(found.scalars())


def asked_rows(dialect: str, columns: Mapping[str, str]) -> str:
    """The source `a` of a statement: rows of the parameter `asked`, by column and PostgreSQL type."""
    if dialect == "postgresql":
        typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        return f"json_to_recordset(CAST(:asked AS json)) AS a({typed})"
    taken = ", ".join(f"json_extract(value, '$.{name}') AS \"{name}\"" for name in columns)
    return f"(SELECT {taken} FROM json_each(:asked)) AS a"


def as_json(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Rows as such a parameter; bytes are hexadecimal digits."""
    names = tuple(columns)
    return orjson.dumps([dict(zip(names, row, strict=True)) for row in rows], default=bytes.hex).decode()
