"""The people whom look-ups find, in the order of their ids, by short ranges of the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, literal, select, union_all

from services.registry.domain.person.states import Person
from services.registry.storage.tables import PERSON, PERSON_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Select

    from services.registry.storage.office import Office

_P, _T = PERSON.c, PERSON_TOKEN.c
_ROW = tuple(_P[name] for name in Person._fields)
# A look-up that finds fewer than so many drives the search; how many more the others find does not matter.
_ENOUGH = (500, 5_000)
# The ways of a look-up, each one a kind and a text: one of them must find a person.
Looked = tuple[tuple[str, str], ...]
Tokens = list[list[int]]


class Walk:
    """People of some institutions whom every look-up finds; without look-ups, all in some states."""

    def __init__(
        self, office: Office, connection: Connection, institutions: Sequence[str], found: Sequence[Looked]
    ) -> None:
        """Read in the snapshot of the connection."""
        self._connection = connection
        self._institutions = institutions
        self._everybody = not found
        places: list[Tokens] = [
            [[office.token(institution, *way) for way in ways] for ways in found]
            for institution in institutions
        ]
        self._places = self._rarest_first(places) if len(found) > 1 else places

    def people(self, states: Sequence[str], after: str, pieces: Sequence[int]) -> Iterator[list[Person]]:
        """People behind an id, at most so many at once; a piece with fewer is the last one."""
        for most in pieces:
            people = self._piece(states, after, most)
            yield people
            if len(people) < most:
                return
            after = people[-1].person_id

    def _piece(self, states: Sequence[str], after: str, most: int) -> list[Person]:
        ranges = list(self._by_state(states, after) if self._everybody else self._by_token(after))
        if not ranges:
            return []
        # Each is cut at the length of the piece: one over all of them would be read to its end and sorted.
        cut = [select(one.order_by("person_id").limit(most).subquery().c.person_id) for one in ranges]
        ids = union_all(*cut).subquery()
        query = select(*_ROW).where(_P.person_id.in_(select(ids.c.person_id)))
        rows = self._connection.execute(query.order_by(_P.person_id).limit(most))
        return [Person._make(row) for row in rows]

    def _by_state(self, states: Sequence[str], after: str) -> Iterator[Select[Any]]:
        for institution in self._institutions:
            for state in states:
                yield select(_P.person_id).where(
                    _P.institution == institution, _P.state == state, _P.person_id > after
                )

    def _by_token(self, after: str) -> Iterator[Select[Any]]:
        for driving, *others in self._places:
            for token in driving:
                query = select(_T.person_id).where(_T.token == token, _T.person_id > after)
                for tokens in others:
                    other = PERSON_TOKEN.alias()
                    also = select(1).where(other.c.person_id == _T.person_id, other.c.token.in_(tokens))
                    query = query.where(exists(also))
                yield query

    def _rarest_first(self, places: list[Tokens]) -> list[Tokens]:
        """Each place's look-ups, the one that finds the fewest first; no place where one finds nobody.

        A frequent surname in a small party: to go through the surname costs more the larger the registry is. Of
        two that both find many, the one whose first entries reach further.
        """
        for enough in _ENOUGH:
            measured = self._measured(places, enough)
            if all(any(count < enough for count, _ in each) for each in measured):
                break
        counted = [
            sorted(zip(each, place, strict=True), key=_by_rarity)
            for each, place in zip(measured, places, strict=True)
        ]
        return [[tokens for _, tokens in place] for place in counted if place[0][0][0]]

    def _measured(self, places: list[Tokens], most: int) -> list[list[tuple[int, int]]]:
        """Of each look-up how many index entries it finds, and how far these reach among all people.

        Counted no further than to `most` of each way, in one statement.
        """
        tokens = [token for place in places for ways in place for token in ways]
        asked = union_all(*(_first(at, token, most) for at, token in enumerate(tokens)))
        found = iter(sorted((at, count, last) for at, count, last in self._connection.execute(asked)))
        return [[_together([next(found)[1:] for _ in ways]) for ways in place] for place in places]


def _first(at: int, token: int, most: int) -> Select[Any]:
    """How many of the first entries of a token there are, and the last of them; with the token's place."""
    some = select(_T.person_id).where(_T.token == token).order_by(_T.person_id).limit(most).subquery()
    return select(literal(at), func.count(), func.max(some.c.person_id)).select_from(some)


def _together(ways: list[tuple[int, str | None]]) -> tuple[int, int]:
    """Of the ways of a look-up: all entries, and the place up to which each of them was counted."""
    reach = min((int(last.replace("-", ""), 16) for _, last in ways if last), default=0)
    return sum(count for count, _ in ways), reach


def _by_rarity(measured: tuple[tuple[int, int], list[int]]) -> tuple[int, int]:
    # Ids are in the order of time: as many entries of a rarer look-up reach further.
    (count, reach), _ = measured
    return count, -reach
