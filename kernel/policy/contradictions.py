"""What the parts of a pack, each right alone, say against each other."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from kernel.policy.schema import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from kernel.policy.citations import Found
    from kernel.policy.files import Place

_AUTOMATIC: Final = "non_party_cadres"


def contradictions(folder: str, content: dict[str, Any]) -> Iterator[Found]:
    """Where names, dates and references within the pack do not fit."""
    if content["id"] != folder:
        yield ("id",), "other_folder"
    if "reply" not in content["clocks"]:
        yield ("clocks",), "no_reply_clock"
    yield from _versions(content["versions"])
    yield from _repetitions(content)
    yield from _strangers(content)
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
    """References to what the pack does not hold."""
    kinds = content["contact_kinds"]
    for path, name, held, code in _references(content):
        if name not in held:
            yield path, code
    for key, cadence in content["contact_cadences"].items():
        for n, kind in enumerate(cadence["kinds"]):
            if kind in kinds and not kinds[kind]["counts"]:
                yield ("contact_cadences", key, "kinds", n), "does_not_count"


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
