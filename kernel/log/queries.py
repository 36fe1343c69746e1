"""What every service is asked about its log and its health."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from kernel.identity.actor import EVERYWHERE
from kernel.log.reading import log_head, read_log
from kernel.migration import newest, revision
from kernel.refusals import NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kernel.identity.actor import Actor
    from kernel.keys.keyring import KeyRing
    from kernel.log.database import Database

Answer = dict[str, Any]
_LAG_OF_CONCERN = 10_000
_STATE = text(
    "SELECT (SELECT coalesce(max(position), 0) FROM log_entry), (SELECT count(*) FROM unsealed),"
    " (SELECT position FROM cursor WHERE consumer = 'relay' AND source = :service)"
)


class LogQueries:
    """Handlers of `read_log`, `get_log_head` and `get_health`."""

    def __init__(self, service: str, database: Database, keys: KeyRing, migrations: Path) -> None:
        """Read from a service's database, whose schema has its history in `migrations`."""
        self._service = service
        self._database = database
        self._keys = keys
        self._newest = newest(migrations)
        self._schema: str | None = None

    def read_log(self, actor: Actor, arguments: Answer) -> Answer:
        """Sealed events after a position; the whole service's log needs the whole service's scope."""
        # The log interleaves all institutions; a part of it proves nothing, so it is read whole or not at all.
        if actor.institution != EVERYWHERE:
            raise NotFound
        with self._database.read() as connection:
            return read_log(connection, arguments["after"], arguments["limit"])

    def get_log_head(self, _actor: Actor, _arguments: Answer) -> Answer:
        """Epoch, position and root of the log: says how much there is, and nothing of whom."""
        with self._database.read() as connection:
            return log_head(connection, self._service)

    def get_health(self, _actor: Actor | None, _arguments: Answer) -> Answer:
        """Whether the service can do its work; needs no token and says nothing about anybody."""
        log: Answer = {"position": None, "unsealed": None, "relay_lag": None}
        checks = {
            "database": _checked(lambda: log.update(self._log_state())),
            "schema": _checked(self._read_schema),
            "keys": _checked(self._keys.check),
        }
        if self._schema != self._newest:
            checks["schema"] = "failing"
        late = any((log[name] or 0) > _LAG_OF_CONCERN for name in ("unsealed", "relay_lag"))
        worst = "failing" if "failing" in checks.values() else "degraded" if late else "ok"
        return {
            "service": self._service,
            "status": worst,
            "version": version("zhitongche"),
            "schema": self._schema,
            "log": log,
            "checks": checks,
        }

    def _read_schema(self) -> None:
        # A schema never goes back, so the newest need not be asked for again.
        if self._schema != self._newest:
            self._schema = None
            with self._database.read() as connection:
                self._schema = revision(connection)

    def _log_state(self) -> Answer:
        with self._database.read() as connection:
            position, waiting, relayed = connection.execute(_STATE, {"service": self._service}).one()
        lag = None if relayed is None else position - relayed
        return {"position": position, "unsealed": waiting, "relay_lag": lag}


def _checked(question: Callable[[], None]) -> str:
    try:
        question()
    except (SQLAlchemyError, Unavailable):
        return "failing"
    return "ok"
