"""What is asked of the service as a whole: rules and latency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel import instants
from services.feedback.queries.latency import LatencyQuery, report

if TYPE_CHECKING:
    from kernel.identity.actor import Actor
    from services.feedback.storage.office import Office

Answer = dict[str, Any]


class WholeQueries:
    """Handlers of the queries that concern no single ticket."""

    def __init__(self, office: Office) -> None:
        """Read from the office's database."""
        self.office = office

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
