"""(a) full lifecycles through real RPC, (b) a bare nameko service, (c) the same writes by pgbench; interleaved.

Ours runs with everything on: sealed texts, hash chain, sealing, publishing with confirms, latency counters,
and a consumer that applies every event; its seconds end when the consumer has applied the last one.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psycopg

from apps.cluster.databases import add_database
from bench.bare_nameko.runner import bare_service, report_of, start_load
from bench.stage import Stage, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = (1, 8)
_PARTS = {"rpc": "rpc", "log": "log"}
_PGBENCH = """\
\\set n random(1, 9000000000000000)
BEGIN;
INSERT INTO command VALUES ('s' || :n, '', 'submit', '', :answer, 1);
INSERT INTO stream VALUES ('t' || :n, 'x', 0, 1, :hash, 1);
INSERT INTO event VALUES ('a' || :n, 't' || :n, 1, '', 'submitted', 1, :body, :hash, :hash);
INSERT INTO unsealed (event_id, event_hash) VALUES ('a' || :n, :hash);
INSERT INTO ticket VALUES ('t' || :n, 'submitted', 1);
COMMIT;
"""
_STEP = """\
BEGIN;
INSERT INTO command VALUES ('{step}' || :n, '', '{step}', '', :answer, 1);
UPDATE stream SET version = {version}, base_version = version, head_hash = :hash WHERE stream_id = 't' || :n;
INSERT INTO event VALUES ('{step}' || :n, 't' || :n, {version}, '', '{step}', 1, :body, :hash, :hash);
INSERT INTO unsealed (event_id, event_hash) VALUES ('{step}' || :n, :hash);
UPDATE ticket SET state = '{step}', version = {version} WHERE ticket_id = 't' || :n;
COMMIT;
"""
_SCHEMA = """
CREATE TABLE command (command_id text PRIMARY KEY, subject text, method text, request_hash bytea, answer bytea,
                      recorded_at bigint);
CREATE TABLE stream (stream_id text PRIMARY KEY, institution text, base_version int, version int,
                     head_hash bytea, recorded_at bigint);
CREATE TABLE event (event_id text PRIMARY KEY, stream_id text, stream_version int, command_id text, name text,
                    recorded_at bigint, body bytea, prev_hash bytea, event_hash bytea,
                    UNIQUE (stream_id, stream_version));
CREATE TABLE unsealed (seq bigserial PRIMARY KEY, event_id text, event_hash bytea);
CREATE TABLE ticket (ticket_id text PRIMARY KEY, state text, version int);
"""


def ours(stage: Stage) -> None:
    """Start our processes and wait until they answer."""
    for part in _PARTS:
        words = (sys.executable, "-m", "apps.cli", "serve", "feedback", "--part", part)
        stage.start(part, *words)
    stage.start("consumer", sys.executable, "-m", "bench.consumer")
    wait_until(lambda: _healthy(stage), "our service does not answer")


def _healthy(stage: Stage) -> bool:
    words = [sys.executable, "-m", "apps.cli", "call", "feedback.get_health", "--json"]
    done = subprocess.run(words, env=stage.environment, capture_output=True, check=False)
    return done.returncode == 0


def one_round(stage: Stage, clients: int, seconds: float) -> dict[str, Any]:
    """Ours: rate, milliseconds, and CPU milliseconds per lifecycle by part."""
    before, began = stage.cpu(), time.monotonic()
    report = stage.python("bench.load", str(clients), str(seconds))
    startup = time.monotonic() - began - report["seconds"]
    wait_until(lambda: applied(stage), "the consumer does not catch up")
    lasted = time.monotonic() - began - startup
    used = stage.cpu()
    done = report["lifecycles"]
    cpu = {part: (used[part] - before[part]) * 1000 / (done + report["warm_up"]) for part in used}
    cpu["client"] = report["cpu_seconds"] * 1000 / done
    return {
        "rate": done / lasted,
        "p50": report["p50"],
        "p99": report["p99"],
        "cpu": cpu,
        "cpu_sum": sum(cpu.values()),
    }


def applied(stage: Stage) -> bool:
    """Whether every event is sealed and the consumer has applied the last one."""
    with psycopg.connect(stage.postgres.url_template.format(service="feedback")) as ours_:
        last = ours_.execute("SELECT coalesce(max(position), 0) FROM log_entry").fetchone()
        waiting = ours_.execute("SELECT count(*) FROM unsealed").fetchone()
    with psycopg.connect(stage.postgres.url_template.format(service="bench_consumer")) as theirs:
        reached = theirs.execute("SELECT coalesce(max(position), 0) FROM cursor").fetchone()
    return waiting == (0,) and last == reached


def bare_round(stage: Stage, process: subprocess.Popen[str], clients: int, seconds: float) -> dict[str, Any]:
    """The bare service: the same figures."""
    stage.processes["bare"] = process  # type: ignore[assignment]
    before = stage.cpu()
    report = report_of(start_load(stage.rabbit.amqp_uri, clients, seconds))
    used = stage.cpu()
    del stage.processes["bare"]
    # The load warms up for a second before it counts.
    done = report["lifecycles"] * (1 + 1 / seconds)
    cpu = {part: (used[part] - before[part]) * 1000 / done for part in ("bare", "broker", "postgresql")}
    cpu["client"] = report["cpu_seconds"] * 1000 / report["lifecycles"]
    each = report["commands"].values()
    return {
        "rate": report["lifecycles"] / report["seconds"],
        "p50": statistics.mean(one["p50"] for one in each),
        "p99": max(one["p99"] for one in each),
        "cpu": cpu,
        "cpu_sum": sum(cpu.values()),
    }


def pgbench_round(stage: Stage, clients: int, seconds: int) -> float:
    """Lifecycles per second of the same four durable writes, without any of the rest."""
    script = stage.home / "lifecycle.sql"
    if not script.exists():
        url = add_database(stage.postgres.url_template, "bench_pgbench")
        with psycopg.connect(url) as connection:
            connection.execute(_SCHEMA)
        steps = (("assigned", 2), ("replied", 3), ("closed", 4))
        text = _PGBENCH + "".join(_STEP.format(step=step, version=version) for step, version in steps)
        values = {
            ":answer": "'" + "a" * 300 + "'",
            ":hash": "'" + "h" * 32 + "'",
            ":body": "'" + "b" * 900 + "'",
        }
        script.write_text(re.sub("|".join(values), lambda found: values[found.group()], text))
    url = stage.postgres.url_template.format(service="bench_pgbench")
    words = ["pgbench", "-n", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", str(script), url]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return float(re.search(r"tps = ([\d.]+)", done.stdout).group(1))  # type: ignore[union-attr]


def rounds(stage: Stage, count: int, seconds: float) -> Iterator[dict[str, Any]]:
    """Interleaved rounds of all three."""
    ours(stage)
    bare_url = add_database(stage.postgres.url_template, "bench_bare")
    with bare_service(stage.rabbit.amqp_uri, bare_url) as bare:
        for _ in range(count):
            yield {
                clients: {
                    "ours": one_round(stage, clients, seconds),
                    "bare": bare_round(stage, bare, clients, seconds),
                    "pgbench": pgbench_round(stage, clients, max(1, int(seconds / 2))),
                }
                for clients in CLIENTS
            }


def summary(measured: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians, and ratios of each round's pairs before their median is taken."""
    answer: dict[str, Any] = {}
    for clients in CLIENTS:
        mine = [one[clients]["ours"] for one in measured]
        bare = [one[clients]["bare"] for one in measured]
        limit = [one[clients]["pgbench"] for one in measured]
        pairs = list(zip(mine, bare, strict=True))
        answer[str(clients)] = {
            "ours": _median(mine),
            "bare": _median(bare),
            "pgbench_rate": statistics.median(limit),
            "rate_ratio": statistics.median(a["rate"] / b["rate"] for a, b in pairs),
            "cpu_ratio": statistics.median(a["cpu_sum"] / b["cpu_sum"] for a, b in pairs),
            "p99_by_p50": statistics.median(one["p99"] / one["p50"] for one in mine),
            "share_of_pgbench": statistics.median(
                one["rate"] / best for one, best in zip(mine, limit, strict=True)
            ),
        }
    return answer


def _median(rows: list[dict[str, Any]]) -> dict[str, Any]:
    figures = {name: statistics.median(row[name] for row in rows) for name in ("rate", "p50", "p99", "cpu_sum")}
    parts = {part: statistics.median(row["cpu"][part] for row in rows) for part in rows[0]["cpu"]}
    return figures | {"cpu": parts}
