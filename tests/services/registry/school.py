"""A registry of the test's own: the application, people to call it, and a look at its tables.

All people here are invented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

import services.registry
from kernel import envelope
from kernel.identity.actor import Actor, Role
from kernel.log.rebuild import diff, rebuild
from services.registry.storage.tables import METADATA
from tests.support.at_work import AtWork

if TYPE_CHECKING:
    from kernel.settings import Settings

PARTS = services.registry.parts()
SCHOOL, OTHER_SCHOOL = "datong", "mianyang"
UNIT, OTHER_UNIT = "library", "personnel"

OPERATOR = Actor("o-1", Role.OPERATOR, SCHOOL)
EVERY_OPERATOR = Actor("o-0", Role.OPERATOR)
STRANGE_OPERATOR = Actor("o-2", Role.OPERATOR, OTHER_SCHOOL)
LEADER = Actor("l-1", Role.LEADER, SCHOOL)
UNIT_LEADER = Actor("l-2", Role.LEADER, SCHOOL, UNIT)
LIAISON = Actor("li-1", Role.LIAISON, SCHOOL, UNIT)
OTHER_LIAISON = Actor("li-2", Role.LIAISON, SCHOOL, OTHER_UNIT)
SERVICE = Actor("contacts", Role.SERVICE)
HANDLER = Actor("h-1", Role.HANDLER, SCHOOL, UNIT)
AUDITOR = Actor("a-1", Role.AUDITOR, SCHOOL)
EVERY_AUDITOR = Actor("a-0", Role.AUDITOR)
ADMIN = Actor("d-1", Role.ADMIN, SCHOOL)
SUBMITTER = Actor("s-1", Role.SUBMITTER, SCHOOL)
OTHER_SUBMITTER = Actor("s-2", Role.SUBMITTER, SCHOOL)
NOBODY = "00000000-0000-4000-8000-000000000000"


class School(AtWork):
    """One registry over migrated databases."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, PARTS, METADATA)

    def register(self, actor: Actor = OPERATOR, **changed: Any) -> str:
        """The id of a new person."""
        institution = actor.institution if actor.institution != "*" else SCHOOL
        arguments = {"institution": institution, "name": "虚构甲"} | changed
        return str(self.do(actor, "register_person", **arguments)["person_id"])

    def get(self, person_id: str, actor: Actor = OPERATOR, **more: Any) -> dict[str, Any]:
        return self.do(actor, "get_person", person_id=person_id, **more)

    def file(self, person_id: str) -> dict[str, Any]:
        return self.get(person_id)["file"]

    def found(self, actor: Actor = OPERATOR, method: str = "search_people", **more: Any) -> list[str]:
        """The ids of all people whom a search answers, page by page."""
        ids, cursor = [], None
        while True:
            page = self.do(actor, method, cursor=cursor, **more)
            ids += [item["person_id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return ids

    def reads(self, person_id: str, actor: Actor = OPERATOR) -> list[dict[str, Any]]:
        return self.do(actor, "list_reads", person_id=person_id, limit=200)["items"]

    def row(self, person_id: str) -> dict[str, Any]:
        """The live row of a person."""
        names = [column.name for column in METADATA.tables["person"].columns]
        (row,) = self.rows(f"SELECT {', '.join(names)} FROM person WHERE person_id = :p", p=person_id)
        return dict(zip(names, row, strict=True))

    def tokens(self, person_id: str) -> set[int]:
        """By what the index finds a person."""
        rows = self.rows("SELECT token FROM person_token WHERE person_id = :p", p=person_id)
        return {token for (token,) in rows}

    def events(self, stream_id: str) -> list[dict[str, Any]]:
        """The events of a stream as they would be published."""
        return [envelope.from_body(bytes(body)).cloud_event() for *_, body in self.stream(stream_id)]

    def history(self, person_id: str) -> list[dict[str, Any]]:
        return self.events(f"person/{person_id}")

    def key_is_there(self, key_id: str) -> bool:
        """Whether the stored key still opens anything."""
        with self.key_database.engine.connect() as connection:
            query = "SELECT wrapped FROM data_key WHERE key_id = ?"
            if self.key_database.dialect == "postgresql":
                query = query.replace("?", "%s")
            return connection.exec_driver_sql(query, (key_id,)).scalar_one_or_none() is not None

    def different(self) -> dict[str, list[str]]:
        """What `log diff` names, by table."""
        report = diff(self.database, PARTS.projection(self.settings), PARTS.name)
        assert report["ok"] == (not any(table["different"] for table in report["tables"]))
        return {table["table"]: table["different"] for table in report["tables"] if table["different"]}

    def rebuild(self) -> int:
        return rebuild(self.database, PARTS.projection(self.settings), PARTS.name)

    def everything(self) -> bytes:
        """Every cell of every table, in the form in which it would be read."""
        told = [
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for table in METADATA.tables
            for row in self.rows(f'SELECT * FROM "{table}"')
            for value in row
        ]
        return b"\n".join(told)

    def published(self) -> bytes:
        """What listeners and auditors are given of the whole log."""
        self.seal()
        return orjson.dumps(self.do(EVERY_AUDITOR, "read_log", limit=1000))
