"""Verification against a plain loop that reads, hashes and decodes the same rows; prints one JSON object.

usage: python bench/verification.py DATABASE_URL SERVICE SECRET_FILE [--rounds 5]

Both run in turn on the same database, so that a busy machine slows both. `ratio` is the plain loop's
seconds over ours, 1 meaning equally fast, by wall clock and by this process's CPU time (medians).
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from kernel.identity.secrets import Secrets
from kernel.log.database import Database
from kernel.log.snapshot import Snapshot
from kernel.log.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable


def plain_loop(database: Database) -> int:
    """Rows read, hashed and decoded: what no verification can do without."""
    sha256, loads, rows = hashlib.sha256, orjson.loads, 0
    with Snapshot(database) as snapshot:
        for (body,) in snapshot.rows("SELECT body FROM event", ("bytea",)):
            sha256(body).digest()
            loads(body)
            rows += 1
    return rows


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the wall clock and of this process's CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def compare(database: Database, service: str, head_key: bytes, rounds: int) -> dict[str, Any]:
    """Medians of interleaved rounds."""
    events = plain_loop(database)
    measured: dict[str, list[tuple[float, float]]] = {"plain": [], "verify": []}
    for _ in range(rounds):
        measured["plain"].append(timed(lambda: plain_loop(database)))
        measured["verify"].append(timed(lambda: verify(database, service, head_key, Path("nowhere"))))
    median = {
        name: [statistics.median(column) for column in zip(*times, strict=True)]
        for name, times in measured.items()
    }
    return {
        "events": events,
        "rounds": rounds,
        "plain_events_per_second": round(events / median["plain"][0]),
        "verify_events_per_second": round(events / median["verify"][0]),
        "ratio_wall": round(median["plain"][0] / median["verify"][0], 3),
        "ratio_cpu": round(median["plain"][1] / median["verify"][1], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database_url")
    parser.add_argument("service")
    parser.add_argument("secret_file", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    database = Database(asked.database_url.replace("{service}", asked.service))
    head_key = Secrets.load(asked.secret_file).head_key
    print(orjson.dumps(compare(database, asked.service, head_key, asked.rounds)).decode())


if __name__ == "__main__":
    main()
