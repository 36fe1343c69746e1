"""Adopted suggestions that stand in nobody's file yet: whose submitters may be asked for their consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, tuple_

from kernel import instants
from kernel.paging import Cursors
from services.registry.domain.suggestions import ADOPTED
from services.registry.storage.tables import SUGGESTION

if TYPE_CHECKING:
    from kernel.identity.actor import Actor
    from services.registry.storage.office import Office

Answer = dict[str, Any]
_C = SUGGESTION.c


class SuggestionQueries:
    """Handler of `list_adopted`."""

    def __init__(self, office: Office) -> None:
        """Read from the office's database."""
        self.office = office
        self.cursors = Cursors(office.secrets.request_key)

    def list_adopted(self, actor: Actor, arguments: Answer) -> Answer:
        """Oldest first. Whose they are is not said: the feedback service shows it to those who may know."""
        place = self.cursors.read(arguments, arguments["cursor"])
        query = select(_C.ticket_id, _C.institution, _C.closed_at).where(
            _C.institution.in_(self.office.institutions(actor, arguments["institution"])),
            _C.state == ADOPTED,
            _C.closed_at.is_not(None),
        )
        if place:
            query = query.where(tuple_(_C.closed_at, _C.ticket_id) > tuple(place))
        query = query.order_by(_C.closed_at, _C.ticket_id).limit(arguments["limit"] + 1)
        with self.office.database.read() as connection:
            rows = connection.execute(query).all()
        shown, cursor = rows[: arguments["limit"]], None
        if len(rows) > len(shown):
            cursor = self.cursors.make(arguments, [shown[-1].closed_at, shown[-1].ticket_id])
        items = [
            {
                "ticket_id": one.ticket_id,
                "institution": one.institution,
                "closed_at": instants.to_text(one.closed_at),
            }
            for one in shown
        ]
        return {"items": items, "next_cursor": cursor}
