"""Whom the department may look at for the pool of non-party cadres; a person decides (DT-11.2, pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from services.registry.domain.person.file import standing
from services.registry.domain.person.findings import Because, all_hold
from services.registry.domain.person.posts import leads
from services.registry.domain.person.standings import not_cpc_member

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from kernel.policy.pack import Value
    from services.registry.domain.person.file import File

_POOL: Final = "non_party_cadres"


class Candidate(NamedTuple):
    """Somebody who is not in the pool, and the posts and standing that make a non-party cadre."""

    person: str
    because: tuple[Because, ...]


def candidates(files: Mapping[str, File], pool: Value, on: date) -> tuple[Candidate, ...]:
    """Leaders of the day who are recorded as not in the CPC and are not in the pool; files by person id.

    Of any other pool nobody ever is a candidate, whatever the pack says: to look for people by ethnicity,
    party or studies abroad would be to list them by what they are.
    """
    if pool.id != _POOL or not pool.content["automatic"]:
        return ()
    made = []
    for person, file in files.items():
        post = leads(file, on)
        if not post.holds or any(one.pool == pool.id for one in standing(file.pools, on)):
            continue
        cadre = all_hold((post, not_cpc_member(file, on, {})))
        if cadre.holds:
            made.append(Candidate(person, cadre.because))
    return tuple(made)
