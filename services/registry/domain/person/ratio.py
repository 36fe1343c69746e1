"""How many non-party people are among leaders and delegates on a day (DT-13.2, DT-13.4; pure).

Ids of persons stand in the answers: who may see names decides the caller, and so does the suppression of
small groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.registry.domain.person.facts import confirmed
from services.registry.domain.person.file import standing
from services.registry.domain.person.findings import all_hold
from services.registry.domain.person.posts import leaderships
from services.registry.domain.person.standings import not_cpc_member

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from services.registry.domain.person.file import File
    from services.registry.domain.person.findings import Finding

_HUNDREDTHS = 100


class Ratio(NamedTuple):
    """Ids of persons, each once however many posts they hold.

    `unknown`: in the denominator, but no standing is recorded for the day; never counted as non-party.
    """

    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    unknown: tuple[str, ...]


class Count(NamedTuple):
    """Ids of persons: who is counted, among whom, and of whom it is not recorded. No verdict (DT-13.4)."""

    counted: tuple[str, ...]
    among: tuple[str, ...]
    unknown: tuple[str, ...]


def ratio(files: Mapping[str, File], on: date) -> Ratio:
    """The share of non-party cadres among middle-level leaders on a day (DT-13.2); files by person id.

    Head or deputy, a middle-level leader is whoever holds a post of that level in the institution.
    """
    leading = {person: file for person, file in files.items() if leaderships(file, on, ("middle",))}
    found = {person: not_cpc_member(file, on, {}) for person, file in leading.items()}
    return Ratio(_held(found), tuple(leading), _unknown(found))


def congress_count(files: Mapping[str, File], on: date) -> Count:
    """The non-party representatives among delegates of the staff congress and the like (DT-13.4)."""
    delegates = {person: file for person, file in files.items() if delegate(file, on)}
    found = {person: non_party_representative(file, on) for person, file in delegates.items()}
    return Count(_held(found), tuple(delegates), _unknown(found))


def percent(part: int, whole: int) -> float | None:
    """A share cut, not rounded, to two decimals, so that 9.999 is not shown as 10; None of nobody."""
    return part * 100 * _HUNDREDTHS // whole / _HUNDREDTHS if whole else None


def explanation_needed(part: int, whole: int, least_percent: int) -> bool:
    """Whether a share is below what the document says as a rule (一般): a guideline, and no breach."""
    return part * 100 < least_percent * whole


def delegate(file: File, on: date) -> bool:
    """Whether somebody is a delegate of the staff congress or the like on a day."""
    return file.here(on) and any(one.kind == "congress_delegate" for one in standing(file.tenures, on))


def non_party_representative(file: File, on: date) -> Finding:
    """Whether somebody is confirmed as a representative and recorded as not in the CPC."""
    return all_hold((confirmed("representative", file, on, {}), not_cpc_member(file, on, {})))


def _held(found: Mapping[str, Finding]) -> tuple[str, ...]:
    return tuple(person for person, finding in found.items() if finding.holds)


def _unknown(found: Mapping[str, Finding]) -> tuple[str, ...]:
    return tuple(person for person, finding in found.items() if finding.unknown)
