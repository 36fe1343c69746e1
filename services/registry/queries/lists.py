"""Lists of people, by keyset: a page costs the same at ten thousand people and at a million."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kernel.identity.actor import Role
from kernel.paging import Cursors
from kernel.refusals import InvalidInput
from services.registry.domain.person.file import standing
from services.registry.domain.person.states import Person, State
from services.registry.storage.tables import PERSON, PERSON_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from sqlalchemy import Connection, Select

    from kernel.identity.actor import Actor
    from services.registry.domain.person.file import File
    from services.registry.storage.office import Office

Answer = dict[str, Any]
_P = PERSON.c
_CHUNK = 200


class ListQueries:
    """Handlers of `search_people`."""

    def __init__(self, office: Office) -> None:
        """Read from the office's database with its keys."""
        self.office = office
        self.cursors = Cursors(office.secrets.request_key)

    def search_people(self, actor: Actor, arguments: Answer) -> Answer:
        """`{"items","next_cursor"}`: what colleagues know of each other, in the order of registration."""
        institutions = self.office.institutions(actor, arguments["institution"])
        own = actor.unit if actor.role in (Role.LEADER, Role.LIAISON) else None
        if own is not None and arguments["unit"] not in (None, own):
            raise InvalidInput.of(unit="unknown_unit")
        unit = arguments["unit"] or own
        on = self.office.day(arguments["as_of"])
        after = self.cursors.read(arguments, arguments["cursor"])

        def fits(file: File) -> bool:
            if not (arguments["left"] or file.here(on)):
                return False
            return unit is None or any(place.unit == unit for place in standing(file.units, on))

        found = [("unit", unit)] if unit else []
        with self.office.database.read(by_index=True) as connection:
            listed = self._walk(connection, institutions, found, after[0] if after else "")
            page = _first(arguments["limit"] + 1, self._fitting(listed, fits))
        shown = page[: arguments["limit"]]
        more = len(page) > len(shown)
        cursor = self.cursors.make(arguments, [shown[-1][0].person_id]) if more else None
        return {"items": [entry_of(person, file, on) for person, file in shown], "next_cursor": cursor}

    def _walk(
        self, connection: Connection, institutions: tuple[str, ...], found: list[tuple[str, str]], after: str
    ) -> Iterator[Person]:
        """The people whom every look-up finds, in the order of their ids."""
        while True:
            query = self._ranges(institutions, found, after)
            rows = [Person(**row) for row in connection.execute(query.limit(_CHUNK)).mappings()]
            yield from rows
            if len(rows) < _CHUNK:
                return
            after = rows[-1].person_id

    def _ranges(self, institutions: tuple[str, ...], found: list[tuple[str, str]], after: str) -> Select[Any]:
        query = select(PERSON).where(_P.institution.in_(institutions))
        query = query.where(_P.state.in_((State.CURRENT, State.LEFT)), _P.person_id > after)
        for kind, text in found:
            tokens = [self.office.token(institution, kind, text) for institution in institutions]
            token = PERSON_TOKEN.alias()
            query = query.join(token, token.c.person_id == _P.person_id)
            query = query.where(token.c.token.in_(tokens), token.c.person_id > after)
        return query.order_by(_P.person_id)

    def _fitting(self, people: Iterator[Person], fits: Callable[[File], bool]) -> Iterator[tuple[Person, File]]:
        for person in people:
            file = self.office.open(person)
            if fits(file):
                yield person, file


def entry_of(person: Person, file: File, on: date) -> Answer:
    """A person in a list: what tells people of one name apart, and nothing else."""
    today = file.on(on)
    return {
        "person_id": person.person_id,
        "institution": person.institution,
        "name": file.name,
        "unit": today.units[-1].unit if today.units else None,
        "titles": [title.name for title in today.titles if title.name],
        "posts": [post.post for post in today.tenures if post.kind == "leadership" and post.post],
        "state": person.state,
    }


def _first(count: int, items: Iterator[tuple[Person, File]]) -> list[tuple[Person, File]]:
    page = []
    for item in items:
        page.append(item)
        if len(page) == count:
            break
    return page
