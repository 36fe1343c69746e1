"""Chance that repeats itself: one sequence of throws, months and the texts by which people know them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_T = TypeVar("_T")

_FIRST_YEAR, _LAST_YEAR = 1900, 2050
YEAR = 12
_BY_MONTH, _BY_DAY = 0.62, 0.9
_SAFE_DAYS = 28
_YEARS = range(_FIRST_YEAR, _LAST_YEAR)
_TEXTS = tuple(f"{year}-{number:02d}" for year in _YEARS for number in range(1, 13))
_DAYS = tuple(f"-{number:02d}" for number in range(1, _SAFE_DAYS + 1))


def month(year: int, number: int = 1) -> int:
    """Months since January 1900; with them ages and terms are subtractions."""
    return (year - _FIRST_YEAR) * YEAR + number - 1


def year_of(at: int) -> int:
    """The year of a month."""
    return _FIRST_YEAR + at // YEAR


NEWEST = month(2026, 8)
"""Nothing invented is later, so that a day on which somebody asks is not before what the file says."""


class Dice:
    """Throws that are the same after the same `begin`; a month is told as precisely as one might know it."""

    def __init__(self) -> None:
        self._random = Random()
        self.throw = self._random.random
        """A number from 0 to 1: less than a share where that happens which happens to this share of all."""

    def begin(self, *of: object) -> None:
        """Start the sequence that belongs to these words and numbers."""
        self._random.seed(":".join(map(str, of)))

    def pick(self, some: Sequence[_T]) -> _T:
        """One of them."""
        return some[int(self.throw() * len(some))]

    def between(self, low: int, high: int) -> int:
        """A whole number of the two or between them; `low` where `high` is less."""
        return low + int(self.throw() * (high - low + 1)) if high > low else low

    def day(self, at: int) -> str:
        """The month as `YYYY-MM`, or one of its days."""
        return _TEXTS[at] if self.throw() < _BY_MONTH else _TEXTS[at] + self.pick(_DAYS)

    def about(self, at: int) -> str:
        """The month, one of its days, or only its year."""
        known = self.throw()
        if known < _BY_MONTH:
            return _TEXTS[at]
        return _TEXTS[at] + self.pick(_DAYS) if known < _BY_DAY else _TEXTS[at][:4]


def slots(shares: Iterable[tuple[_T, int]]) -> tuple[_T, ...]:
    """Each thing as often as its share says: picking one is one throw, whatever their number."""
    return tuple(thing for thing, share in shares for _ in range(share))


@lru_cache(maxsize=4)
def words(file: str) -> dict[str, Any]:
    """The words of a file beside this one."""
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name(file).read_text(encoding="utf-8"))
    return found
