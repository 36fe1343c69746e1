"""What the rig breaks: processes, the broker, the database; chosen by a seed, at counts of commands."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from tests.support.waiting import until

if TYPE_CHECKING:
    import random

    from tests.support.cluster import Cluster, ServiceProcess
    from tests.support.servers import Postgres, Rabbit

KINDS = ("rpc", "log", "rabbit", "backend", "postmaster")
_WEIGHTS = (4, 4, 1, 2, 1)
_LONGEST_OUTAGE = 0.5


@dataclass(frozen=True)
class Planned:
    """One fault: after how many acknowledged commands, what, and a number that decides the rest."""

    after: int
    kind: str
    draw: float


def plan(rng: random.Random, faults: int, commands: int) -> list[Planned]:
    """Every kind at least twice, the others by weight, at random moments of the run."""
    kinds = [*KINDS, *KINDS, *rng.choices(KINDS, _WEIGHTS, k=faults - 2 * len(KINDS))]
    rng.shuffle(kinds)
    moments = sorted(rng.sample(range(commands // 40, commands * 9 // 10), faults))
    return [Planned(after, kind, rng.random()) for after, kind in zip(moments, kinds, strict=True)]


class Breaker:
    """Carries a fault out; on return what does not come back by itself has been started again."""

    def __init__(
        self, cluster: Cluster, supervisors: list[ServiceProcess], rabbit: Rabbit, postgres: Postgres
    ) -> None:
        self._cluster = cluster
        self._supervisors = supervisors
        self._broker = rabbit
        self._postgres = postgres

    def do(self, fault: Planned) -> None:
        getattr(self, f"_{fault.kind}")(fault.draw)

    def _rpc(self, draw: float) -> None:
        self._kill_one("rpc", draw)

    def _log(self, draw: float) -> None:
        self._kill_one("log", draw)

    def _kill_one(self, part: str, draw: float) -> None:
        def running() -> list[int]:
            return sorted(pid for supervisor in self._supervisors for pid in supervisor.children(part))

        pids = until(running, seconds=60)
        with suppress(ProcessLookupError):
            os.kill(pids[int(draw * len(pids))], signal.SIGKILL)

    def _rabbit(self, draw: float) -> None:
        self._broker.kill()
        time.sleep(draw * _LONGEST_OUTAGE)
        self._broker.start()

    def _postmaster(self, draw: float) -> None:
        self._postgres.kill()
        time.sleep(draw * _LONGEST_OUTAGE)
        self._postgres.start()

    def _backend(self, draw: float) -> None:
        """The postmaster answers the death of one backend by restarting all of them."""
        url = self._cluster.settings.url("feedback").replace("+psycopg", "")
        query = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with suppress(psycopg.OperationalError), psycopg.connect(url) as connection:
            pids = sorted(pid for (pid,) in connection.execute(query))
            victim = pids[int(draw * len(pids))] if pids else connection.info.backend_pid
            # By the server's own hand: it may run as another user, or in a container. The row is taken first:
            # nobody there to take it would be a fault of another kind, now and then.
            connection.execute(f"COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; kill -9 {victim}'")
