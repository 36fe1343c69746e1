"""What a policy pack holds, as frozen values (standard library only)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from kernel.worktime import OfficeHours, WorkCalendar, WorkClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

UNIT_KINDS: Final = ("party_department", "department", "college", "affiliated")
_CLOCKS_KEPT: Final = 1024


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a value comes from: a clause of the institution's own document, or, without one, a local reason."""

    clause: str | None = None
    reason: str = ""

    @property
    def local(self) -> bool:
        """Whether no document sets the value; it is then never shown as a rule of one."""
        return self.clause is None


@dataclass(frozen=True, slots=True)
class Channel:
    """A way in for suggestions (信箱)."""

    id: str
    name: str
    cites: Citation = Citation()


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that tickets may be assigned to; `kind` is one of `UNIT_KINDS`.

    `machine_queue`: its own system takes assignments from an AMQP queue (docs/interface.md, "Department
    queues"). That is local even where a clause names the unit: no document speaks of queues.
    """

    id: str
    name: str
    kind: str
    machine_queue: bool = False
    cites: Citation = Citation()


@dataclass(frozen=True, slots=True)
class Clock:
    """A limit in working days. No source document sets one, so `local` is true until a school's own does."""

    working_days: int
    local: bool
    reason: str
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules of one institution.

    `version`: the first 12 hex digits of the SHA-256 of the pack's canonical content; events carry it.
    `clocks` has at least `reply`. `closed_reasons` says for each closed day why. `document` is the prefix of
    the clauses that the pack may cite.
    """

    id: str
    name: str
    version: str
    hours: OfficeHours
    closed_days: tuple[date, ...]
    channels: Mapping[str, Channel]
    units: Mapping[str, Unit]
    clocks: Mapping[str, Clock]
    document: str = ""
    hours_cites: Citation = Citation()
    closed_reasons: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))

    def work_clock(self, calendar: WorkCalendar) -> WorkClock:
        """The clock of this institution's hours and closed days on that calendar; made once per both."""
        return _work_clock(calendar, self.hours, self.closed_days)

    def __hash__(self) -> int:
        return hash((self.id, self.version))


# Keyed by content, not by pack: institutions with the same hours and no closed days share one table of days.
@lru_cache(maxsize=_CLOCKS_KEPT)
def _work_clock(calendar: WorkCalendar, hours: OfficeHours, closed: tuple[date, ...]) -> WorkClock:
    return WorkClock(calendar.with_closed(closed), hours)
