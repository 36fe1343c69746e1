"""The latency report at two numbers of tickets, and what rolling up a stage costs; prints one JSON object.

usage: python bench/latency.py [--url TEMPLATE] [--sizes 10000 1000000] [--rounds 15]

Both databases have the same institutions, departments, channels, months and open tickets. Reports on both are
measured in turn, so that a busy machine slows both. Without `--url` (which holds `{service}`; databases
`bench_latency_<size>` must exist and be empty) a private PostgreSQL is started. All tickets are synthetic.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson
import psutil
from sqlalchemy import MetaData, text
from sqlalchemy.schema import CreateIndex, CreateTable

from kernel import instants
from kernel.log.database import Database
from services.feedback.queries.latency import LatencyQuery, report
from services.feedback.storage.latency import (
    ALL_INSTITUTIONS,
    latency_tables,
    open_ticket_index,
    rebuild,
    roll_up,
)
from services.feedback.storage.tables import TICKET
from tests.support.servers import a_postgres

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

INSTITUTIONS, CHANNELS, DEPARTMENTS, OPEN = 5, 5, 20, 2000
YEAR_START = instants.parse("2025-01-01T00:00:00+08:00")
NOW = instants.parse("2026-01-20T00:00:00+08:00")
DAY_US = 24 * 60 * instants.MINUTE
YEAR_US = 365 * DAY_US
JUNE = date(2025, 6, 1), date(2025, 11, 30)
SCHOOLS = [f"school-{number + 1}" for number in range(INSTITUTIONS)]
REPORTS = {
    "all": LatencyQuery(),
    "one institution": LatencyQuery(("school-1",)),
    "months": LatencyQuery(None, None, *JUNE),
    "department": LatencyQuery(("school-1",), "department"),
    "channel": LatencyQuery(("school-1",), "channel"),
    "month": LatencyQuery(("school-1",), "month"),
    "all by department": LatencyQuery(None, "department"),
    "all by channel": LatencyQuery(None, "channel"),
    "all by month": LatencyQuery(None, "month"),
    "months by department": LatencyQuery(("school-1",), "department", *JUNE),
    "months by channel": LatencyQuery(("school-1",), "channel", *JUNE),
    "a year by department": LatencyQuery(("school-1",), "department", date(2025, 1, 1), date(2025, 12, 31)),
    "one day": LatencyQuery(("school-1",), None, date(2025, 6, 5), date(2025, 6, 5)),
}
# Log-normal waits: assigned within hours, replied within days, closed within a day or two.
_TICKETS = f"""
    SELECT md5(n::text || '/' || :seed) AS ticket_id, 'school-' || (1 + n % {INSTITUTIONS}) AS institution,
        'channel-' || (1 + floor({CHANNELS} * random() * random())) AS channel,
        CASE WHEN random() < 0.9
            THEN 'unit-' || (1 + floor({DEPARTMENTS} * random() * random())) ELSE '' END AS department,
        {YEAR_START + YEAR_US} - 1 - floor(random() * :span)::bigint AS submitted_at,
        exp(23.5 + 1.1 * n1)::bigint AS assign, exp(26.6 + 0.8 * n2)::bigint AS reply,
        exp(25.2 + 0.9 * (n1 + n2) / 1.4)::bigint AS close
    FROM (SELECT n, sqrt(-2 * ln(1 - random())) * cos(6.283185307 * random()) AS n1,
            sqrt(-2 * ln(1 - random())) * cos(6.283185307 * random()) AS n2
          FROM generate_series(1, :size) AS n) drawn"""
# Office hours are about a fifth of the time, and none of it where a short stage falls outside of them.
_STAGES = f"""
    SELECT ticket_id, 1 AS round, stage, institution, channel, department, submitted_at, elapsed AS elapsed_us,
        floor(elapsed * 5 / 7 / 86400e6)::int AS working_days,
        greatest(0, elapsed / 5 - 1800000000) AS working_us, 0 AS provisional
    FROM ({_TICKETS}) t CROSS JOIN LATERAL (VALUES ('submit_to_assign', assign), ('assign_to_reply', reply),
        ('submit_to_reply', assign + reply), ('reply_to_close', close),
        ('submit_to_close', assign + reply + close)) AS s(stage, elapsed)"""


def insert_stages(connection: Connection, table: str, size: int, span: int) -> None:
    """Stages of `size` tickets submitted in the last `span` microseconds of the year."""
    seed = str(time.time_ns())
    connection.execute(text("SELECT setseed(:number)"), {"number": size % 1000 / 1000})
    columns = "ticket_id, round, stage, institution, channel, department, submitted_at"
    figures = "elapsed_us, working_days, working_us, provisional"
    statement = f"INSERT INTO {table} ({columns}, {figures}) {_STAGES}"
    connection.execute(text(statement), {"size": size, "seed": seed, "span": span})


def insert_tickets(connection: Connection, size: int) -> None:
    """`size` closed tickets and the open ones; the columns that no report reads hold a filler."""
    filler = {
        column.name: "'x'" if column.type.python_type is str else "0"
        for column in TICKET.c
        if not column.nullable
    }
    filler |= {"ticket_id": "n::text", "institution": f"'school-' || (1 + n % {INSTITUTIONS})"}
    filler |= {
        "number": "n::text",
        "channel": f"'channel-' || (1 + n % {CHANNELS})",
        "lead": f"'unit-' || (1 + n % {DEPARTMENTS})",
        "state": f"CASE WHEN n <= {OPEN} THEN 'assigned' ELSE 'closed' END",
        "received_at": f"{YEAR_START} + floor(random() * {YEAR_US})::bigint",
    }
    connection.execute(
        text(f"""INSERT INTO ticket ({", ".join(filler)})
            SELECT {", ".join(filler.values())} FROM generate_series(1, :size) AS n"""),
        {"size": size + OPEN},
    )


def load(url: str, size: int) -> None:
    """Rows first, then indexes, then counters: the same tables as if every stage had been rolled up."""
    database = Database(url)
    tables = latency_tables(MetaData())
    is_open = next((i for i in TICKET.indexes if i.name == "ticket_open"), None) or open_ticket_index(TICKET)
    with database.write() as connection:
        for table in (*tables.values(), TICKET):
            connection.execute(CreateTable(table))
        insert_stages(connection, "stage", size, YEAR_US)
        insert_tickets(connection, size)
        for index in (*tables["stage"].indexes, is_open):
            connection.execute(CreateIndex(index))
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(rebuild_one, [(url, name) for name in (ALL_INSTITUTIONS, *SCHOOLS)]))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    database.close()


def rebuild_one(place: tuple[str, str]) -> None:
    # Millions of tuples that stay: the collector would look at them over and over.
    gc.disable()
    database = Database(place[0])
    with database.write() as connection:
        rebuild(connection, database.dialect, place[1])
    database.close()


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def ask(database: Database, query: LatencyQuery) -> None:
    with database.read() as connection:
        report(connection, database.dialect, query, NOW)


def flatness(databases: dict[int, Database], rounds: int) -> dict[str, Any]:
    """Milliseconds of each report at each size, and the ratios of the largest to the smallest.

    `ms` is the median by the wall clock, `cpu` the mean CPU time of this process and the server's backend.
    """
    answers = {}
    backends = {size: backend(database) for size, database in databases.items()}
    for name, query in REPORTS.items():
        walls: dict[int, list[float]] = {size: [] for size in databases}
        cpus: dict[int, float] = dict.fromkeys(databases, 0.0)
        for number in range(rounds + 3):
            for size, database in databases.items():
                before = time.process_time() + server_cpu(backends[size])
                took = timed(lambda database=database, query=query: ask(database, query))
                if number >= 3:
                    walls[size].append(took)
                    cpus[size] += time.process_time() + server_cpu(backends[size]) - before
        answers[name] = {
            "ms": {size: round(statistics.median(took), 2) for size, took in walls.items()},
            "cpu": {size: round(cpu / rounds * 1000, 2) for size, cpu in cpus.items()},
        }
        for ratio, figures in (("ratio", answers[name]["ms"]), ("cpu_ratio", answers[name]["cpu"])):
            answers[name][ratio] = round(figures[max(figures)] / figures[min(figures)], 2)
    return answers


def read_whole(database: Database) -> list[str]:
    """Tables that some report read from end to end; the queue of rows to be rolled up may be one."""
    with database.read() as connection:
        for query in REPORTS.values():
            report(connection, database.dialect, query, NOW)
        rows = connection.execute(text("SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0"))
        return sorted(rows.scalars())


def backend(database: Database) -> int:
    """The process that serves this database's pooled connection: the pool hands out the same one again."""
    with database.engine.connect() as connection:
        return connection.execute(text("SELECT pg_backend_pid()")).scalar_one()


def server_cpu(pid: int) -> float:
    """CPU seconds of the backend; what it leaves to the background writers is not its cost."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def roll_up_cost(database: Database, batch: int, rows: int) -> dict[str, float]:
    """CPU microseconds per stage row, of PostgreSQL and of this process, batch by batch with its commit.

    The stages are of tickets of the last forty days, as those that end now mostly are.
    """
    with database.write() as connection:
        insert_stages(connection, "stage_pending", rows // 5, 40 * DAY_US)
    with database.engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        connection.rollback()
        server, own, moved = server_cpu(pid), time.process_time(), 0
        while step := roll_up(connection, database.dialect, batch):
            connection.commit()
            moved += step
        server, own = server_cpu(pid) - server, time.process_time() - own
    return {"postgresql_us": round(server / moved * 1e6, 1), "python_us": round(own / moved * 1e6, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="template with {service}")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--loaded", action="store_true", help="the databases are loaded already")
    asked = parser.parse_args()
    with ExitStack() as stack:
        names = {size: f"bench_latency_{size}" for size in asked.sizes}
        if asked.url:
            urls = {size: asked.url.replace("{service}", name) for size, name in names.items()}
        else:
            server = stack.enter_context(a_postgres())
            urls = {size: server.add_database(name) for size, name in names.items()}
        answer: dict[str, Any] = {"load_seconds": {}}
        for size, url in urls.items():
            if not asked.loaded:
                took = timed(lambda url=url, size=size: load(url, size))
                answer["load_seconds"][size] = round(took / 1000, 1)
        databases = {size: Database(url) for size, url in urls.items()}
        answer["reports"] = flatness(databases, asked.rounds)
        largest = databases[max(databases)]
        answer["read_whole"] = read_whole(largest)
        plan = {50: 2000, 500: 10_000, 5000: 50_000}
        answer["roll_up"] = {batch: roll_up_cost(largest, batch, rows) for batch, rows in plan.items()}
        print(orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())
        for database in databases.values():
            database.close()


if __name__ == "__main__":
    main()
