"""Our own table of how surnames are read, read once from data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    # For each character the syllables that it may be read as.
    Readings = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Surnames:
    """`single`, `given`, `foreign`: a character's readings there; `compound`: one for each of its characters.

    `two_ways` are the compound surnames that may as well be a single one and a given name.
    """

    single: Mapping[str, tuple[str, ...]]
    compound: Mapping[str, Readings]
    two_ways: frozenset[str]
    given: Mapping[str, tuple[str, ...]]
    foreign: Mapping[str, tuple[str, ...]]
    longest: int

    def compound_of(self, characters: str) -> str:
        """The compound surname that a name of these characters begins with, the longest; empty where none.

        Something has to be left for the given name: 欧阳 alone is no compound surname and a name of nothing.
        """
        for length in range(min(self.longest, len(characters) - 1), 1, -1):
            if characters[:length] in self.compound:
                return characters[:length]
        return ""


@cache
def surnames() -> Surnames:
    """The table that ships with the product."""
    # `domain/` imports names and must load where no YAML is installed.
    from kernel.worktime import plain_yaml  # noqa: PLC0415

    data = plain_yaml.read((files("kernel.names") / "surnames.yaml").read_text(encoding="utf-8")).value
    compound = {
        name: tuple((syllable,) for syllable in reading.split()) for name, reading in data["compound"].items()
    }
    return Surnames(
        single=_readings(data["single"]),
        compound=MappingProxyType(compound),
        two_ways=frozenset(data["two_ways"]),
        given=_readings(data["given"]),
        foreign=_readings(data["foreign"]),
        longest=max(map(len, compound)),
    )


def _readings(rows: dict[str, str]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({character: tuple(reading.split()) for character, reading in rows.items()})
