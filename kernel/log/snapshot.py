"""One state of a whole database, read in several streams at a time, whatever is written meanwhile.

Streams hold a few rows each: a log of millions of events is read in constant memory.
"""

from __future__ import annotations

import select
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from types import TracebackType

    import psycopg
    from psycopg.pq.abc import PGresult
    from sqlalchemy import Connection

    from kernel.log.database import Database

_Row = TypeVar("_Row")
_FETCH = 500
# The header comes in one piece with the first row, and alone before the trailer where there is no row.
_COPY_HEADER, _TRAILER = 19, 2
# A nested loop over the index of positions begins at once and sorts nothing; the planner's hash join would
# first write every event to a temporary file.
_STEER = "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_sort = off"


class Snapshot:
    """A context manager. `rows` may be called several times; the streams are independent."""

    def __init__(self, database: Database, joined: str = "") -> None:
        """Nothing is read yet. `joined`: the `name` of another process's snapshot, which must stay open."""
        self._database = database
        self._stack = ExitStack()
        self.name = joined
        self._address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def __enter__(self) -> Snapshot:  # noqa: PYI034 - not meant to be inherited
        self._connection = self._stack.enter_context(self._database.read())
        if self._database.dialect == "postgresql" and not self.name:
            exported = self._connection.exec_driver_sql("SELECT pg_export_snapshot()")
            self.name = str(exported.scalar_one())
        elif not self.name:
            # A snapshot begins with the first read.
            self._connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def connection(self) -> Connection:
        """For short queries of the same state."""
        return self._connection

    def rows(self, query: str, types: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """The rows of an SQL text without parameters; `types` are PostgreSQL's names of the columns' types."""
        return self._ended_here(
            self._sqlite(query) if self._database.dialect == "sqlite" else self._copied(query, types)
        )

    def _ended_here(self, stream: Generator[_Row, None, None]) -> Iterator[_Row]:
        """A stream that is not read to its end would end whenever it is collected, behind its connection."""
        self._stack.callback(stream.close)
        return stream

    def _sqlite(self, query: str) -> Generator[tuple[Any, ...], None, None]:
        driver = self._connection.connection.driver_connection
        if driver is None:
            raise RuntimeError("the snapshot is closed")
        with closing(driver.cursor()) as cursor:
            cursor.arraysize = _FETCH
            cursor.execute(query)
            while rows := cursor.fetchmany():
                yield from rows

    def _copied(self, query: str, types: Sequence[str]) -> Generator[tuple[Any, ...], None, None]:
        with closing(self._follower()) as connection, connection.cursor().copy(_copy(query)) as copy:
            copy.set_types(types)
            yield from copy.rows()

    def raw_rows(self, query: str) -> Iterator[bytes]:
        """PostgreSQL only: rows as the bytes of its binary COPY format, not taken apart.

        libpq hands over what has arrived without a round through the driver's generators, which is half of
        the cost of a row.
        """
        return self._ended_here(self._raw(query))

    def _raw(self, query: str) -> Generator[bytes, None, None]:
        with closing(self._follower()) as connection:
            driver = connection.pgconn
            _check(driver.exec_(_copy(query)), connection)
            poll = select.poll()
            poll.register(driver.socket, select.POLLIN)
            skip = _COPY_HEADER
            while True:
                size, data = driver.get_copy_data(1)
                if size > skip + _TRAILER:
                    yield bytes(data[skip:])
                    skip = 0
                elif size > 0:
                    skip = 0
                elif size == 0:
                    poll.poll()
                    driver.consume_input()
                else:
                    break
            while (result := driver.get_result()) is not None:
                _check(result, connection)

    def _follower(self) -> psycopg.Connection[Any]:
        """Another connection that sees the same state."""
        import psycopg  # noqa: PLC0415 - a program on SQLite starts without the driver

        connection = psycopg.connect(self._address, connect_timeout=5)
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute(f"SET TRANSACTION SNAPSHOT '{self.name}'".encode())
        connection.execute(_STEER)
        return connection


def _copy(query: str) -> bytes:
    return f"COPY ({query}) TO STDOUT (FORMAT binary)".encode()


def _check(result: PGresult, connection: psycopg.Connection[Any]) -> None:
    from psycopg import errors, pq  # noqa: PLC0415

    if result.status == pq.ExecStatus.FATAL_ERROR:
        raise errors.error_from_result(result, connection.info.encoding)
