"""How a name is read: syllables without tones, and where its parts begin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice, product
from typing import TYPE_CHECKING, Any

from kernel.names.folding import folded, runs
from kernel.names.surnames import surnames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.names.surnames import Readings

# A name of ten characters with two readings each would have a thousand; what people are called has a few.
MOST_READINGS = 16
# Longer without a compound surname, it is the name of a minority or a foreigner, and its first character none.
_LONGEST_WITH_SURNAME = 4
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """The syllables of a name in its parts: surname and given name, or what stands between the dots."""

    parts: tuple[tuple[str, ...], ...]

    @property
    def syllables(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(syllable for part in self.parts for syllable in part)


def readings(name: str) -> tuple[tuple[str, ...], ...]:
    """The syllables of a name, once for each way to read it; at most 16 ways, none for an unusable text.

    Without tones; ü as v and again as u, because both are typed. A Latin word is one syllable, and a character
    that nobody knows how to read is left out.
    """
    return tuple(dict.fromkeys(reading.syllables for reading in ways(name)))


def ways(name: str) -> tuple[Reading, ...]:
    """The ways to read a name, with its parts."""
    found = (reading for parts in _divided(name) for reading in _spelled(parts))
    return tuple(dict.fromkeys(islice(found, MOST_READINGS)))


def _divided(name: str) -> Iterator[list[Readings]]:
    found = runs(name)
    han = "".join(run for kind, run in found if kind == "han")
    compound = surnames().compound_of(han)
    if any(kind == "dot" for kind, _ in found) or (len(han) > _LONGEST_WITH_SURNAME and not compound):
        yield [_foreign(run) if kind == "han" else ((run,),) for kind, run in _parts(found)]
        return
    words: list[Readings] = [((run,),) for kind, run in found if kind == "word"]
    if compound:
        yield [surnames().compound[compound], _given(han[len(compound) :]), *words]
    if not compound or compound in surnames().two_ways:
        yield [_surname(han[:1]), _given(han[1:]), *words]


def _parts(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # Characters that only spaces or brackets separate are one part; a dot or a Latin word begins the next.
    parts: list[tuple[str, str]] = []
    last = ""
    for kind, run in found:
        if kind == last == "han":
            parts[-1] = (kind, parts[-1][1] + run)
        elif kind != "dot":
            parts.append((kind, run))
        last = kind
    return parts


@lru_cache(4096)
def _surname(character: str) -> Readings:
    known = surnames().single.get(character)
    return (known,) if known else tuple(_usual(character))


@lru_cache(16_384)
def _given(characters: str) -> Readings:
    known = surnames().given
    return tuple(
        tuple(dict.fromkeys((*usual, *known.get(character, ()))))
        for character, usual in zip(characters, _usual(characters), strict=True)
    )


def _foreign(characters: str) -> Readings:
    known = surnames().foreign
    return tuple(
        known.get(character, usual) for character, usual in zip(characters, _usual(characters), strict=True)
    )


def _usual(characters: str) -> list[tuple[str, ...]]:
    # Half a second and its dictionaries for the first name, and nothing for a process that reads none.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415
    from pypinyin.constants import PHRASES_DICT  # noqa: PLC0415

    # Two characters that are no word are read one by one, and most given names are such.
    if len(characters) == _PAIR and characters not in PHRASES_DICT:
        return [_alone(character) for character in characters]
    syllables = lazy_pinyin(characters, style=Style.NORMAL, v_to_u=True, errors=_silent)
    return [(folded(syllable),) for syllable in syllables]


@lru_cache(16_384)
def _alone(character: str) -> tuple[str, ...]:
    (usual,) = _usual(character)
    return usual


def _silent(unknown: str) -> Any:
    # A list stands for the characters one by one, which the library documents and its types do not say.
    return [""] * len(unknown)


def _spelled(parts: list[Readings]) -> Iterator[Reading]:
    spelled = [[_spellings(options) for options in part if any(options)] for part in parts]
    lengths = [len(part) for part in spelled if part]
    if not lengths:
        return
    # One product over all syllables is made step by step; a product of products would first be made whole.
    for chosen in product(*chain.from_iterable(spelled)):
        rest = iter(chosen)
        yield Reading(tuple(tuple(islice(rest, length)) for length in lengths))


def _spellings(options: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(option.replace("ü", typed) for option in options for typed in "vu"))
