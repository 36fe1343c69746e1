"""What a policy pack holds, as frozen values (standard library only)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from kernel.worktime import OfficeHours, WorkCalendar, WorkClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

UNIT_KINDS: Final = ("party_department", "department", "college", "affiliated")
GROUP_KINDS: Final = ("party_branch", "association", "study_group")
LEVELS: Final = ("school", "middle")
PERIODS: Final = ("year", "academic_year", "semester", "quarter")
LIST_STEPS: Final = ("propose", "agree", "decide", "file")
SYMPOSIUM_KINDS: Final = ("consultation", "annual_representatives", "research_seminar")
AUDIENCES: Final = (
    "non_party_person",
    "scholar",
    "representative",
    "nonpartisan",
    "notable",
    "united_front_member",
    "group",
    "party_leader",
    "united_front_staff",
    "liaison",
)
FORCES: Final = ("must", "guideline", "may", "encourage", "explore", "aim", "none")
"""How a clause binds: a guideline is explained, not breached; a may is never missed; an aim sets nothing."""
TREATMENTS: Final = ("rule", "event", "evidence", "narrowed", "declined", "background")
"""What is made of a clause; a `background` clause is not operative."""
GROUP_CONDITIONS: Final = ("party_branch", "association")
"""What a category may ask of a group; every other condition is asked of a person's file."""
CONDITIONS: Final = (
    "democratic_party_member",
    "nonpartisan",
    "not_cpc_member",
    "cpc_member",
    "holds_seat",
    "party_committee_member",
    "party_organisation_head",
    "party_organisation_deputy_head",
    "nonpartisan_group_head",
    "professor",
    "discipline_leader",
    "division_post",
    "middle_head_post",
    "cultivated",
    "young_or_middle_aged_representative",
    "representative",
    "retired",
    "long_cooperation_confirmed",
    "scholars_association_head",
    "scholars_association_key_member",
    "overseas_association_key_member",
    "overseas_chinese_federation_head",
    "influence_confirmed",
    "entered_by_hand",
    *GROUP_CONDITIONS,
    "teacher",
    "young",
    "age_at_most",
    "overseas_study_ended",
)
"""What a contact category or the liaison rule may ask of a file. None speaks of views, conduct or ethnicity."""
_CLOCKS_KEPT: Final = 1024


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a value comes from: a clause of the institution's own document, or, without one, a local reason.

    `quote`: the words it rests on, where they are not simply those of the clause.
    """

    clause: str | None = None
    reason: str = ""
    quote: str = ""

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
class Clause:
    """A clause of the document, word for word.

    `declined` are the words that are not built, `kept` what of a narrowed clause is, `reason` why; one that
    is not operative has its reason too. `aliases` are ids that it had before.
    """

    id: str
    quote: str
    force: str
    treatment: str
    aliases: tuple[str, ...] = ()
    declined: str = ""
    kept: str = ""
    reason: str = ""

    @property
    def operative(self) -> bool:
        """Whether it asks for anything."""
        return self.treatment != "background"


@dataclass(frozen=True, slots=True)
class Source:
    """The document that the institution issued for itself, as it lies beside the pack."""

    file: str
    sha256: str
    title: str
    number: str = ""
    issued_by: str = ""
    issued_on: date | None = None
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackVersion:
    """From which day on the pack holds in this form (effective date), and what is new in it."""

    effective_from: date
    summary: str
    cites: Citation = Citation()


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a section under its id; `content` holds its fields as `kernel.policy.schema` types them."""

    id: str
    content: Mapping[str, Any]
    cites: Citation = Citation()


@dataclass(frozen=True, slots=True)
class Item:
    """A requirement item (具体要求) of an indicator; `measure` says what is counted where events prove it."""

    clause: str
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A creation indicator (创建指标) with its responsible parties in the order of the document."""

    number: int
    clause: str
    head: str
    responsible: tuple[str, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class WorkItem:
    """An item of the year's work (工作要点); owner and date are local and may be unset."""

    clause: str
    owner: str = ""
    due: date | None = None


def _nothing() -> Mapping[Any, Any]:
    return MappingProxyType({})


_NO_SOURCE: Final = Source("", "", "")


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules of one institution.

    `version`: the first 12 hex digits of the SHA-256 of the pack's canonical content; events carry it.
    `clocks` has at least `reply`. `closed_reasons` says for each closed day why. `document` is the prefix of
    the clauses that the pack may cite. `values` are the sections of `kernel.policy.schema:SECTIONS`, by name
    and id; `versions` stand in the order of their dates. `written` is that content as JSON.
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
    closed_reasons: Mapping[date, str] = field(default_factory=_nothing)
    source: Source = _NO_SOURCE
    versions: tuple[PackVersion, ...] = ()
    clauses: Mapping[str, Clause] = field(default_factory=_nothing)
    values: Mapping[str, Mapping[str, Value]] = field(default_factory=_nothing)
    academic_calendar: Value | None = None
    indicators: tuple[Indicator, ...] = ()
    work_items: tuple[WorkItem, ...] = ()
    written: bytes = field(default=b"", repr=False, compare=False)

    def clause(self, clause_id: str) -> Clause | None:
        """The clause of that id or alias, or None."""
        found = self.clauses.get(clause_id)
        return found or next((one for one in self.clauses.values() if clause_id in one.aliases), None)

    def section(self, name: str) -> Mapping[str, Value]:
        """The values of a section by id; empty where the institution has none."""
        return self.values.get(name, MappingProxyType({}))

    def work_clock(self, calendar: WorkCalendar) -> WorkClock:
        """The clock of this institution's hours and closed days on that calendar; made once per both."""
        return _work_clock(calendar, self.hours, self.closed_days)

    def __hash__(self) -> int:
        return hash((self.id, self.version))


# Keyed by content, not by pack: institutions with the same hours and no closed days share one table of days.
@lru_cache(maxsize=_CLOCKS_KEPT)
def _work_clock(calendar: WorkCalendar, hours: OfficeHours, closed: tuple[date, ...]) -> WorkClock:
    return WorkClock(calendar.with_closed(closed), hours)
