"""Which rules an institution had: their versions, what they said, and what changed between two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from kernel import instants
from kernel.paging import Cursors
from kernel.policy import describe, describe_clauses
from kernel.policy.changes import difference
from kernel.policy.keeping import restored
from kernel.refusals import Damaged, InvalidInput, NotFound
from services.registry.storage import policies
from services.registry.storage.tables import POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from kernel.identity.actor import Actor
    from kernel.policy import Pack
    from services.registry.storage.office import Office

Answer = dict[str, Any]


class PolicyQueries:
    """Handlers by method name."""

    def __init__(self, office: Office) -> None:
        """Read from the office's database."""
        self.office = office
        self.cursors = Cursors(office.secrets.request_key)

    def list_policies(self, actor: Actor, arguments: Answer) -> Answer:
        """Every adoption, newest first in each institution; with a day, the one in force on it."""
        place = self.cursors.read(arguments, arguments["cursor"])
        query = policies.in_force(arguments["as_of"]) if arguments["as_of"] else select(POLICY)
        query = query.where(POLICY.c.institution.in_(self.office.institutions(actor, arguments["institution"])))
        if place:
            institution, number = place
            same = and_(POLICY.c.institution == institution, POLICY.c.number < number)
            query = query.where(or_(POLICY.c.institution > institution, same))
        query = query.order_by(POLICY.c.institution, POLICY.c.number.desc()).limit(arguments["limit"] + 1)
        with self.office.database.read() as connection:
            rows = connection.execute(query).mappings().all()
        shown, cursor = rows[: arguments["limit"]], None
        if len(rows) > len(shown):
            cursor = self.cursors.make(arguments, [shown[-1]["institution"], shown[-1]["number"]])
        return {"items": [_told(row) for row in shown], "next_cursor": cursor}

    def get_policy(self, actor: Actor, arguments: Answer) -> Answer:
        """What the rules of a version, of a day, or those adopted last say; `NotFound` where there are none.

        `adopted_at` is since when decisions were made by them, `effective_from` since when they hold.
        """
        (institution,) = self.office.institutions(actor, arguments["institution"])
        version, on = arguments["version"], arguments["as_of"]
        if version is not None and on is not None:
            raise InvalidInput.of(as_of="not_both")
        with self.office.database.read() as connection:
            row = self._adopted(connection, institution, version, on)
            pack = self._pack(connection, row)
        return {**_told(row), "policy": describe(pack), "clauses": describe_clauses(pack)}

    def compare_policies(self, actor: Actor, arguments: Answer) -> Answer:
        """What changed between two versions, value by value; by default the last change.

        Without `to` the one adopted last, without `from` the one adopted before `to`.
        """
        (institution,) = self.office.institutions(actor, arguments["institution"])
        with self.office.database.read() as connection:
            to = self._adopted(connection, institution, arguments["to"])
            if arguments["from"] is None:
                since = policies.before(connection, to)
            else:
                since = self._adopted(connection, institution, arguments["from"])
            old, new = (policies.kept(connection, row)["content"] if row else None for row in (since, to))
        changes = difference(old, new) if old and new else []
        return {
            "institution": institution,
            "from": _told(since) if since else None,
            "to": _told(to),
            "changes": [change.to_dict() for change in changes],
        }

    def _adopted(self, connection: Connection, institution: str, *which: Any) -> Answer:
        row = policies.adopted(connection, institution, *which)
        if row is None:
            raise NotFound
        return row

    def _pack(self, connection: Connection, row: Answer) -> Pack:
        loaded = self.office.pack(row["institution"])
        if loaded.version == row["version"]:
            return loaded
        pack = restored(**policies.kept(connection, row))
        if pack.version != row["version"]:
            raise Damaged
        return pack


def _told(row: Mapping[str, Any]) -> Answer:
    told = {
        name: row[name]
        for name in ("institution", "version", "previous", "effective_from", "summary", "changes")
    }
    return told | {"undated": bool(row["undated"]), "adopted_at": instants.to_text(row["adopted_at"])}
