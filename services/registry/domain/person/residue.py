"""What an erased person still counts as in figures of past days, and nothing that tells who it was (pure).

A share that was true stays true when somebody in it is erased: so the days on which they were a leader of
the middle level, and in a pool, are kept without post, unit or name. Spans are half-open, and an empty text
is an open end.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from services.registry.domain.person.days import first_day, holds
from services.registry.domain.person.posts import leaderships
from services.registry.domain.person.standings import not_cpc_member

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.registry.domain.person.file import File

NON_PARTY: Final = "non_party"
PARTY: Final = "party"
UNKNOWN: Final = "unknown"
Residue = dict[str, Any]


def residue_of(file: File) -> Residue:
    """`{"middle": [[since, until, standing]], "pools": {pool: [[since, until]]}}`."""
    pools: dict[str, list[list[str]]] = {}
    for place in file.pools:
        pools.setdefault(place.pool, []).append([place.since, place.until])
    return {"middle": _middle(file), "pools": pools}


def middle_counts(residues: Iterable[Mapping[str, Any]], on: date) -> dict[str, int]:
    """How many erased people of each standing were leaders of the middle level on a day."""
    counts = dict.fromkeys((NON_PARTY, PARTY, UNKNOWN), 0)
    for residue in residues:
        for since, until, standing in residue["middle"]:
            counts[standing] += holds(since, until, on)
    return counts


def pool_count(residues: Iterable[Mapping[str, Any]], pool: str, on: date) -> int:
    """How many erased people were in a pool on a day."""
    return sum(
        any(holds(since, until, on) for since, until in residue["pools"].get(pool, ())) for residue in residues
    )


def _middle(file: File) -> list[list[str]]:
    edges = sorted({date.min, *_edges(file)})
    spans: list[list[str]] = []
    for start, end in zip(edges, [*edges[1:], None], strict=True):
        if not leaderships(file, start, ("middle",)):
            continue
        since = "" if start == date.min else start.isoformat()
        until = end.isoformat() if end else ""
        standing = _standing(file, start)
        if spans and spans[-1][1:] == [since, standing]:
            spans[-1][1] = until
        else:
            spans.append([since, until, standing])
    return spans


def _edges(file: File) -> Iterable[date]:
    texts = [file.joined, file.left]
    for post in file.tenures:
        texts += [post.since, post.until]
    for membership in file.memberships:
        texts += [membership.since, membership.until]
    return (first_day(text) for text in texts if text)


def _standing(file: File, on: date) -> str:
    found = not_cpc_member(file, on, {})
    return UNKNOWN if found.unknown else NON_PARTY if found.holds else PARTY
