"""What the parts of a pack, each right alone, say against each other."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from kernel.policy.pack import GROUP_CONDITIONS
from kernel.policy.schema import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from kernel.policy.citations import Found
    from kernel.policy.files import Place

_AUTOMATIC: Final = "non_party_cadres"
# The days of a leap year, as a pack writes them.
_DAYS: Final = tuple(f"{date(2024, 1, 1) + timedelta(days=n):%m-%d}" for n in range(366))


def contradictions(folder: str, content: dict[str, Any]) -> Iterator[Found]:
    """Where names, dates and references within the pack do not fit."""
    if content["id"] != folder:
        yield ("id",), "other_folder"
    if "reply" not in content["clocks"]:
        yield ("clocks",), "no_reply_clock"
    yield from _versions(content["versions"])
    yield from _repetitions(content)
    yield from _strangers(content)
    yield from _unaskable(content)
    yield from _overlaps(content.get("academic_calendar", {}).get("semesters", []))
    for key, pool in content["talent_pools"].items():
        # Candidates by ethnicity, party or family would be a list of people by what they are.
        if pool["automatic"] and key != _AUTOMATIC:
            yield ("talent_pools", key, "automatic"), "automatic_forbidden"


def _versions(versions: list[dict[str, Any]]) -> Iterator[Found]:
    if not versions:
        yield ("versions",), "no_version"
    days = [version["effective_from"] for version in versions]
    for index, (before, after) in enumerate(pairwise(days), 1):
        if after == before or after in days[:index]:
            yield ("versions", index, "effective_from"), "same_date"
        elif after < before:
            yield ("versions", index, "effective_from"), "not_in_order"


def _repetitions(content: dict[str, Any]) -> Iterator[Found]:
    yield from _repeated(
        (("closed_days", n, "date"), day["date"]) for n, day in enumerate(content["closed_days"])
    )
    for part in ("channels", "units", "responsible_parties"):
        yield from _repeated(((part, key, "name"), value["name"]) for key, value in content[part].items())
    yield from _repeated(
        (("work_items", n, "clause"), item["clause"]) for n, item in enumerate(content["work_items"])
    )
    ids: list[tuple[Place, object]] = [(("clauses", key), key) for key in content["clauses"]]
    aliases: list[tuple[Place, object]] = [
        (("clauses", key, "aliases", n), alias)
        for key, clause in content["clauses"].items()
        for n, alias in enumerate(clause["aliases"])
    ]
    yield from _repeated(iter(ids + aliases))


def _repeated(values: Iterator[tuple[Place, object]]) -> Iterator[Found]:
    seen: set[object] = set()
    for path, value in values:
        if value in seen:
            yield path, "twice"
        seen.add(value)


def _strangers(content: dict[str, Any]) -> Iterator[Found]:
    """References to what the pack does not hold, and cadences that nothing can meet."""
    kinds = content["contact_kinds"]
    for path, name, held, code in _references(content):
        if name not in held:
            yield path, code
    for key, cadence in content["contact_cadences"].items():
        for n, kind in enumerate(cadence["kinds"]):
            if kind in kinds and not kinds[kind]["counts"]:
                yield ("contact_cadences", key, "kinds", n), "does_not_count"
        if cadence.get("least", 0) > cadence.get("stated_most", math.inf):
            yield ("contact_cadences", key, "stated_most"), "most_below_least"


def _references(content: dict[str, Any]) -> Iterator[tuple[Place, str, Container[str], str]]:
    """Each reference: where it stands, what it names, among what, and the code of its fault."""
    sections = {*SECTIONS, "channels"}
    for part, field, held, code in (
        ("contact_quotas", "categories", content["contact_categories"], "unknown_category"),
        ("pairings", "category", content["contact_categories"], "unknown_category"),
        ("contact_cadences", "kinds", content["contact_kinds"], "unknown_kind"),
        ("festivals", "kind", content["contact_kinds"], "unknown_kind"),
        ("responsible_parties", "unit", content["units"], "unknown_own_unit"),
    ):
        for key, value in content[part].items():
            named = value.get(field, [])
            if isinstance(named, str):
                yield (part, key, field), named, held, code
            else:
                yield from (((part, key, field, n), name, held, code) for n, name in enumerate(named))
    for key in content["open_lists"]:
        yield ("open_lists", key), key, sections, "unknown_section"


def _unaskable(content: dict[str, Any]) -> Iterator[Found]:
    """Conditions that what they are asked of cannot answer: of a group, of a file, or without their age."""
    for path, groups, condition in _conditions(content):
        if (condition["fact"] in GROUP_CONDITIONS) != groups:
            yield (*path, "fact"), "condition_of_another"
        if condition["fact"] == "age_at_most" and "age" not in condition:
            yield path, "age_unsaid"


def _conditions(content: dict[str, Any]) -> Iterator[tuple[Place, bool, dict[str, Any]]]:
    """Each condition: where it stands, whether it is asked of groups, and what it says."""
    for path, way, groups in _alternatives(content):
        for n, condition in enumerate(way["all_of"]):
            yield (*path, "all_of", n), groups, condition


def _alternatives(content: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any], bool]]:
    for key, category in content["contact_categories"].items():
        for n, way in enumerate(category["any_of"]):
            yield ("contact_categories", key, "any_of", n), way, category["of"] == "group"
    for key, rule in content["liaison_rules"].items():
        for n, branch in enumerate(rule["branches"]):
            yield ("liaison_rules", key, "branches", n), branch, False
        if "fallback" in rule:
            yield ("liaison_rules", key, "fallback"), rule["fallback"], False


def _overlaps(semesters: list[dict[str, Any]]) -> Iterator[Found]:
    """Semesters that share a day with one before; a semester may go on behind the end of the year."""
    taken: set[str] = set()
    for n, semester in enumerate(semesters):
        starts, ends = semester["starts"], semester["ends"]
        days = {day for day in _DAYS if (starts <= day <= ends if starts <= ends else not ends < day < starts)}
        if days & taken:
            yield ("academic_calendar", "semesters", n, "starts"), "semesters_overlap"
        taken |= days
