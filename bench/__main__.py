"""`make bench`: side by side in one run, and a table in docs/performance.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import orjson

from apps.cli.assembly import migrate_service
from apps.cluster.databases import add_database
from bench import lifecycles
from bench.stage import Stage
from kernel.identity.secrets import Secrets
from kernel.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--letters", type=Path, help="import this mailbox instead of a synthetic one")
    asked = parser.parse_args()
    stage = Stage.open()
    try:
        settings = Settings.from_environment()
        Secrets.load_or_make(settings.secret_file)
        migrate_service(settings, "feedback")
        add_database(stage.postgres.url_template, "bench_consumer")
        measured = []
        for number, one in enumerate(lifecycles.rounds(stage, asked.rounds, asked.seconds), 1):
            measured.append(one)
            print(f"round {number}/{asked.rounds}", file=sys.stderr)
        answer = {"lifecycles": lifecycles.summary(measured)}
        print(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
    finally:
        stage.close()


if __name__ == "__main__":
    main()
