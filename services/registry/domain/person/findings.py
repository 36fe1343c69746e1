"""What a file says to a question, and the entries that say it (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Because(NamedTuple):
    """A reason in words, the field of the file and the id of the entry it stands in (empty: none).

    The words tell what the field holds: who may not see the field may not see them either.
    """

    field: str
    entry: str
    text: str


class Finding(NamedTuple):
    """Whether something holds on a day. `unknown`: the file does not say (未登记), and nothing is guessed."""

    holds: bool
    because: tuple[Because, ...] = ()
    unknown: bool = False


class Entry(Protocol):
    """An entry with an id and days."""

    @property
    def id(self) -> str:
        """The id, unique in its file."""

    @property
    def since(self) -> str:
        """The day from which it holds; empty: always."""

    @property
    def until(self) -> str:
        """The day from which it no longer holds; empty: it goes on."""


_Entry = TypeVar("_Entry", bound=Entry)


def not_recorded(field: str, words: str) -> Finding:
    """The file does not say."""
    return Finding(holds=False, because=(Because(field, "", words),), unknown=True)


def told(field: str, found: Iterable[_Entry], words: Callable[[_Entry], str]) -> tuple[Because, ...]:
    """The entries in words, with their days."""
    return tuple(Because(field, one.id, words(one) + days_in_words(one.since, one.until)) for one in found)


def days_in_words(since: str, until: str) -> str:
    """The days of an entry behind its words: （2012-05 起）; nothing where none are known."""
    if since and until:
        return f"（{since} 起，{until} 止）"
    if since or until:
        return f"（{since} 起）" if since else f"（{until} 止）"
    return ""


def all_hold(findings: Iterable[Finding]) -> Finding:
    """Whether all hold: one that does not decides, before one that is unknown."""
    listed = tuple(findings)
    because = tuple(reason for one in listed for reason in one.because)
    refuted = any(not one.holds and not one.unknown for one in listed)
    unknown = not refuted and any(one.unknown for one in listed)
    return Finding(not refuted and not unknown, because, unknown)


def any_holds(findings: Iterable[Finding]) -> Finding:
    """Whether one of them holds: one that does decides, before one that is unknown."""
    listed = tuple(findings)
    holds = any(one.holds for one in listed)
    kept = [one for one in listed if one.holds] if holds else listed
    because = tuple(reason for one in kept for reason in one.because)
    return Finding(holds, because, not holds and any(one.unknown for one in listed))


def in_the_way(findings: Iterable[Finding]) -> tuple[Because, ...]:
    """The reasons of those that do not hold or are unknown, each once."""
    return tuple(dict.fromkeys(reason for one in findings if not one.holds for reason in one.because))
