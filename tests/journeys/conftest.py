"""The system on both runtimes, with the processes that each has when people use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.cli.assembly import SERVICES
from kernel.settings import Settings
from tests.journeys.system import System
from tests.support.cluster import a_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.servers import Postgres, Rabbit


@pytest.fixture(scope="package")
def distributed(
    rabbit: Rabbit, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    """Every service over RabbitMQ, with processes of its own on PostgreSQL.

    All journeys share it; each makes tickets and people of its own.
    """
    with a_cluster(rabbit, postgres, tmp_path_factory.mktemp("distributed"), *SERVICES) as cluster:
        processes = [cluster.serve(part, service=service) for service in SERVICES for part in ("rpc", "log")]
        cluster.await_ready()
        running = System(cluster.settings, cluster)
        yield running
        running.close()
        assert [process.stop() for process in processes] == [0] * len(processes), cluster.output()


@pytest.fixture(scope="package")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Every service called directly over SQLite."""
    home = tmp_path_factory.mktemp("embedded")
    running = System(Settings.from_environment({"ZHITONGCHE_HOME": str(home)}))
    for service in SERVICES:
        running.of(service).call("get_health")
    yield running
    running.close()


@pytest.fixture(scope="package", params=["embedded", pytest.param("distributed", marks=pytest.mark.servers)])
def system(request: pytest.FixtureRequest) -> System:
    """Every service on both runtimes."""
    return request.getfixturevalue(request.param)
