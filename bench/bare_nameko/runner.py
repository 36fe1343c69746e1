"""Starts the bare service, and the load on it, in an environment of their own.

By hand: `python -m bench.bare_nameko.runner AMQP_URI DATABASE_URL [CLIENTS [SECONDS]]` prints a report.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.contracts.environments import python_with

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


def interpreter() -> Path:
    """The environment's Python; made at the first call, which takes half a minute."""
    return python_with(HERE / "requirements.txt")


@contextmanager
def bare_service(amqp_uri: str, database_url: str) -> Iterator[subprocess.Popen[str]]:
    """The service, ready, for the block; `pid` is the one process it runs in.

    `database_url` is a PostgreSQL URL of an empty database, with or without a driver's name.
    """
    url = f"postgresql+psycopg2://{database_url.partition('://')[2]}"
    command = [str(interpreter()), "-W", "ignore", str(HERE / "service.py"), amqp_uri, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        try:
            if service.stdout is None or service.stdout.readline() != "ready\n":
                raise RuntimeError("the bare service does not start")
            yield service
        finally:
            service.terminate()


def start_load(amqp_uri: str, clients: int, seconds: float, warm_up: float = 1.0) -> subprocess.Popen[str]:
    """The load, running: `report_of` waits for it."""
    arguments = [amqp_uri, str(clients), str(seconds), str(warm_up)]
    command = [str(interpreter()), "-W", "ignore", str(HERE / "load.py"), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def report_of(load: subprocess.Popen[str]) -> dict[str, Any]:
    """What the load measured (see `load.py`)."""
    with load:
        output, _ = load.communicate()
    if load.returncode != 0:
        raise RuntimeError("the load on the bare service failed")
    report: dict[str, Any] = json.loads(output)
    return report


def main(amqp_uri: str, database_url: str, clients: str = "8", seconds: str = "5") -> None:
    with bare_service(amqp_uri, database_url):
        print(json.dumps(report_of(start_load(amqp_uri, int(clients), float(seconds)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
