"""By what a person can be found without opening every file (pure).

A look-up answers whoever has or ever had it; the opened file then decides for the day that is asked about.
Nobody is found by ethnicity, birth, or what others said of them.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from kernel.names import name_texts, word_texts
from services.registry.domain.person.fields import OPEN_TENURES

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
INNER: Final = "inner"
"""Words that only those who keep the registry may look for; the others' are of kind `word`."""
Found = tuple[str, str]


def one_spelling(text: str) -> str:
    """A staff number or a login as it is kept and looked up: half-width, no blanks around it."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def found_by(file: File) -> frozenset[Found]:
    """The pairs of kind and text that a file is found by."""
    return frozenset(_entries(file))


def open_words(file: File) -> str:
    """The text in which colleagues may look for words: titles, and posts that they know anyway."""
    posts = [tenure.post for tenure in file.tenures if tenure.kind in OPEN_TENURES]
    return " ".join([*(title.name for title in file.titles), *posts])


def inner_words(file: File) -> str:
    """The text in which only those who keep the registry may look for words, beside the open one."""
    posts = [f"{one.post} {one.body}" for one in file.tenures if one.kind not in OPEN_TENURES]
    return " ".join([file.discipline, *posts])


def _entries(file: File) -> Iterator[Found]:
    yield from name_texts(file.name)
    yield from word_texts(open_words(file))
    for _, word in word_texts(inner_words(file)):
        yield INNER, word
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
