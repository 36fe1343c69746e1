"""A person's file: everything the registry knows about somebody, as one frozen value (pure).

It is what an event carries, sealed, and what every answer is made from, on any day. All days are texts as
`services.registry.domain.person.days` reads them. There is no field for religion, family, country of study,
identity number, views, conduct, score or label.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeVar

from services.registry.domain.person import entries
from services.registry.domain.person.days import begun, holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date


class Lasting(Protocol):
    """An entry with days."""

    @property
    def since(self) -> str:
        """The day from which it holds; empty: always."""

    @property
    def until(self) -> str:
        """The day from which it no longer holds; empty: it goes on."""


_Lasting = TypeVar("_Lasting", bound=Lasting)


class FileFault(ValueError):
    """A document that is no file; it names the field, never what stands in it."""


@dataclass(frozen=True, slots=True)
class File:
    """A file. `left`: from that day on no longer in this institution; `retired` may come without leaving."""

    name: str
    staff_number: str = ""
    subject: str = ""
    gender: str = ""
    birth: str = ""
    ethnicity: str = ""
    phone: str = ""
    email: str = ""
    post_kind: str = ""
    discipline: str = ""
    joined: str = ""
    left: str = ""
    left_reason: str = ""
    retired: str = ""
    units: tuple[entries.UnitPlace, ...] = ()
    memberships: tuple[entries.Membership, ...] = ()
    tenures: tuple[entries.Tenure, ...] = ()
    titles: tuple[entries.Title, ...] = ()
    education: tuple[entries.Education, ...] = ()
    studies_abroad: tuple[entries.StudyAbroad, ...] = ()
    groups: tuple[entries.GroupPlace, ...] = ()
    pools: tuple[entries.PoolPlace, ...] = ()
    reserves: tuple[entries.ReservePlace, ...] = ()
    liaisons: tuple[entries.Liaison, ...] = ()
    recommendations: tuple[entries.Recommendation, ...] = ()
    courses: tuple[entries.Course, ...] = ()
    contributions: tuple[entries.Contribution, ...] = ()
    confirmations: tuple[entries.Confirmation, ...] = ()

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The file of a document; `FileFault` for a field that files do not have, or one that is missing.

        What is empty in the document counts as left out.
        """
        given = {name: value for name, value in document.items() if value}
        if strange := given.keys() - set(NAMES):
            raise FileFault(f"a file has no {min(strange)}")
        if "name" not in given:
            raise FileFault("a file has a name")
        for name, kind in LISTS.items():
            if name in given:
                given[name] = tuple(_entry(name, kind, one) for one in given[name])
        return cls(**given)

    def document(self) -> dict[str, Any]:
        """The file as JSON has it, in the order of the fields; empty things are left out."""
        told: dict[str, Any] = {}
        for name in NAMES:
            value = getattr(self, name)
            if value:
                told[name] = [_plain(one) for one in value] if name in LISTS else value
        return told

    def here(self, on: date) -> bool:
        """Whether the person is in this institution on a day."""
        return holds(self.joined, self.left, on)

    def in_unit(self, unit: str, on: date) -> bool:
        """Whether the person belongs to a unit on a day; somebody may belong to several."""
        return any(place.unit == unit for place in standing(self.units, on))

    def on(self, day: date) -> File:
        """The file with the entries of that day only.

        What somebody did stays done: studies abroad, courses, contributions and recommendations are there
        from their first day on; the outcome of a recommendation is from the day it was decided. The single
        fields are as they are.
        """
        kept: dict[str, Any] = {name: standing(getattr(self, name), day) for name in _STANDING}
        for name in ("studies_abroad", "courses"):
            kept[name] = tuple(one for one in getattr(self, name) if begun(one.since, day))
        kept["contributions"] = tuple(one for one in self.contributions if begun(one.on, day))
        kept["recommendations"] = tuple(
            one if begun(one.decided_on, day) else one._replace(outcome="", decided_on="")
            for one in self.recommendations
            if begun(one.since, day)
        )
        return replace(self, **kept)


def standing(listed: Iterable[_Lasting], on: date) -> tuple[_Lasting, ...]:
    """The entries that hold on a day, in their order."""
    return tuple(one for one in listed if holds(one.since, one.until, on))


LISTS: Final[dict[str, Any]] = {
    "units": entries.UnitPlace,
    "memberships": entries.Membership,
    "tenures": entries.Tenure,
    "titles": entries.Title,
    "education": entries.Education,
    "studies_abroad": entries.StudyAbroad,
    "groups": entries.GroupPlace,
    "pools": entries.PoolPlace,
    "reserves": entries.ReservePlace,
    "liaisons": entries.Liaison,
    "recommendations": entries.Recommendation,
    "courses": entries.Course,
    "contributions": entries.Contribution,
    "confirmations": entries.Confirmation,
}
"""The lists of a file and the kind of their entries."""
NAMES: Final = tuple(field.name for field in fields(File))
"""The fields of a file, in their order."""
_DONE: Final = ("studies_abroad", "recommendations", "courses", "contributions")
_STANDING: Final = tuple(name for name in LISTS if name not in _DONE)


def _entry(name: str, kind: Any, given: Mapping[str, Any]) -> Any:
    filled = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items() if value}
    try:
        return kind(**filled)
    except TypeError as error:
        # The error of a call names parameters, and those are keys of a document; its values it does not name.
        raise FileFault(f"no such entry of {name}: {error}") from error


def _plain(entry: Any) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in zip(entry._fields, entry, strict=True)
        if value
    }
