"""What an erased person still counts as in figures of past days, and nothing that tells who it was (pure).

A share that was true stays true when somebody in it is erased: so the days on which they were a leader of
the middle level or a delegate, and in a pool or on a reserve list, are kept without post, unit or name. Spans
are half-open, and an empty text is an open end.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from services.registry.domain.person.days import first_day, holds
from services.registry.domain.person.posts import leaderships
from services.registry.domain.person.ratio import delegate, non_party_representative
from services.registry.domain.person.standings import not_cpc_member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from services.registry.domain.person.file import File, Lasting
    from services.registry.domain.person.findings import Finding

NON_PARTY: Final = "non_party"
PARTY: Final = "party"
UNKNOWN: Final = "unknown"
Residue = dict[str, Any]


def residue_of(file: File) -> Residue:
    """`{"middle": [[since, until, standing]], "pools": {pool: [[since, until]]}}`.

    `delegates` are as `middle`, `reserves` as `pools`. A delegate's standing says whether it is a non-party
    representative.
    """
    return {
        "middle": _spans(file, _leads, _non_party),
        "delegates": _spans(file, delegate, non_party_representative),
        "pools": _places((place.pool, place) for place in file.pools),
        "reserves": _places((place.list, place) for place in file.reserves),
    }


def share_counts(residues: Iterable[Mapping[str, Any]], counted: str, on: date) -> dict[str, int]:
    """How many erased people of each standing were leaders (`middle`) or `delegates` on a day."""
    counts = dict.fromkeys((NON_PARTY, PARTY, UNKNOWN), 0)
    for residue in residues:
        for since, until, standing in residue.get(counted, ()):
            counts[standing] += holds(since, until, on)
    return counts


def pool_count(residues: Iterable[Mapping[str, Any]], listed: str, pool: str, on: date) -> int:
    """How many erased people were in a pool, or where `listed` is `reserves` on a list, on a day."""
    return sum(
        any(holds(since, until, on) for since, until in residue.get(listed, {}).get(pool, ()))
        for residue in residues
    )


def _places(places: Iterable[tuple[str, Lasting]]) -> dict[str, list[list[str]]]:
    kept: dict[str, list[list[str]]] = {}
    for name, place in places:
        kept.setdefault(name, []).append([place.since, place.until])
    return kept


def _spans(
    file: File, counts: Callable[[File, date], bool], finds: Callable[[File, date], Finding]
) -> list[list[str]]:
    edges = sorted({date.min, *_edges(file)})
    spans: list[list[str]] = []
    for start, end in zip(edges, [*edges[1:], None], strict=True):
        if not counts(file, start):
            continue
        since = "" if start == date.min else start.isoformat()
        until = end.isoformat() if end else ""
        found = finds(file, start)
        standing = UNKNOWN if found.unknown else NON_PARTY if found.holds else PARTY
        if spans and spans[-1][1:] == [since, standing]:
            spans[-1][1] = until
        else:
            spans.append([since, until, standing])
    return spans


def _edges(file: File) -> Iterable[date]:
    entries: tuple[Lasting, ...] = (*file.tenures, *file.memberships, *file.confirmations)
    texts = [file.joined, file.left, *(text for one in entries for text in (one.since, one.until))]
    return (first_day(text) for text in texts if text)


def _leads(file: File, on: date) -> bool:
    return bool(leaderships(file, on, ("middle",)))


def _non_party(file: File, on: date) -> Finding:
    return not_cpc_member(file, on, {})
