"""What is derived from sealed files, compared with them and made anew: the index, and whose key must go.

Both need the keys, and so are functions of the settings. People and index rows come in the order of ids and
are merged in constant memory.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, text

from kernel.identity.provenance import secrets_of
from kernel.keys.keyring import KeyRing
from kernel.log.database import Database
from kernel.log.rebuild import LiveTable
from kernel.policy import Packs
from kernel.refusals import Damaged
from services.registry.domain.person.states import CLOSED, Person
from services.registry.storage.office import Office
from services.registry.storage.tables import ERASURE, PERSON, PERSON_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from kernel.log.snapshot import Snapshot
    from kernel.settings import Settings
    from services.registry.domain.person.file import File

_AT_ONCE = 500
_PEOPLE = LiveTable(PERSON)
_COLUMNS = tuple(str(column.name) for column in PERSON.columns)
_INDEX = "SELECT person_id, token FROM person_token ORDER BY person_id, token"
_LISTED = text("SELECT person_id FROM erasure ORDER BY person_id")
Indexed = tuple[str, list[int]]


class Derived:
    """Compares and refills what only the keys can tell."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened before it is needed."""
        self._settings = settings

    def check_index(self, snapshot: Snapshot) -> list[str]:
        """The ids of people whose index is another than their file makes, or that there are none of."""
        different: list[str] = []
        rows = _grouped(snapshot.rows(_INDEX, ("varchar", "int8")))
        found = next(rows, None)
        with self._office() as office:
            for person, file in _opened(office, _people(snapshot)):
                while found is not None and found[0] < person.person_id:
                    different.append(found[0])
                    found = next(rows, None)
                there: list[int] = []
                if found is not None and found[0] == person.person_id:
                    there, found = found[1], next(rows, None)
                if there != sorted(office.tokens(person.institution, file)):
                    different.append(person.person_id)
        return [*different, *(person_id for person_id, _ in ((found, *rows) if found else ()))]

    def check_erasures(self, snapshot: Snapshot) -> list[str]:
        """The ids of people whose record is closed while their key opens, and nobody is about to destroy it.

        And of those who are on the list and whose record is not closed.
        """
        listed = set(snapshot.connection.execute(_LISTED).scalars())
        different: list[str] = []
        with self._office() as office:
            for batch in _batches(person for person in _people(snapshot) if person.state in CLOSED):
                keys = office.keys.get(person.key_id for person in batch)
                different += [
                    one.person_id for one in batch if keys[one.key_id] and one.person_id not in listed
                ]
                listed -= {person.person_id for person in batch}
        return sorted([*different, *listed])

    def refill(self, connection: Connection, _dialect: str) -> None:
        """The index and the worklist anew, from the rows of people."""
        connection.execute(delete(PERSON_TOKEN))
        connection.execute(delete(ERASURE))
        with self._office() as office:
            for batch in _batches(_stored(connection)):
                tokens = [
                    {"token": token, "person_id": person.person_id}
                    for person, file in _opened(office, batch)
                    for token in office.tokens(person.institution, file)
                ]
                closed = [person for person in batch if person.state in CLOSED]
                keys = office.keys.get(person.key_id for person in closed)
                waiting = [{"person_id": one.person_id} for one in closed if keys[one.key_id]]
                for table, rows in ((PERSON_TOKEN, tokens), (ERASURE, waiting)):
                    if rows:
                        connection.execute(insert(table), rows)

    @contextmanager
    def _office(self) -> Iterator[Office]:
        settings = self._settings
        secrets = secrets_of(settings, "registry")
        with (
            closing(Database(settings.url("registry"))) as database,
            closing(Database(settings.url("registry_keys"))) as keys,
        ):
            ring = KeyRing(keys, secrets.wrapping_key)
            # No rule has a say in what a file is found by.
            yield Office(Packs({}), ring, secrets, database)


def _people(snapshot: Snapshot) -> Iterator[Person]:
    for row in snapshot.rows(_PEOPLE.query(), _PEOPLE.types()):
        yield Person(**dict(zip(_COLUMNS, row, strict=True)))


def _stored(connection: Connection) -> Iterator[Person]:
    after = ""
    while True:
        query = select(PERSON).where(PERSON.c.person_id > after).order_by(PERSON.c.person_id).limit(_AT_ONCE)
        people = [Person(**row) for row in connection.execute(query).mappings()]
        yield from people
        if len(people) < _AT_ONCE:
            return
        after = people[-1].person_id


def _opened(office: Office, people: Iterable[Person]) -> Iterator[tuple[Person, File | None]]:
    """People with their files; none for one that is no more, or cannot be read, which makes no index."""
    for batch in _batches(people):
        office.keys.get(person.key_id for person in batch if person.has_file)
        for person in batch:
            try:
                (file,) = office.open_all([person])
            except Damaged:
                file = None
            yield person, file


def _batches(people: Iterable[Person]) -> Iterator[list[Person]]:
    left = iter(people)
    while batch := list(islice(left, _AT_ONCE)):
        yield batch


def _grouped(rows: Iterator[tuple[Any, ...]]) -> Iterator[Indexed]:
    for person_id, group in groupby(rows, key=itemgetter(0)):
        yield person_id, [token for _, token in group]
