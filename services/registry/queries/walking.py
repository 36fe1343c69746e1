"""The people whom look-ups find, in the order of their ids, by short ranges of the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select, union_all

from services.registry.domain.person.states import Person
from services.registry.storage.tables import PERSON, PERSON_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Select

    from services.registry.storage.office import Office

_P, _T = PERSON.c, PERSON_TOKEN.c
_ROW = tuple(_P[name] for name in Person._fields)
# A look-up that finds fewer than so many drives the search; how many more the others find does not matter.
_ENOUGH = (500, 20_000)
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

        A frequent surname in a small party: to go through the surname costs more the larger the registry is.
        """
        for enough in _ENOUGH:
            counts = self._counts(places, enough)
            if all(min(each) < enough for each in counts):
                break
        counted = [sorted(zip(each, place, strict=True)) for each, place in zip(counts, places, strict=True)]
        return [[tokens for _, tokens in place] for place in counted if place[0][0]]

    def _counts(self, places: list[Tokens], most: int) -> list[list[int]]:
        """How many index entries each look-up finds, counted no further than to `most`; in one statement."""
        found = iter(
            self._connection.execute(
                select(*(_count(tokens, most) for place in places for tokens in place))
            ).one()
        )
        return [[next(found) for _ in place] for place in places]


def _count(tokens: list[int], most: int) -> Any:
    some = select(_T.person_id).where(_T.token.in_(tokens)).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
