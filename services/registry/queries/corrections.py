"""What people asked to have corrected: for those who keep the registry, and each person's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kernel import instants
from kernel.identity.actor import Role
from kernel.paging import Cursors
from kernel.refusals import Damaged, NotFound
from services.registry.domain.person.corrections import REASON, TEXT, CorrectionState
from services.registry.domain.person.states import CLOSED
from services.registry.storage.tables import CORRECTION, PERSON

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from kernel.identity.actor import Actor
    from services.registry.storage.office import Office

Answer = dict[str, Any]
_C = CORRECTION.c


class CorrectionQueries:
    """Handler of `list_corrections`."""

    def __init__(self, office: Office) -> None:
        """Read from the office's database with its keys."""
        self.office = office
        self.cursors = Cursors(office.secrets.request_key)

    def list_corrections(self, actor: Actor, arguments: Answer) -> Answer:
        """Oldest first: for those who keep the registry the open ones, for a person all of their own."""
        place = self.cursors.read(arguments, arguments["cursor"])
        # An open request of somebody erased asks for nothing any more.
        query = select(CORRECTION).join(PERSON, PERSON.c.person_id == _C.person_id)
        query = query.where(PERSON.c.state.not_in(CLOSED))
        query = query.order_by(_C.correction_id).limit(arguments["limit"] + 1)
        with self.office.database.read(by_index=True) as connection:
            query = self._asked(connection, query, actor, arguments)
            if place:
                query = query.where(_C.correction_id > place[0])
            rows = connection.execute(query).mappings().all()
        shown = rows[: arguments["limit"]]
        cursor = None
        if len(rows) > len(shown):
            cursor = self.cursors.make(arguments, [shown[-1]["correction_id"]])
        return {"items": [self._shown(row) for row in shown], "next_cursor": cursor}

    def _asked(
        self, connection: Connection, query: Select[Any], actor: Actor, arguments: Answer
    ) -> Select[Any]:
        institutions = self.office.institutions(actor, arguments["institution"])
        state = arguments["state"]
        if actor.role is Role.SUBMITTER:
            mark = self.office.login_mark(actor.institution, actor.subject)
            own = select(PERSON.c.person_id).where(PERSON.c.login_mark == mark)
            person_id = connection.execute(own).scalar_one_or_none()
            if person_id is None:
                raise NotFound
            query = query.where(_C.person_id == person_id)
        else:
            query = query.where(_C.institution.in_(institutions))
            state = state or CorrectionState.OPEN
        return query if state is None else query.where(_C.state == state)

    def _shown(self, row: Any) -> Answer:
        answered = row["answered_at"]
        return {
            "correction_id": row["correction_id"],
            "person_id": row["person_id"],
            "institution": row["institution"],
            "state": row["state"],
            "requested_at": instants.to_text(row["requested_at"]),
            "fields": [name for name in row["fields"].split(",") if name],
            "text": self._opened(row["content"], row["sealed_in"], TEXT),
            "answered_at": None if answered is None else instants.to_text(answered),
            "reason": self._opened(row["answer"], row["answered_in"], REASON),
        }

    def _opened(self, sealed: str, event_id: str, field: str) -> str | None:
        try:
            return self.office.keys.open({"$sealed": sealed}, event_id, field) if sealed else None
        except Damaged:
            # A list goes on.
            return None
