"""What a person is told of decisions about them: into which pool, by whose decision, and why (DT-11.2, pure).

Made from the file, so whoever is in a pool is told, also of what was decided before they first looked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from services.registry.domain.person.lacking import CONFIRMED_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.policy.pack import Pack
    from services.registry.domain.person.file import File

_LISTS: Final = (("pools", "pool", "talent_pools", "人才库"), ("reserves", "list", "reserve_lists", ""))


class Notice(NamedTuple):
    """A sentence for the person, and the day that it is about."""

    on: str
    text: str


def notices(file: File, pack: Pack) -> tuple[Notice, ...]:
    """What was decided about the person, the newest first."""
    told = [*_pools(file, pack), *_liaisons(file), *_confirmations(file)]
    return tuple(sorted(told, key=lambda notice: notice.on, reverse=True))


def _pools(file: File, pack: Pack) -> Iterator[Notice]:
    for listed, own, section, kind in _LISTS:
        for place in getattr(file, listed):
            named = getattr(place, own)
            value = pack.section(section).get(named)
            name = value.content["name"] if value else named
            yield Notice(place.since, f"列入“{name}”{kind}，由{place.decided_by}决定；理由：{place.reason}")
            if place.until:
                why = (
                    f"由{place.removed_by}决定；理由：{place.removal_reason}" if place.removed_by else "因离校"
                )
                yield Notice(place.until, f"调出“{name}”{kind}，{why}")


def _liaisons(file: File) -> Iterator[Notice]:
    for term in file.liaisons:
        yield Notice(term.since, f"任联络员，任期至 {term.until}" if term.until else "任联络员")


def _confirmations(file: File) -> Iterator[Notice]:
    for one in file.confirmations:
        yield Notice(one.since, f"作出认定：{CONFIRMED_WORDS[one.fact]}；理由：{one.reason}")
        if one.until:
            why = f"；理由：{one.withdrawal_reason}" if one.withdrawal_reason else ""
            yield Notice(one.until, f"撤销认定：{CONFIRMED_WORDS[one.fact]}{why}")


def told(notice: Notice) -> dict[str, Any]:
    """A notice as answers have it."""
    return {"on": notice.on or None, "text": notice.text}
