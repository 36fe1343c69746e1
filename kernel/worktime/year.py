"""One year's arrangement of holidays and make-up days (调休), as dated data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIRST_YEAR: Final = 1992
LAST_YEAR: Final = 2100
SATURDAY: Final = 5
_FIELDS: Final = ("year", "source", "off", "work")
_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class CalendarFault(ValueError):
    """A year's arrangement contradicts itself or is not one.

    `field` names the part (`off[3]`), `code` the kind of fault; both are stable, the sentence for people is
    made where it is shown.
    """

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """What a published arrangement changes about Monday to Friday.

    `off` are days that do not work (weekend days may be among them and change nothing), `work` are the
    make-up days, which must fall on weekends; both ascending. `source` says where the data comes from. An
    arrangement that lends a make-up day to the year before it belongs, day by day, to the year of the date.
    Raises `CalendarFault`.
    """

    year: int
    source: str
    off: tuple[date, ...] = ()
    work: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        if not FIRST_YEAR <= self.year <= LAST_YEAR:
            raise CalendarFault("year", "out_of_range")
        if not self.source.strip():
            raise CalendarFault("source", "empty")
        for name in ("off", "work"):
            self._check_days(name, getattr(self, name))
            object.__setattr__(self, name, tuple(sorted(getattr(self, name))))
        for index, day in enumerate(self.work):
            if day.weekday() < SATURDAY:
                raise CalendarFault(f"work[{index}]", "not_a_weekend")
            if day in self.off:
                raise CalendarFault(f"work[{index}]", "in_both_lists")

    def _check_days(self, name: str, days: Sequence[date]) -> None:
        seen: set[date] = set()
        for index, day in enumerate(days):
            if day.year != self.year:
                raise CalendarFault(f"{name}[{index}]", "outside_the_year")
            if day in seen:
                raise CalendarFault(f"{name}[{index}]", "twice")
            seen.add(day)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> CalendarYear:
        """The year of `{"year", "source", "off"?, "work"?}`; days are dates or `YYYY-MM-DD` texts.

        Raises `CalendarFault` for anything missing, unknown, of the wrong type, or contradictory.
        """
        for name in mapping:
            if name not in _FIELDS:
                raise CalendarFault(str(name), "unknown")
        return cls(
            year=_whole_number(mapping, "year"),
            source=_text(mapping, "source"),
            off=_days(mapping, "off"),
            work=_days(mapping, "work"),
        )

    def to_mapping(self) -> dict[str, object]:
        """JSON-ready, and what `from_mapping` reads."""
        return {
            "year": self.year,
            "source": self.source,
            "off": [day.isoformat() for day in self.off],
            "work": [day.isoformat() for day in self.work],
        }


def _whole_number(mapping: Mapping[str, object], name: str) -> int:
    value = _needed(mapping, name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise CalendarFault(name, "not_an_integer")
    return value


def _text(mapping: Mapping[str, object], name: str) -> str:
    value = _needed(mapping, name)
    if not isinstance(value, str):
        raise CalendarFault(name, "not_a_string")
    return value


def _needed(mapping: Mapping[str, object], name: str) -> object:
    if mapping.get(name) is None:
        raise CalendarFault(name, "required")
    return mapping[name]


def _days(mapping: Mapping[str, object], name: str) -> tuple[date, ...]:
    values = mapping.get(name, [])
    if not isinstance(values, list | tuple):
        raise CalendarFault(name, "not_a_list")
    return tuple(_day(value, f"{name}[{index}]") for index, value in enumerate(values))


def _day(value: object, field: str) -> date:
    # `datetime` is a `date` too and YAML makes one of `2027-01-01 09:00`, which would never equal a plain day.
    if type(value) is date:
        return value
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise CalendarFault(field, "not_a_date")
