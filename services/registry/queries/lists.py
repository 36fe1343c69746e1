"""Lists of people, by keyset: a page costs the same at ten thousand people and at a million."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from kernel.identity.actor import Role
from kernel.names import look_ups_decide, matches, query_texts, word_matches, word_query
from kernel.paging import Cursors
from kernel.refusals import Damaged, Erased, InvalidInput, NotFound
from services.registry.domain.person.file import standing
from services.registry.domain.person.found_by import INNER, PARTY, UNIT, inner_words, open_words
from services.registry.domain.person.states import State
from services.registry.projections.shapes import person_line
from services.registry.queries.walking import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from kernel.identity.actor import Actor
    from services.registry.domain.person.file import File
    from services.registry.domain.person.states import Person
    from services.registry.queries.walking import Looked
    from services.registry.storage.office import Office

Answer = dict[str, Any]
_SPARE = 10
# So many people are looked at for a page before it ends, full or not: a twentieth of a second.
_MOST = 200


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


class _Asked(NamedTuple):
    """A page: of what, on which day, behind which id; `gone`: nobody whose row says so can fit."""

    wanted: Wanted
    on: date
    limit: int
    after: str
    gone: bool


class ListQueries:
    """Handlers of `search_people`, and what `search_files` finds."""

    def __init__(self, office: Office) -> None:
        """Read from the office's database with its keys."""
        self.office = office
        self.cursors = Cursors(office.secrets.request_key)

    def search_people(self, actor: Actor, arguments: Answer) -> Answer:
        """`{"items","next_cursor"}`: what colleagues know of each other, in the order of registration.

        `text` is a name in characters, pinyin or initials, `words` are words of titles and posts. So many files
        are opened and no more: of whom nearly nobody fits, a page is short, and its cursor goes on.
        """
        return self.search(actor, arguments, inner=False)[0]

    def search(self, actor: Actor, arguments: Answer, *, inner: bool) -> tuple[Answer, list[Person]]:
        """A page and whom it shows; `inner`: found also by what only those who keep the registry see."""
        institutions = self.office.institutions(actor, arguments["institution"])
        wanted = _wanted(actor, arguments, inner=inner)
        on = self.office.day(arguments["as_of"])
        after = self.cursors.read(arguments, arguments["cursor"])
        gone = not wanted.left and on >= self.office.day(None)
        asked = _Asked(wanted, on, arguments["limit"], after[0] if after else "", gone)
        with self.office.database.read(by_index=True) as connection:
            page, behind = self._page(Walk(self.office, connection, institutions, wanted.found()), asked)
        cursor = self.cursors.make(arguments, [behind]) if behind else None
        items = [person_line(person, file, on) for person, file in page]
        return {"items": items, "next_cursor": cursor}, [person for person, _ in page]

    def _page(self, walk: Walk, asked: _Asked) -> tuple[list[tuple[Person, File]], str | None]:
        """The people who fit, and the id behind which the next page begins; none where this is the last."""
        fitting: list[tuple[Person, File]] = []
        pieces, behind = _pieces(asked.limit), None
        states = (State.CURRENT,) if asked.gone else (State.CURRENT, State.LEFT)
        for most, people in zip(pieces, walk.people(states, asked.after, pieces), strict=False):
            here = [person for person in people if person.state in states]
            self.office.keys.get({person.key_id for person in here})
            for person, file in self._fitting(here, asked):
                if len(fitting) == asked.limit:
                    return fitting, fitting[-1][0].person_id
                fitting.append((person, file))
            if len(people) < most:
                return fitting, None
            behind = people[-1].person_id
        return fitting, behind

    def _fitting(self, people: list[Person], asked: _Asked) -> Iterator[tuple[Person, File]]:
        for person in people:
            # A list goes on over a file that is erased meanwhile, or cannot be read.
            with suppress(Erased, Damaged):
                file = self.office.open(person)
                if asked.wanted.fits(file, asked.on):
                    yield person, file


def _wanted(actor: Actor, arguments: Answer, *, inner: bool) -> Wanted:
    own = actor.unit if actor.role in (Role.LEADER, Role.LIAISON) else None
    if own is not None and arguments["unit"] not in (None, own):
        raise NotFound
    named = {name: arguments[name] for name in ("text", "words", "left")}
    party = arguments["party"] if inner else None
    decided = arguments["text"] is not None and look_ups_decide(arguments["text"])
    wanted = Wanted(unit=arguments["unit"] or own, party=party, inner=inner, decided=decided, **named)
    for field, given in (("text", wanted.text), ("words", wanted.words)):
        if given is not None and not wanted.found(field):
            raise InvalidInput.of(**{field: "nothing_to_look_for"})
    return wanted


def _pieces(limit: int) -> list[int]:
    """How many people are read at once: a page and a few who do not fit, then twice as many, and so on."""
    pieces = [limit + limit // 2 + _SPARE]
    while (rest := _MOST - sum(pieces)) > 0:
        pieces.append(min(2 * pieces[-1], rest))
    return pieces
