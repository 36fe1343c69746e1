"""What is asked of the service as a whole: rules, latency, the log, health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from kernel import instants
from kernel.identity.actor import EVERYWHERE, Actor
from kernel.log.reading import log_head, read_log
from kernel.migration import newest, revision
from kernel.refusals import NotFound, Unavailable
from services.feedback.queries.latency import LatencyQuery, report
from services.feedback.storage.tables import LOG

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from services.feedback.storage.office import Office

Answer = dict[str, Any]
VERSION = "0.1.0"
_LAG_OF_CONCERN = 10_000


class WholeQueries:
    """Handlers of the queries that concern no single ticket."""

    def __init__(self, office: Office, service: str, migrations: Path) -> None:
        """Read from the office's database, whose schema has its history in `migrations`."""
        self.office = office
        self.service = service
        self._newest = newest(migrations)
        self._schema: str | None = None

    def get_latency(self, actor: Actor, arguments: Answer) -> Answer:
        """Exact percentiles of every stage; see docs/interface.md."""
        institutions = self.office.institutions(actor, arguments["institution"])
        asked = LatencyQuery(
            institutions, arguments["by"], arguments["submitted_from"], arguments["submitted_to"]
        )
        with self.office.database.read() as connection:
            found = report(connection, self.office.database.dialect, asked, instants.now())
        return found | {"institution": arguments["institution"]}

    def list_units(self, actor: Actor, arguments: Answer) -> Answer:
        """The units that a ticket may be assigned to."""
        (institution,) = self.office.institutions(actor, arguments["institution"])
        units = self.office.pack(institution).units.values()
        return {
            "items": [
                {"id": unit.id, "name": unit.name, "kind": unit.kind, "machine_queue": unit.machine_queue}
                for unit in units
            ]
        }

    def list_channels(self, actor: Actor, arguments: Answer) -> Answer:
        """The channels that take suggestions."""
        (institution,) = self.office.institutions(actor, arguments["institution"])
        channels = self.office.pack(institution).channels.values()
        return {"items": [{"id": channel.id, "name": channel.name} for channel in channels]}

    def read_log(self, actor: Actor, arguments: Answer) -> Answer:
        """Sealed events after a position; the whole service's log needs the whole service's scope."""
        _whole(actor)
        with self.office.database.read() as connection:
            return read_log(connection, arguments["after"], arguments["limit"])

    def get_log_head(self, _actor: Actor, _arguments: Answer) -> Answer:
        """Epoch, position and root of the log: says how much there is, and nothing of whom."""
        with self.office.database.read() as connection:
            return log_head(connection, self.service)

    def get_health(self, _actor: Actor | None, _arguments: Answer) -> Answer:
        """Whether the service can do its work; needs no token and says nothing about anybody."""
        log: Answer = {"position": None, "unsealed": None, "relay_lag": None}
        checks = {
            "database": _checked(lambda: log.update(self._log_state())),
            "schema": _checked(self._read_schema),
            "keys": _checked(self.office.keys.check),
        }
        if self._schema != self._newest:
            checks["schema"] = "failing"
        late = any((log[name] or 0) > _LAG_OF_CONCERN for name in ("unsealed", "relay_lag"))
        worst = "failing" if "failing" in checks.values() else "degraded" if late else "ok"
        return {
            "service": self.service,
            "status": worst,
            "version": VERSION,
            "schema": self._schema,
            "log": log,
            "checks": checks,
        }

    def _read_schema(self) -> None:
        # A schema never goes back, so the newest need not be asked for again.
        if self._schema != self._newest:
            self._schema = None
            with self.office.database.read() as connection:
                self._schema = revision(connection)

    def _log_state(self) -> Answer:
        entry, unsealed, cursor = LOG["log_entry"].c, LOG["unsealed"].c, LOG["cursor"].c
        with self.office.database.read() as connection:
            position = connection.execute(select(func.coalesce(func.max(entry.position), 0))).scalar_one()
            waiting = connection.execute(select(func.count(unsealed.seq))).scalar_one()
            relayed = connection.execute(
                select(cursor.position).where(cursor.consumer == "relay", cursor.source == self.service)
            ).scalar_one_or_none()
        lag = None if relayed is None else position - relayed
        return {"position": position, "unsealed": waiting, "relay_lag": lag}


def _checked(question: Callable[[], None]) -> str:
    try:
        question()
    except (SQLAlchemyError, Unavailable):
        return "failing"
    return "ok"


def _whole(actor: Actor) -> None:
    # The log interleaves all institutions; a part of it proves nothing, so it is read whole or not at all.
    if actor.institution != EVERYWHERE:
        raise NotFound
