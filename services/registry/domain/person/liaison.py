"""Who may be nominated as liaison on a day: by a branch, else by the fallback with a reason (CF-5, pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.registry.domain.person.facts import find
from services.registry.domain.person.scope import Alternative, alternative

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any

    from kernel.policy.pack import Value
    from services.registry.domain.person.file import File
    from services.registry.domain.person.findings import Finding


class Branch(NamedTuple):
    """A way to be nominated, and what the file says to it."""

    id: str
    name: str
    way: Alternative


class Nomination(NamedTuple):
    """By which branch somebody may be nominated; `branch` is empty where by none.

    `needs_reason`: it is the fallback, and the unit says why neither branch could be met. `unknown`: by none
    today, but something is not recorded that a branch asks for. `branches` are all, the fallback last.
    """

    branch: str
    needs_reason: bool
    unknown: bool
    clause: str | None
    branches: tuple[Branch, ...]


def branch_of(file: File, rule: Value, on: date) -> Nomination:
    """By which branch of the rule the person may be nominated on that day.

    The branches are of equal rank and the first that holds is named. Who is not in this institution on that
    day cannot be nominated at all.
    """
    given = rule.content

    def ask(condition: Mapping[str, Any]) -> Finding:
        return find(file, on, _aged(condition, given))

    ways = [Branch(one["id"], one["name"], alternative(one["all_of"], ask)) for one in given["branches"]]
    last = given.get("fallback")
    if last:
        ways.append(Branch(last["id"], last["name"], alternative(last["all_of"], ask)))
    here = file.here(on)
    chosen = next((way.id for way in ways if here and way.way.finding.holds), "")
    return Nomination(
        branch=chosen,
        needs_reason=chosen == (last or {}).get("id"),
        unknown=here and not chosen and any(way.way.finding.unknown for way in ways),
        clause=rule.cites.clause,
        branches=tuple(ways),
    )


def _aged(condition: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """“年轻” with the age that the institution set for it (local: CF-5 names none)."""
    if condition["fact"] == "young" and "age" not in condition and given.get("young"):
        return {**condition, "age": given["young"]["age_at_most"]}
    return condition
