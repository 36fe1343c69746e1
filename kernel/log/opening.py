"""The store that a service writes with, on either database."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError

from kernel.log.heads import HeadFile, HeadNoter, newest
from kernel.log.sealer import seal_pending
from kernel.log.writer_sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Table

    from kernel.identity.secrets import Secrets
    from kernel.log.database import Database
    from kernel.log.store import LogStore
    from kernel.settings import Settings

_EVERYTHING = 2**31 - 1


def open_store(
    settings: Settings,
    service: str,
    database: Database,
    secrets: Secrets,
    *,
    log: Mapping[str, Table],
    live: Iterable[Table],
) -> LogStore:
    """A store over a service's log and the live tables that its commands write."""
    if database.dialect == "postgresql":
        # A program on SQLite starts without the driver.
        from kernel.log.writer_postgresql import PostgresqlStore  # noqa: PLC0415

        return PostgresqlStore(database, live)
    noter = HeadNoter(HeadFile.of(settings.home, service), every=0)
    # A process that ended between its commit and its note left the newest head out. Where the tables are
    # missing there is none, and `get_health` says what is wrong.
    with suppress(OperationalError), database.read() as connection:
        head = newest(connection)
        if head is not None:
            noter.sealed(head)

    def seal(connection: Connection) -> Any:
        # The whole batch, whatever its size: nobody else would seal the rest before the next write.
        return seal_pending(connection, database.dialect, service, secrets.head_key, limit=_EVERYTHING)

    return SqliteStore(database, log, live, seal=seal, sealed=noter.sealed)
