"""Lists of people, by keyset: a page costs the same at ten thousand people and at a million."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select, union_all

from kernel.identity.actor import Role
from kernel.names import look_ups_decide, matches, query_texts, word_matches, word_query
from kernel.paging import Cursors
from kernel.refusals import Damaged, Erased, InvalidInput, NotFound
from services.registry.domain.person.file import standing
from services.registry.domain.person.found_by import INNER, PARTY, UNIT, inner_words, open_words
from services.registry.domain.person.states import Person, State
from services.registry.projections.shapes import person_line
from services.registry.storage.tables import PERSON, PERSON_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from sqlalchemy import Connection, Select

    from kernel.identity.actor import Actor
    from services.registry.domain.person.file import File
    from services.registry.storage.office import Office

Answer = dict[str, Any]
_P, _T = PERSON.c, PERSON_TOKEN.c
# A page and a few who do not fit; then larger pieces, where most do not.
_FIRST, _CHUNK = 60, 200
Looked = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; `inner`: also in what only those who keep the registry see.

    `decided`: whoever the look-ups of `text` find is called so.
    """

    text: str | None
    words: str | None
    unit: str | None
    party: str | None
    left: bool
    inner: bool
    decided: bool = False

    def found(self, only: str | None = None) -> list[Looked]:
        """Look-ups that must all find a person, each one of several ways."""
        looked: list[Looked] = []
        if self.text is not None and only in (None, "text"):
            looked += [(one,) for one in query_texts(self.text)]
        if self.words is not None and only in (None, "words"):
            for kind, word in word_query(self.words):
                looked.append(((kind, word), (INNER, word)) if self.inner else ((kind, word),))
        if self.unit is not None and only is None:
            looked.append(((UNIT, self.unit),))
        if self.party is not None and only is None:
            looked.append(((PARTY, self.party),))
        return looked

    def fits(self, file: File, on: date) -> bool:
        """Whether the opened file is what is looked for, on a day."""
        if not (self.left or file.here(on)):
            return False
        if self.text is not None and not (self.decided or matches(file.name, self.text)):
            return False
        if self.words is not None and not self._has_words(file):
            return False
        if self.unit is not None and not file.in_unit(self.unit, on):
            return False
        return self.party is None or any(one.party == self.party for one in standing(file.memberships, on))

    def _has_words(self, file: File) -> bool:
        text = f"{open_words(file)} {inner_words(file)}" if self.inner else open_words(file)
        return word_matches(text, self.words or "")


class ListQueries:
    """Handlers of `search_people`."""

    def __init__(self, office: Office) -> None:
        """Read from the office's database with its keys."""
        self.office = office
        self.cursors = Cursors(office.secrets.request_key)

    def search_people(self, actor: Actor, arguments: Answer) -> Answer:
        """`{"items","next_cursor"}`: what colleagues know of each other, in the order of registration.

        `text` is a name in characters, pinyin or initials, `words` are words of titles and posts.
        """
        institutions = self.office.institutions(actor, arguments["institution"])
        wanted = self._wanted(actor, arguments)
        on = self.office.day(arguments["as_of"])
        after = self.cursors.read(arguments, arguments["cursor"])
        with self.office.database.read(by_index=True) as connection:
            listed = self._walk(connection, institutions, wanted.found(), after[0] if after else "")
            page = _first(arguments["limit"] + 1, self._fitting(listed, lambda file: wanted.fits(file, on)))
        shown = page[: arguments["limit"]]
        more = len(page) > len(shown)
        cursor = self.cursors.make(arguments, [shown[-1][0].person_id]) if more else None
        return {"items": [person_line(person, file, on) for person, file in shown], "next_cursor": cursor}

    def _wanted(self, actor: Actor, arguments: Answer) -> Wanted:
        keeps = actor.role is Role.OPERATOR
        own = actor.unit if actor.role in (Role.LEADER, Role.LIAISON) else None
        if own is not None and arguments["unit"] not in (None, own):
            raise NotFound
        if arguments["party"] is not None and not keeps:
            # What the role may not see it may not look for either.
            raise InvalidInput.of(party="not_yours")
        named = {name: arguments[name] for name in ("text", "words", "party", "left")}
        decided = arguments["text"] is not None and look_ups_decide(arguments["text"])
        wanted = Wanted(unit=arguments["unit"] or own, inner=keeps, decided=decided, **named)
        for field, given in (("text", wanted.text), ("words", wanted.words)):
            if given is not None and not wanted.found(field):
                raise InvalidInput.of(**{field: "nothing_to_look_for"})
        return wanted

    def _walk(
        self, connection: Connection, institutions: tuple[str, ...], found: list[Looked], after: str
    ) -> Iterator[Person]:
        """The people whom every look-up finds, in the order of their ids."""
        chunk = _FIRST
        while True:
            query = self._ranges(institutions, found, after, chunk)
            rows = [Person(**row) for row in connection.execute(query).mappings()]
            self.office.keys.get({person.key_id for person in rows})
            yield from rows
            if len(rows) < chunk:
                return
            after, chunk = rows[-1].person_id, _CHUNK

    def _ranges(self, institutions: tuple[str, ...], found: list[Looked], after: str, most: int) -> Select[Any]:
        """People behind a place, in order: a union of short index ranges, each cut at the page's length.

        One range over several tokens or institutions would be read to its end, and then sorted.
        """
        if found:
            ranges = [
                self._by_token(institution, way, found[1:], after)
                for institution in institutions
                for way in found[0]
            ]
        else:
            ranges = [
                select(_P.person_id).where(_P.institution == one, _P.state == state, _P.person_id > after)
                for one in institutions
                for state in (State.CURRENT, State.LEFT)
            ]
        cut = [select(one.order_by("person_id").limit(most).subquery().c.person_id) for one in ranges]
        ids = union_all(*cut).subquery()
        return (
            select(PERSON).where(_P.person_id.in_(select(ids.c.person_id))).order_by(_P.person_id).limit(most)
        )

    def _by_token(
        self, institution: str, way: tuple[str, str], others: list[Looked], after: str
    ) -> Select[Any]:
        token = self.office.token(institution, *way)
        query = select(_T.person_id).where(_T.token == token, _T.person_id > after)
        for looked in others:
            other = PERSON_TOKEN.alias()
            tokens = [self.office.token(institution, kind, text) for kind, text in looked]
            also = select(1).where(other.c.person_id == _T.person_id, other.c.token.in_(tokens))
            query = query.where(exists(also))
        return query

    def _fitting(self, people: Iterator[Person], fits: Callable[[File], bool]) -> Iterator[tuple[Person, File]]:
        for person in people:
            # A list goes on over a file that is erased meanwhile, or cannot be read.
            with suppress(Erased, Damaged):
                file = self.office.open(person)
                if fits(file):
                    yield person, file


def _first(count: int, items: Iterator[tuple[Person, File]]) -> list[tuple[Person, File]]:
    page = []
    for item in items:
        page.append(item)
        if len(page) == count:
            break
    return page
