"""The distributed system of a test: databases, a virtual host, and processes of `zhitongche serve`.

Every process stands under a keeper (apps/cluster/keeper.py), so it ends with the test, however that ends.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg

from apps.cli.assembly import migrate_service
from apps.cluster.processes import KeptProcess
from kernel.refusals import Unavailable
from kernel.runtime.distributed.client import RpcClient
from kernel.settings import Settings
from tests.support.lending import lent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.servers import Postgres, Rabbit

ROOT = Path(__file__).parents[2]
ZHITONGCHE = [sys.executable, "-W", "ignore", "-m", "apps.cli"]
READY_SECONDS = 60.0
FEEDBACK = "feedback"


class ServiceProcess:
    """One `zhitongche` process, and what it started."""

    def __init__(self, words: list[str], environment: dict[str, str], output: Path) -> None:
        self.output = output
        self._kept = KeptProcess(
            [*ZHITONGCHE, *words], env={**os.environ, **environment}, directory=ROOT, output=output
        )

    @property
    def pid(self) -> int:
        return self._kept.pid

    def running(self) -> bool:
        return self._kept.running()

    def children(self, part: str) -> list[int]:
        """The pids of a supervisor's processes of one part."""
        found = []
        for child in psutil.Process(self.pid).children():
            try:
                if child.cmdline()[-1:] == [part]:
                    found.append(child.pid)
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        return found

    def send(self, number: int) -> None:
        self._kept.send(number)

    def kill(self) -> None:
        """SIGKILL; returns when it has gone, and all it started with it."""
        self._kept.kill()

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self._kept.stop(signal.SIGTERM, 40.0)
        return self._kept.wait()

    def words(self) -> str:
        """All it said."""
        return self.output.read_text(encoding="utf-8", errors="replace")


class Cluster:
    """The databases of services, a virtual host, and the processes that a test starts on them.

    `FEEDBACK` is meant where a test names no service.
    """

    def __init__(self, home: Path, database_url: str, amqp_uri: str, services: tuple[str, ...]) -> None:
        self.environment = {
            "ZHITONGCHE_HOME": str(home),
            "ZHITONGCHE_DATABASE_URL": database_url,
            "ZHITONGCHE_AMQP_URI": amqp_uri,
        }
        self.settings = Settings.from_environment(self.environment)
        self.processes: list[ServiceProcess] = []
        self.services = services
        for service in services:
            migrate_service(self.settings, service)

    @property
    def amqp_uri(self) -> str:
        return self.settings.amqp_uri

    def serve(
        self, part: str | None = None, *, service: str = FEEDBACK, supervised: bool = False
    ) -> ServiceProcess:
        """A process of one part of a service, or a supervisor of both."""
        assert supervised is (part is None)
        words = ["serve", service, *(["--part", part] if part else [])]
        output = self.settings.home / f"{service}-{part or 'supervisor'}-{len(self.processes)}.output"
        process = ServiceProcess(words, self.environment, output)
        self.processes.append(process)
        return process

    def await_ready(self) -> None:
        """Return when every service answers over RabbitMQ."""
        for service in self.services:
            try:
                with RpcClient(self.amqp_uri) as client:
                    client.call_with_retry(f"{service}.get_health", {}, patience=READY_SECONDS)
            except Unavailable as fault:
                raise AssertionError(f"{service} does not get ready: {self.output()}") from fault

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What SQL finds in the database of the feedback service."""
        with psycopg.connect(self.settings.url(FEEDBACK).replace("+psycopg", "")) as connection:
            return connection.execute(query, values).fetchall()

    def output(self) -> str:
        """All that all processes said."""
        return "".join(process.words() for process in self.processes)

    def close(self) -> None:
        for process in self.processes:
            process.kill()  # also one that has ended: its keeper's pipe is still open


@contextmanager
def a_cluster(rabbit: Rabbit, postgres: Postgres, home: Path, *services: str) -> Iterator[Cluster]:
    """An empty cluster of the services, feedback where none is named, without processes.

    Its data go at the end of the block.
    """
    services = services or (FEEDBACK,)
    rabbit.start()
    vhost = f"c{secrets.token_hex(4)}"
    uri = rabbit.add_vhost(vhost)
    cluster = None
    with lent(postgres, *services) as url:
        try:
            cluster = Cluster(home, url, uri, services)
            yield cluster
        finally:
            if cluster is not None:
                cluster.close()
            rabbit.start()
            rabbit.remove_vhost(vhost)
