"""Office hours of a working day, Asia/Shanghai."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUTE_US: Final = 60_000_000
_MINUTES_OF_A_DAY: Final = 24 * 60
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class HoursFault(ValueError):
    """These spans are no office hours; `code` says why: `hours_empty hours_unreadable hours_order`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The spans of a day in which people work, as minutes since midnight, end excluded, ascending.

    A day closes before midnight: hours that ended at 24:00 would put a deadline on the day after its own.
    Raises `HoursFault`.
    """

    spans: tuple[tuple[int, int], ...] = ((510, 720), (840, 1050))
    spans_us: tuple[tuple[int, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.spans:
            raise HoursFault("hours_empty")
        before = 0
        for start, end in self.spans:
            if not before <= start < end < _MINUTES_OF_A_DAY:
                raise HoursFault("hours_order")
            before = end
        in_us = tuple((start * MINUTE_US, end * MINUTE_US) for start, end in self.spans)
        object.__setattr__(self, "spans_us", in_us)

    @classmethod
    def from_texts(cls, texts: Sequence[str]) -> OfficeHours:
        """The hours of `["08:30-12:00", "14:00-17:30"]`."""
        spans = []
        for text in texts:
            match = _SPAN.fullmatch(text)
            if match is None:
                raise HoursFault("hours_unreadable")
            hour, minute, end_hour, end_minute = (int(digits) for digits in match.groups())
            spans.append((hour * 60 + minute, end_hour * 60 + end_minute))
        return cls(tuple(spans))

    def to_texts(self) -> list[str]:
        """What `from_texts` reads."""
        return [f"{s // 60:02}:{s % 60:02}-{e // 60:02}:{e % 60:02}" for s, e in self.spans]

    @property
    def day_us(self) -> int:
        """Microseconds of office hours in a working day."""
        return sum(end - start for start, end in self.spans_us)

    @property
    def closing_us(self) -> int:
        """Closing hour in microseconds since midnight."""
        return self.spans_us[-1][1]

    def worked_us(self, time_of_day: int) -> int:
        """Microseconds of office hours that are over at this time of a working day (since midnight)."""
        worked = 0
        for start, end in self.spans_us:
            if time_of_day <= start:
                break
            worked += min(time_of_day, end) - start
        return worked
