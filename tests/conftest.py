"""Real servers for every test that asks for one, started at the first ask and ended with the run."""

from __future__ import annotations

import gc
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.lending import lent
from tests.support.servers import a_postgres, a_rabbit, an_open_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.servers import Postgres, Rabbit

# What goes through whole tables, packs, programs or files cell by cell; `make fast` leaves it out.
_SWEEPS = (
    "apps/cli",
    "architecture",
    "journeys/test_up.py",
    "kernel/log/test_damage.py",
    "kernel/log/test_every_cell.py",
    "kernel/log/test_verify.py",
    "kernel/names/test_search.py",
    "kernel/policy/test_changes.py",
    "kernel/policy/test_planted_faults.py",
    "proofs",
    "services/feedback/test_bad_input.py",
    "services/feedback/test_scope.py",
    "services/registry/policies",
)
_SERVER_FIXTURES = {"rabbit", "postgres", "amqp_uri", "database_url"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "databases(*services): the services that `database_url` makes databases for (default: feedback)",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent
    sweeps = [tests / sweep for sweep in _SWEEPS]
    for item in items:
        if any(item.path.is_relative_to(sweep) for sweep in sweeps):
            item.add_marker("slow")
        if _SERVER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")


def pytest_collection_finish() -> None:
    # Modules, tests and packs stay to the end: looked through at every collection, they cost a tenth of a run.
    gc.collect()
    gc.freeze()


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """Where a test may start private servers of its own, also when root runs it."""
    with an_open_directory() as directory:
        yield directory


@pytest.fixture(scope="session")
def rabbit() -> Iterator[Rabbit]:
    """The broker of this run; a test that ends it starts it again, and `amqp_uri` does so in any case."""
    with a_rabbit() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The database server of this run; a test that ends it starts it again, and `database_url` does so too."""
    with a_postgres() as server:
        yield server


@pytest.fixture
def amqp_uri(rabbit: Rabbit) -> Iterator[str]:
    """An empty virtual host of the test's own: what other tests declared and left queued is not in it."""
    rabbit.start()
    name = f"t{secrets.token_hex(4)}"
    yield rabbit.add_vhost(name)
    rabbit.start()
    rabbit.remove_vhost(name)


@pytest.fixture
def database_url(postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """A URL template with `{service}` whose databases, `<service>` and `<service>_keys`, are the test's own.

    They are empty, and made for `feedback`, or for what `@pytest.mark.databases("one", "two")` names.
    """
    marker = request.node.get_closest_marker("databases")
    with lent(postgres, *(marker.args if marker else ("feedback",))) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def any_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The test runs on SQLite (files in `tmp_path`) and on PostgreSQL; a URL template with `{service}`."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/{{service}}.db"
    return str(request.getfixturevalue("database_url"))
