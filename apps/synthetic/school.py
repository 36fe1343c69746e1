"""Invented institutions with their people, seeded: 以下人员均为程序虚构.

Nobody here exists. Names are put together by chance from what is usual, so a name may be somebody's; the rest
cannot be: telephone numbers begin with 1002, which belongs to nobody, and mail goes to `.example`. Whoever
shows or writes these people says `SENTENCE` with them, where it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from apps.synthetic.institution import Institution
from apps.synthetic.people import People

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.policy.pack import Pack

SENTENCE = "以下人员均为程序虚构"
"""What is said wherever people read of the people made here."""


@dataclass(frozen=True, slots=True)
class School:
    """An institution of `size` people; a larger one of the same pack and seed begins with the same people.

    `units` and `groups` are documents: units `{"id","name","kind","parent"}`, a party organisation also with
    its `form`; groups `{"id","name","kind"}`, a party's branch with `party`, a study group with the `unit`
    whose it is. A parent stands before its parts.
    """

    pack_id: str
    seed: int
    size: int
    units: tuple[dict[str, Any], ...]
    groups: tuple[dict[str, Any], ...]
    _people: People

    @classmethod
    def generate(cls, pack: Pack, *, seed: int, people: int) -> Self:
        """The institution of a pack, with so many people; they are made when they are asked for."""
        institution = Institution(pack)
        units = tuple(unit.document() for unit in institution.units.before(people))
        groups = tuple(group.document() for group in institution.groups.before(people))
        return cls(pack.id, seed, people, units, groups, People(institution, seed))

    def people(self, first: int = 0, until: int | None = None) -> Iterator[dict[str, Any]]:
        """The people from number `first` up to but without `until`, one at a time, as documents of the file.

        The entries have no ids. What needs a decision of the department is left out: pools, reserves,
        liaisons, recommendations, courses, contributions, confirmations.
        """
        end = self.size if until is None else min(until, self.size)
        return self._people.numbered(first, end)
