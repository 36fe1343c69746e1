"""A cluster that a test may break, and what a fault must leave as it was."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from kernel.identity.secrets import Secrets
from kernel.runtime.distributed.client import RpcClient
from kernel.runtime.distributed.work_queues import WorkQueues
from tests.faults.checker import Checker
from tests.faults.history import History
from tests.faults.people import Tokens
from tests.support.cluster import ROOT, ZHITONGCHE, a_cluster
from tests.support.school import QUEUE
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.cluster import Cluster
    from tests.support.servers import Postgres, Rabbit


@pytest.fixture
def cluster(rabbit: Rabbit, postgres: Postgres, tmp_path: Path) -> Iterator[Cluster]:
    """Databases and a virtual host; a test starts the processes that it breaks."""
    with a_cluster(rabbit, postgres, tmp_path) as found:
        # Long before the first kill: a quorum queue that is a second old may not survive its broker's.
        queues = WorkQueues(found.amqp_uri)
        queues.ready(QUEUE)
        queues.close()
        yield found


@pytest.fixture
def tokens(cluster: Cluster) -> Tokens:
    return Tokens(Secrets.load_or_make(cluster.settings.secret_file))


@pytest.fixture
def history() -> History:
    return History()


@pytest.fixture
def operator(cluster: Cluster, tokens: Tokens) -> Iterator[RpcClient]:
    """A client with an operator's token."""
    with RpcClient(cluster.amqp_uri, context={"auth_token": tokens.operator}) as client:
        yield client


def audited(cluster: Cluster, *words: str) -> dict[str, Any]:
    """What `zhitongche log …` says."""
    done = subprocess.run(
        [*ZHITONGCHE, "log", *words, "feedback", "--json"],
        env=os.environ | cluster.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout)


@pytest.fixture
def all_is_well(cluster: Cluster) -> Callable[[History], Checker]:
    """Once all is sealed and relayed, the log is what the clients saw, and the product says so too."""

    def check(history: History) -> Checker:
        def finished() -> Checker | None:
            found = Checker.of(cluster.settings.url("feedback"))
            return found if found.finished() else None

        checker = until(finished, 60, every=0.2)
        assert checker.faults(history) == []
        verified, compared = audited(cluster, "verify"), audited(cluster, "diff")
        assert verified["ok"], verified
        assert compared["ok"], compared
        return checker

    return check
