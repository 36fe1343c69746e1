"""An empty log on either database. PostgreSQL's is one database for all tests, emptied before each."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tests.kernel.log.support import METADATA, open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kernel.log.database import Database
    from tests.support.servers import Postgres


@pytest.fixture(scope="session")
def _log_database_url(postgres: Postgres) -> Iterator[str]:
    name = f"log_{secrets.token_hex(4)}"
    yield postgres.add_database(name)
    postgres.start()
    postgres.remove_database(name)


@pytest.fixture
def on_postgresql(_log_database_url: str, postgres: Postgres) -> Iterator[Database]:
    """An empty log on PostgreSQL."""
    postgres.start()
    database = open_database(_log_database_url)
    with database.write() as connection:
        names = ", ".join(table.name for table in METADATA.sorted_tables)
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
    yield database
    database.close()


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Database]:
    """An empty log on SQLite, in `tmp_path`."""
    database = open_database(f"sqlite:///{tmp_path}/{{service}}.db")
    yield database
    database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def empty(request: pytest.FixtureRequest) -> Database:
    """An empty log, once on each database."""
    database: Database = request.getfixturevalue(f"on_{request.param}")
    return database
