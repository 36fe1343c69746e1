"""Whom a leader is to keep in touch with, and which leaders are: each answer with all its reasons (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from services.registry.domain.person.days import begun
from services.registry.domain.person.facts import GROUP_FACTS, find
from services.registry.domain.person.findings import (
    Because,
    Finding,
    all_hold,
    any_holds,
    in_the_way,
)
from services.registry.domain.person.posts import LEVELS, leads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date
    from typing import Any

    from kernel.policy.pack import Value
    from services.registry.domain.person.file import File

_REASONS: Final = {
    "transferred": "调出",
    "resigned": "辞职",
    "deceased": "去世",
    "other": "其他原因",
}


class Checked(NamedTuple):
    """A condition of the pack and what the file says to it."""

    condition: Mapping[str, Any]
    finding: Finding


class Alternative(NamedTuple):
    """One way into a category: all its conditions, and whether they hold together."""

    conditions: tuple[Checked, ...]
    finding: Finding


class Explained(NamedTuple):
    """Whether a category applies on a day, and by what.

    `clause` is None for a local category. `unknown`: nothing in the file contradicts it, and something that
    it asks for is not recorded (未登记). `outside`: why no category applies to somebody who has left.
    """

    category: str
    name: str
    clause: str | None
    applies: bool
    unknown: bool
    alternatives: tuple[Alternative, ...]
    outside: Because | None = None

    @property
    def because(self) -> tuple[Because, ...]:
        """What the ways rest on that hold; where the category does not apply, what stands in its way."""
        if self.outside:
            return (self.outside,)
        if self.applies:
            return tuple(
                reason for way in self.alternatives if way.finding.holds for reason in way.finding.because
            )
        checked = (one.finding for way in self.alternatives for one in way.conditions)
        return in_the_way(checked)


class Duty(NamedTuple):
    """Whether a leader has the contact duties of a value of `leaders`, and by what."""

    leaders: str
    name: str
    clause: str | None
    applies: bool
    unknown: bool
    member: Finding
    post: Finding

    @property
    def because(self) -> tuple[Because, ...]:
        """What the duty rests on; where the person has none, what stands in its way."""
        both = (self.member, self.post)
        return all_hold(both).because if self.applies else in_the_way(both)


def explain(file: File, categories: Iterable[Value], on: date) -> tuple[Explained, ...]:
    """Each contact category of persons: whether it applies to the person on that day, condition by condition.

    The last category of a document (其他) is never derived: `entered_by_hand` holds by a confirmation only.
    Who left is nobody's contact here, unless it was by retiring: the documents name the retired.
    """
    outside = _outside(file, on)
    return tuple(
        _explained(category, lambda condition: find(file, on, condition), outside)
        for category in categories
        if category.content["of"] == "person"
    )


def explain_group(kind: str, categories: Iterable[Value]) -> tuple[Explained, ...]:
    """Each contact category of groups: whether it applies to a group of that kind."""
    return tuple(
        _explained(category, lambda condition: GROUP_FACTS[condition["fact"]](kind), None)
        for category in categories
        if category.content["of"] == "group"
    )


def duties(file: File, leaders: Iterable[Value], on: date) -> tuple[Duty, ...]:
    """Each group of leaders of the pack: whether the person is one of them on that day.

    A CPC member and a leader at one of its levels (YS-2.1, DT-4, MY-3): a vice-president who is not a member
    has no contact duty. The teams of the pack are words; its levels decide.
    """
    member = find(file, on, {"fact": "cpc_member"})
    made = []
    for value in leaders:
        post = _post(file, on, value.content["levels"])
        both = all_hold((member, post))
        made.append(
            Duty(
                value.id,
                value.content["name"],
                value.cites.clause,
                both.holds,
                both.unknown,
                member,
                post,
            )
        )
    return tuple(made)


def alternative(
    conditions: Iterable[Mapping[str, Any]], ask: Callable[[Mapping[str, Any]], Finding]
) -> Alternative:
    """Conditions that must all hold, each asked."""
    checked = tuple(Checked(condition, ask(condition)) for condition in conditions)
    return Alternative(checked, all_hold(one.finding for one in checked))


def _explained(
    category: Value, ask: Callable[[Mapping[str, Any]], Finding], outside: Because | None
) -> Explained:
    ways = tuple(alternative(one["all_of"], ask) for one in category.content["any_of"])
    found = any_holds(way.finding for way in ways)
    return Explained(
        category.id,
        category.content["name"],
        category.cites.clause,
        found.holds and outside is None,
        found.unknown and outside is None,
        ways,
        outside,
    )


def _post(file: File, on: date, levels: Iterable[str]) -> Finding:
    found = leads(file, on, tuple(levels))
    if found.holds:
        return found
    asked = "、".join(LEVELS[level] for level in levels)
    return found._replace(because=(Because("tenures", "", f"当日未登记本单位{asked}领导职务"),))


def _outside(file: File, on: date) -> Because | None:
    """Why the person is nobody's contact in this institution on that day."""
    if file.here(on):
        return None
    if not begun(file.joined, on):
        return Because("joined", "", f"当日尚未到本单位（{file.joined} 起）")
    if file.left_reason == "retired":
        return None
    return Because(
        "left", "", f"已离开本单位（{file.left} 起，{_REASONS.get(file.left_reason, '原因未登记')}）"
    )
