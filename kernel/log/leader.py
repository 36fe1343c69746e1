"""Which of several log processes of a service seals and relays.

The leader holds an advisory lock on the very connection that writes: lock and writes are lost together, so
a process that was paused and wakes up finds its connection gone and can write nothing any more.
"""

from __future__ import annotations

import hashlib
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kernel.log.database import Database

FENCE_SECONDS = 3
_LOG = logging.getLogger(__name__)
_TRY_LOCK = text("SELECT pg_try_advisory_lock(:key)")
_TRY_WITHIN = text("SELECT pg_try_advisory_xact_lock(:key)")
_SESSION = (
    # A leader that says nothing for this long has lost its connection; the standby need not ask it.
    f"SET idle_session_timeout = '{FENCE_SECONDS}s'",
    f"SET idle_in_transaction_session_timeout = '{FENCE_SECONDS}s'",
    f"SET tcp_user_timeout = '{FENCE_SECONDS}s'",
    f"SET lock_timeout = '{FENCE_SECONDS}s'",
    # A plan made while the tables were empty would go on reading them whole when they are not.
    "SET plan_cache_mode = force_custom_plan",
    "SET enable_seqscan = off",
)


def _key(service: str) -> int:
    digest = hashlib.sha256(b"zhitongche.log." + service.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def keep_out(connection: Connection, service: str) -> bool:
    """Let no log process of the service lead until this transaction ends; false where one leads now."""
    return bool(connection.execute(_TRY_WITHIN, {"key": _key(service)}).scalar_one())


class Leadership:
    """The claim of one log process to lead a service's log. Used by one thread."""

    def __init__(self, database: Database, service: str) -> None:
        """Claims nothing yet."""
        self._database = database
        self._service = service
        self._key = _key(service)
        self._connection: Connection | None = None
        self._leads = False

    def connection(self) -> Connection | None:
        """The leader's connection, the lock tried for if this is not the leader yet; none for a standby.

        `DBAPIError` where the database does not answer.
        """
        if self._connection is None:
            self._connection = self._open()
        if not self._leads and self._lock(self._connection):
            self._leads = True
            _LOG.info("leading the log of %s", self._service)
        return self._connection if self._leads else None

    def _open(self) -> Connection:
        connection = self._database.engine.connect()
        # Given back to the pool, the connection would keep the lock for whoever borrows it next.
        connection.detach()
        with connection.begin():
            for setting in _SESSION:
                connection.exec_driver_sql(setting)
        return connection

    def _lock(self, connection: Connection) -> bool:
        with connection.begin():
            return bool(connection.execute(_TRY_LOCK, {"key": self._key}).scalar_one())

    def resign(self) -> None:
        """Close the connection, and with it give up the lock; a later `connection()` begins anew."""
        connection, self._connection = self._connection, None
        if self._leads:
            _LOG.info("no longer leading the log of %s", self._service)
        self._leads = False
        if connection is not None:
            with suppress(DBAPIError):
                connection.close()
