"""Two thousand commands while everything is killed: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import os
import random
import secrets
import time
from typing import TYPE_CHECKING

import pytest

from kernel.identity.secrets import Secrets
from tests.faults.breaking import Breaker, Planned, plan
from tests.faults.checker import Checker
from tests.faults.consumer import Copy
from tests.faults.history import History
from tests.faults.people import Clerk, Machine, Tokens
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.cluster import Cluster, ServiceProcess

COMMANDS, CLERKS, FAULTS = 2_000, 8, 20
SETTLED_SECONDS = 90.0

pytestmark = [pytest.mark.slow, pytest.mark.servers]


@pytest.fixture
def seed(capsys: pytest.CaptureFixture[str]) -> int:
    """Fresh each run; `ZHITONGCHE_CHAOS_SEED` repeats one."""
    chosen = int(os.environ.get("ZHITONGCHE_CHAOS_SEED") or secrets.randbelow(10**9))
    with capsys.disabled():
        print(f"\nZHITONGCHE_CHAOS_SEED={chosen}", flush=True)  # noqa: T201 - the way to repeat the run
    return chosen


@pytest.fixture
def supervisors(cluster: Cluster) -> list[ServiceProcess]:
    """Two, each with a host and a log process: one of each kind stands by."""
    started = [cluster.serve(supervised=True) for _ in range(2)]
    cluster.await_ready()
    until(lambda: all(each.children(part) for each in started for part in ("rpc", "log")), 60)
    return started


class Rig:
    """The run: people at work, faults at their moments, until all is done and has settled."""

    def __init__(self, seed: int, cluster: Cluster, breaker: Breaker, home: Path) -> None:
        self.history = History()
        rng = random.Random(seed)
        self._plan = plan(rng, FAULTS, COMMANDS)
        tokens = Tokens(Secrets.load(cluster.settings.secret_file))
        uri, share = cluster.amqp_uri, COMMANDS // CLERKS
        seeds = rng.sample(range(10**6), CLERKS + 1)
        self._clerks = [Clerk(each, share, uri, tokens, self.history) for each in seeds[1:]]
        self.machine = Machine(seeds[0], uri, tokens, self.history)
        self.copy = Copy(uri, home, tokens.service)
        self._breaker = breaker
        self._url = cluster.settings.url("feedback")
        self.done: list[tuple[float, Planned]] = []

    def run(self) -> None:
        started = time.monotonic()
        for thread in (self.machine, *self._clerks):
            thread.start()
        for fault in self._plan:
            until(lambda fault=fault: self.history.acknowledged >= fault.after, 120, every=0.01)
            self.done.append((time.monotonic() - started, fault))
            self._breaker.do(fault)
        for clerk in self._clerks:
            clerk.join(120)
            assert not clerk.is_alive(), f"{clerk.name} does not come to an end"
        self._settle()
        self.machine.stop()
        self.machine.join(30)

    def _settle(self) -> None:
        """Return when everything is sealed, relayed and copied, and nothing is left for the machine."""
        limit = time.monotonic() + SETTLED_SECONDS
        while not ((log := Checker.of(self._url)).finished() and self._copied() == len(log.log)):
            left = f"{len(log.unsealed)} to seal, {len(log.waiting)} to reply, {self._copied()} copied"
            assert time.monotonic() < limit, f"{left}, {log.relayed} of {len(log.log)} relayed"
            time.sleep(0.5)

    def _copied(self) -> int:
        return self.copy.subscription.status.position


@pytest.fixture
def breaker(cluster, supervisors, rabbit, postgres) -> Breaker:
    return Breaker(cluster, supervisors, rabbit, postgres)


def test_nothing_acknowledged_is_lost_and_nothing_done_twice_while_everything_is_killed(
    seed, cluster, breaker, all_is_well, tmp_path
):
    rig = Rig(seed, cluster, breaker, tmp_path)
    try:
        rig.run()
        assert [process.stop() for process in cluster.processes] == [0, 0]
    finally:
        rig.copy.stop()
        rig.history.write(tmp_path / "history.jsonl")
    checker = all_is_well(rig.history)
    assert checker.copied_wrong(rig.copy.applied()) == []
    assert rig.copy.dead.kept == []
    # And the run was one: every kind of fault, clients that went away, offers that were taken
    sent = [entry for entry in rig.history.entries if entry.client != "machine"]
    assert len(sent) == COMMANDS
    assert len(rig.done) == FAULTS
    assert rig.history.with_outcome("unknown")
    assert rig.machine.taken > 0
    assert any(entry.attempts > 1 for entry in sent)
