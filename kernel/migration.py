"""Bringing a service's databases to the newest schema (Alembic; one history per database)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

import kernel.keys

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import URL, Connection

    from kernel.log.database import Database

KEYS = Path(kernel.keys.__file__).parent / "migrations"
# Any number that nothing else in these databases takes as an advisory lock.
_TURN = 0x6D_6967_7261_7465


def migrate(database: Database, scripts: Path) -> str:
    """The revision the database has now; makes the database itself where it does not exist.

    Several processes may start at once: each waits for its turn and finds the work done.
    """
    if database.dialect == "postgresql" and not exists(database.url):
        _make(database.url)
    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
        if revision(connection) != newest(scripts):
            # Alembic takes a fifth of a second to load, and most starts find nothing to do.
            from alembic import command  # noqa: PLC0415

            command.upgrade(_configuration(scripts, connection), "head")
        return newest(scripts)


def newest(scripts: Path) -> str:
    """The newest revision of a history: revisions are numbered files."""
    return max(path.stem.partition("_")[0] for path in (scripts / "versions").glob("[0-9]*.py"))


def revision(connection: Connection) -> str | None:
    """The revision of a database; `None` for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def run_scripts() -> None:
    """Run by each history's `env.py`, inside the transaction that `migrate` opened."""
    from alembic import context  # noqa: PLC0415

    context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
    context.run_migrations()


def _configuration(scripts: Path, connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415

    configuration = Config()
    configuration.set_main_option("script_location", str(scripts).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    return configuration


def exists(url: URL) -> bool:
    """Whether there is such a database at all; `OperationalError` where its server does not answer."""
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        return path.exists() and path.stat().st_size > 0
    import psycopg  # noqa: PLC0415 - a program on SQLite starts without it

    plain = url.set(drivername="postgresql")
    try:
        psycopg.connect(plain.render_as_string(hide_password=False), connect_timeout=5).close()
    except psycopg.OperationalError as fault:
        if f'database "{plain.database}" does not exist' not in str(fault):
            raise
        return False
    return True


def _make(url: URL) -> None:
    import psycopg  # noqa: PLC0415 - as above
    from psycopg import sql  # noqa: PLC0415 - as above

    administration = url.set(drivername="postgresql", database="postgres")
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(url.database or ""))
    # Another process may have been faster.
    with (
        suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation),
        psycopg.connect(
            administration.render_as_string(hide_password=False), autocommit=True, connect_timeout=5
        ) as connection,
    ):
        connection.execute(statement)
