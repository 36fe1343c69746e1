"""An empty log on either database. PostgreSQL's is one database for all tests, emptied before each."""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING

import pytest

from kernel.log.database import Database
from tests.kernel.log.support import METADATA, SERVICE, open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


@pytest.fixture(scope="session")
def _empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty log on SQLite, made once: making its tables takes longer than many a test."""
    home = tmp_path_factory.mktemp("empty")
    open_database(f"sqlite:///{home}/{{service}}.db").close()
    return home / f"{SERVICE}.db"


@pytest.fixture
def on_sqlite(_empty_file: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty log on SQLite, in `tmp_path`."""
    database = Database(f"sqlite:///{shutil.copy(_empty_file, tmp_path)}")
    yield database
    database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def empty(request: pytest.FixtureRequest) -> Database:
    """An empty log, once on each database."""
    database: Database = request.getfixturevalue(f"on_{request.param}")
    return database
