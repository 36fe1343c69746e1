"""By what a person can be found without opening every file (pure).

A look-up answers whoever has or ever had it; the opened file then decides for the day that is asked about.
Nobody is found by ethnicity, birth, or what others said of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.registry.domain.person.file import File

UNIT: Final = "unit"
PARTY: Final = "party"
TENURE: Final = "tenure"
LEVEL: Final = "level"
POOL: Final = "pool"
RESERVE: Final = "reserve"
GROUP: Final = "group"
LIAISON: Final = "liaison"
Found = tuple[str, str]


def found_by(file: File) -> frozenset[Found]:
    """The pairs of kind and text that a file is found by."""
    return frozenset(_entries(file))


def _entries(file: File) -> Iterator[Found]:
    for place in file.units:
        yield UNIT, place.unit
    for membership in file.memberships:
        yield PARTY, membership.party
    for tenure in file.tenures:
        yield TENURE, tenure.kind
        if tenure.kind == "leadership":
            yield LEVEL, tenure.level
    for pool in file.pools:
        yield POOL, pool.pool
    for reserve in file.reserves:
        yield RESERVE, reserve.list
    for group in file.groups:
        yield GROUP, group.group
    for liaison in file.liaisons:
        yield LIAISON, liaison.unit
