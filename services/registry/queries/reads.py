"""Who read a person's file, for the person and for those who keep the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kernel import instants
from kernel.identity.actor import Role
from kernel.paging import Cursors
from kernel.refusals import NotFound
from services.registry.domain.person.states import Person
from services.registry.storage.tables import PERSON, READ

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kernel.identity.actor import Actor
    from services.registry.storage.office import Office

Answer = dict[str, Any]


class ReadQueries:
    """Handler of `list_reads`."""

    def __init__(self, office: Office) -> None:
        """Read from the office's database."""
        self.office = office
        self.cursors = Cursors(office.secrets.request_key)

    def list_reads(self, actor: Actor, arguments: Answer) -> Answer:
        """`{"items": [{"at","reader","method","purpose","fields"}],"next_cursor"}`, newest first."""
        place = self.cursors.read(arguments, arguments["cursor"])
        query = select(READ).order_by(READ.c.read_id.desc()).limit(arguments["limit"] + 1)
        with self.office.database.read() as connection:
            query = query.where(READ.c.person_id == self._person_id(connection, actor, arguments))
            if place:
                query = query.where(READ.c.read_id < place[0])
            rows = connection.execute(query).mappings().all()
        shown = rows[: arguments["limit"]]
        cursor = None
        if len(rows) > len(shown):
            cursor = self.cursors.make(arguments, [shown[-1]["read_id"]])
        return {"items": [_read(row) for row in shown], "next_cursor": cursor}

    def _person_id(self, connection: Connection, actor: Actor, arguments: Answer) -> str:
        mark = self.office.login_mark(actor.institution, actor.subject)
        query = select(PERSON)
        if arguments["person_id"] is not None:
            query = query.where(PERSON.c.person_id == arguments["person_id"])
        if actor.role is Role.SUBMITTER or arguments["person_id"] is None:
            query = query.where(PERSON.c.login_mark == mark)
        row = connection.execute(query).mappings().one_or_none()
        if row is None or not actor.covers(row["institution"]):
            raise NotFound
        if not self.office.in_unit_of(actor, Person(**row), self.office.day(None)):
            raise NotFound
        return str(row["person_id"])


def _read(row: Any) -> Answer:
    role, _, subject = row["reader"].partition(":")
    if not subject:
        # Sealed: the person.
        role = Role.SUBMITTER
    return {
        "at": instants.to_text(row["at"]),
        "reader": {"role": role, "subject": subject or None},
        "method": row["method"],
        "purpose": row["purpose"],
        "fields": [name for name in row["fields"].split(",") if name],
    }
