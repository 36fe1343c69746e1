"""By which texts a name is found, and what a typed text looks up.

Look-ups are compared whole, behind a keyed hash, so every prefix that may be typed is a text of its own: each
of up to eight letters, and some longer ones. They leave few candidates, and `matches` decides on the opened
names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kernel.names.folding import characters, letters_typed
from kernel.names.readings import ways

if TYPE_CHECKING:
    from kernel.names.readings import Reading

Text = tuple[str, str]

NAME: Final = "name"
LATIN: Final = "latin"
LONGEST_PIECE = 12
EVERY_LATIN = 8
_LATIN_LENGTHS: Final = (*range(1, EVERY_LATIN + 1), 10, 12, 14)
# By the length of a text, how much of it is kept.
_KEPT: Final = (*range(EVERY_LATIN + 1), 8, 10, 10, 12, 12, 14)


def name_texts(name: str) -> frozenset[Text]:
    """What a name is found by: pieces of its characters, and beginnings of its pinyin and initials.

    About twenty for three characters. ("name", …): every contiguous piece of the characters, at most 12 long.
    ("latin", …): the beginnings of 1 to 8, 10, 12 and 14 letters of the joined pinyin and of the initials; of
    each later part (the given name; what stands behind a dot) its pinyin and its initials, each cut to such a
    length.
    """
    han = characters(name)
    texts = {
        (NAME, han[start:end])
        for start in range(len(han))
        for end in range(start + 1, min(start + LONGEST_PIECE, len(han)) + 1)
    }
    for begun, whole in map(_latin, ways(name)):
        texts |= {(LATIN, text[:end]) for text in begun for end in _LATIN_LENGTHS if end <= len(text)}
        texts |= {(LATIN, _cut(text)) for text in whole}
    return frozenset(texts)


def query_texts(text: str) -> tuple[Text, ...]:
    """The look-ups that answer what was typed; all of them must be found. Empty for an unusable text.

    Characters give one look-up and letters one, whatever their case, width, tones and spaces; each is cut to
    the longest text that is kept, and `matches` tells the rest.
    """
    han, latin = characters(text), letters_typed(text)
    wanted = ((NAME, han[:LONGEST_PIECE]), (LATIN, _cut(latin)))
    return tuple((kind, key) for kind, key in wanted if key)


def look_ups_decide(text: str) -> bool:
    """Whether a name that the look-ups of a text found is what was typed, so that no test is needed."""
    return len(characters(text)) < LONGEST_PIECE and len(letters_typed(text)) < EVERY_LATIN


def _cut(text: str) -> str:
    """The longest beginning of letters that is kept."""
    return text[: _KEPT[min(len(text), len(_KEPT) - 1)]]


def matches(name: str, text: str) -> bool:
    """Whether a name is what was typed: the exact test, for names that the look-ups of the text found.

    The characters typed stand together in the name; the letters begin its pinyin or initials, or are the
    whole pinyin or all initials of a later part. An unusable text matches nothing.
    """
    han, latin = characters(text), letters_typed(text)
    if not han and not latin:
        return False
    return han in characters(name) and (not latin or any(_reads(reading, latin) for reading in ways(name)))


def _reads(reading: Reading, latin: str) -> bool:
    begun, whole = _latin(reading)
    return latin in whole or any(text.startswith(latin) for text in begun)


def _latin(reading: Reading) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts whose beginnings count, and those that count as a whole."""
    whole = [text for part in reading.parts[1:] for text in ("".join(part), _initials(part))]
    return ("".join(reading.syllables), _initials(reading.syllables)), tuple(whole)


def _initials(syllables: tuple[str, ...]) -> str:
    return "".join(syllable[0] for syllable in syllables)
