"""One code table: from a text to its code, and back to the label."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Rank = Literal["senior", "associate_senior", "intermediate", "junior"]

# After folding: 、 , ; / | and their full-width forms.
_BETWEEN = re.compile(r"[、,;/|]")
_INVISIBLE = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]+")


def folded(text: str) -> str:
    """The text as names are compared: one width, one case, no spaces."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).casefold())


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a table. `label` is what is shown; `full` is the longer name, which is the standard's own."""

    code: str
    label: str
    full: str
    aliases: tuple[str, ...] = ()
    rank: Rank | None = None
    practice: bool = False
    unchecked: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Everything by which this entry alone is meant."""
        return tuple(dict.fromkeys((self.label, self.full, *self.aliases)))


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A table of `standard`, its entries in order; what it does not know for certain it answers with None.

    `compared` says in one sentence what the entries were compared with. `meanings` maps each folded code and
    name to the codes that it may mean: one, or several for a name that the standard gives to several posts.
    `uncoded` are names in use that have a rank but no code, `nothing` what people write for an empty cell.
    """

    name: str
    standard: str
    compared: str
    entries: tuple[Entry, ...]
    meanings: Mapping[str, tuple[str, ...]] = field(repr=False)
    uncoded: Mapping[str, Rank] = field(repr=False)
    nothing: frozenset[str] = field(repr=False)
    labels: Mapping[str, str] = field(repr=False)

    def code(self, text: str) -> str | None:
        """The code that a code, label, full name or alias means; None where it is none or could be two."""
        meant = self.meanings.get(folded(text), ())
        return meant[0] if len(meant) == 1 else None

    def codes(self, text: str) -> list[str] | None:
        """The codes of a cell that may hold several, each once, in the order written.

        Separated by 、 , ; / | or by spaces and line ends. A blank cell, and one of the table's words for
        nothing, holds none (`[]`). None as soon as one part is not understood: the rest would not be the cell.
        """
        if folded(text) in self.nothing:
            return []
        found: list[str] = []
        for part in _BETWEEN.split(unicodedata.normalize("NFKC", text)):
            # A space may part two names or stand inside one: the whole part is tried first.
            meant = [self.code(part)]
            if meant == [None]:
                meant = [self.code(word) for word in part.split()]
            if not meant or None in meant:
                return None
            found += [code for code in meant if code is not None]
        return list(dict.fromkeys(found))

    def label(self, code: str) -> str:
        """The label to show; `KeyError` for a code that the table does not have."""
        return self.labels[code]

    def rank(self, text: str) -> Rank | None:
        """The rank of a title: also of one without a code, and of a name whose meanings all have one rank."""
        name = folded(text)
        meant = self.meanings.get(name, ())
        ranks = {entry.rank for entry in self.entries if entry.code in meant}
        return ranks.pop() if len(ranks) == 1 else self.uncoded.get(name)

    def items(self) -> tuple[tuple[str, str], ...]:
        """(code, label) in the order of the standard."""
        return tuple(self.labels.items())

    @property
    def unchecked(self) -> frozenset[str]:
        """The codes that nobody has compared with the standard's own text."""
        return frozenset(entry.code for entry in self.entries if entry.unchecked)
