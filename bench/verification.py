"""Verification against plain loops over the same rows; prints one JSON object.

usage: python bench/verification.py DATABASE_URL SERVICE SECRET_FILE [--rounds 5]

The plain loop reads the log in its order (position, hash of the previous event, body), hashes each body on
to its chain and decodes it. `unordered` is the same without order and chain: every body of the table as it
comes. All run in turn on the same database, so that a busy machine slows all of them. A ratio is the plain
loop's seconds over ours, 1 meaning equally fast, by wall clock and by this process's CPU time (medians).
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from kernel import envelope
from kernel.identity.secrets import Secrets
from kernel.log.database import Database
from kernel.log.snapshot import Snapshot
from kernel.log.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable


def plain_loop(database: Database) -> int:
    """The log in order, chained and decoded: what no verification can do without."""
    query = (
        "SELECT position, prev_hash, body FROM log_entry"
        " JOIN event ON event.event_id = log_entry.event_id ORDER BY position"
    )
    rows = 0
    with Snapshot(database) as snapshot:
        for _, previous, body in snapshot.rows(query, ("int8", "bytea", "bytea")):
            envelope.event_hash(previous, body)
            orjson.loads(body)
            rows += 1
    return rows


def unordered_loop(database: Database) -> int:
    """Every body, hashed and decoded."""
    rows = 0
    with Snapshot(database) as snapshot:
        for (body,) in snapshot.rows("SELECT body FROM event", ("bytea",)):
            hashlib.sha256(body).digest()
            orjson.loads(body)
            rows += 1
    return rows


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the wall clock and of this process's CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def compare(database: Database, service: str, head_key: bytes, rounds: int) -> dict[str, Any]:
    """Medians of interleaved rounds."""
    nowhere = Path("nowhere")
    work: dict[str, Callable[[], Any]] = {
        "plain": lambda: plain_loop(database),
        "unordered": lambda: unordered_loop(database),
        "verify": lambda: verify(database, service, head_key, nowhere),
        "two_processes": lambda: verify(database, service, head_key, nowhere, workers=2),
    }
    events = plain_loop(database)
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, loop in work.items():
            measured[name].append(timed(loop))
    wall, cpu = (
        {name: statistics.median(times[place] for times in taken) for name, taken in measured.items()}
        for place in (0, 1)
    )
    return {
        "events": events,
        "rounds": rounds,
        **{f"{name}_events_per_second": round(events / seconds) for name, seconds in wall.items()},
        "ratio_wall": round(wall["plain"] / wall["verify"], 3),
        "ratio_cpu": round(cpu["plain"] / cpu["verify"], 3),
        "unordered_ratio_wall": round(wall["unordered"] / wall["verify"], 3),
        "unordered_ratio_cpu": round(cpu["unordered"] / cpu["verify"], 3),
        "two_processes_ratio_wall": round(wall["plain"] / wall["two_processes"], 3),
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
