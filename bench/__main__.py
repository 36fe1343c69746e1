"""`make bench`: side by side in one run, and a table in docs/performance.md."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

import orjson

from apps.cli.assembly import migrate_service
from apps.cluster.databases import add_database
from bench import importing, lifecycles, lists, report, verification
from bench.stage import Stage
from kernel.identity.secrets import Secrets
from kernel.log.database import Database
from kernel.settings import Settings


def _verification(settings: Settings, rounds: int) -> dict[str, Any]:
    database = Database(settings.url("feedback"))
    head_key = Secrets.load(settings.secret_file).head_key
    try:
        return verification.compare(database, "feedback", head_key, rounds)
    finally:
        database.close()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--letters", type=Path, help="import this mailbox instead of a synthetic one")
    parser.add_argument("--events", type=int, default=100_000, help="events to import")
    parser.add_argument("--small", type=int, default=10_000, help="tickets at the small size")
    parser.add_argument("--large", type=int, default=1_000_000, help="tickets at the large size")
    return parser.parse_args()


def _measure(stage: Stage, asked: argparse.Namespace) -> dict[str, Any]:
    settings = Settings.from_environment()
    Secrets.load_or_make(settings.secret_file)
    migrate_service(settings, "feedback")
    add_database(stage.postgres.url_template, "bench_consumer")
    measured = []
    for number, one in enumerate(lifecycles.rounds(stage, asked.rounds, asked.seconds), 1):
        measured.append(one)
        print(f"round {number}/{asked.rounds}", file=sys.stderr)
    answer = {"lifecycles": lifecycles.summary(measured)}
    rate = answer["lifecycles"]["8"]["ours"]["rate"]
    answer["import"] = importing.measure(stage, asked.letters, rate, asked.events)
    stage.stop()
    answer["verification"] = _verification(settings, asked.rounds)
    answer["lists"] = lists.measure(stage, (asked.small, asked.large), rounds=15)
    return answer


def main() -> None:
    asked = _asked()
    command = " ".join(["make bench" if len(sys.argv) == 1 else "python -m bench", *sys.argv[1:]])
    conditions = {"command": command, "rounds": asked.rounds, "load_average": os.getloadavg()[0]}
    began = time.monotonic()
    stage = Stage.open()
    try:
        answer = conditions | _measure(stage, asked)
    finally:
        stage.close()
    answer["minutes"] = (time.monotonic() - began) / 60
    report.write(answer)
    print(orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


if __name__ == "__main__":
    main()
