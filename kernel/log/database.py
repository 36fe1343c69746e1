"""One service database: engine, and the two kinds of transaction the log needs."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.pool import QueuePool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

# Of all joins there is left the one that looks up an entry for each: also where the plan is kept for any key.
_BY_INDEX = "SELECT " + ", ".join(
    f"set_config('enable_{way}', 'off', true)" for way in ("seqscan", "mergejoin", "hashjoin", "material")
)


class Database:
    """A service database by its SQLAlchemy URL."""

    def __init__(self, url: str, *, pool_size: int = 4) -> None:
        """Connect lazily; nothing is created or changed."""
        self.url = make_url(url)
        self.dialect = self.url.get_backend_name()
        self.engine = _sqlite(url) if self.dialect == "sqlite" else _postgresql(url, pool_size)

    @contextmanager
    def read(self, *, by_index: bool = False) -> Iterator[Connection]:
        """A connection that sees one snapshot of the whole database.

        `by_index` is for keys looked up one by one, whatever the statistics say: on PostgreSQL a plan made when
        the table was empty prefers a scan, and is kept until the next ANALYZE; and one that joins reads a
        hundred thousand entries from end to end where a thousand are asked for.
        """
        with self.engine.connect() as connection:
            if self.dialect == "postgresql":
                connection = connection.execution_options(  # noqa: PLW2901 - the same connection
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with connection.begin():
                if by_index and self.dialect == "postgresql":
                    connection.exec_driver_sql(_BY_INDEX)
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose changes are committed together at the end, or not at all."""
        with self.engine.connect() as connection:
            if self.dialect == "sqlite":
                connection = connection.execution_options(immediate=True)  # noqa: PLW2901
            with connection.begin():
                yield connection

    def scrub(self) -> None:
        """Leave what was overwritten in no side file of SQLite, as far as no reader still needs it."""
        if self.dialect != "sqlite":
            return
        with self.engine.connect() as connection:
            # By the driver: a transaction around it would be a reader itself.
            driver = connection.connection.driver_connection
            if driver is not None:
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Give every connection back to the system."""
        self.engine.dispose()


def _postgresql(url: str, pool_size: int) -> Engine:
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        # An error would quote them, and they are people's words.
        hide_parameters=True,
        connect_args={"connect_timeout": 5, "application_name": "zhitongche"},
    )


def _sqlite(url: str) -> Engine:
    path = make_url(url).database
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # Nobody else's to read; SQLite gives its side files the same rights.
        Path(path).touch(mode=0o600)
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=8, hide_parameters=True, connect_args={"timeout": 15}
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver's own BEGIN would be deferred: two writers that both read first would dead-lock and
        # one of them would fail, however long the busy time-out.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
