"""What an invented institution consists of: the units of its pack, plausible ones beside them, its groups.

A unit or group `opens` with the person of that number: so a small school has few, a large one many, and the
first thousand people are the same in both.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from apps.synthetic.dice import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kernel.policy.pack import Pack

_APART = 14
_LARGE = "大学"


class Unit(NamedTuple):
    """A unit (kinds of `kernel.policy.pack.UNIT_KINDS`); `form` is that of a party organisation, else empty."""

    id: str
    name: str
    kind: str
    parent: str | None
    opens: int
    head: str = ""
    discipline: str = ""
    form: str = ""

    def document(self) -> dict[str, Any]:
        """The unit as data; what is empty is left out, but for the parent of a unit at the top."""
        told: dict[str, Any] = {"id": self.id, "name": self.name, "kind": self.kind, "parent": self.parent}
        return told | {"form": self.form} if self.form else told


class Group(NamedTuple):
    """A group (kinds of `GROUP_KINDS`): of a party by its code, of a party organisation, or of all.

    `for_whom` of an association is one of `scholars`, `returned` and `peoples`.
    """

    id: str
    name: str
    kind: str
    opens: int
    party: str = ""
    unit: str = ""
    for_whom: str = ""

    def document(self) -> dict[str, Any]:
        """The group as data; what is empty is left out."""
        told = {"id": self.id, "name": self.name, "kind": self.kind, "party": self.party, "unit": self.unit}
        return {key: value for key, value in told.items() if value}


class Opening:
    """Things in the order in which they open."""

    def __init__(self, some: Iterable[Any]) -> None:
        self.all = sorted(some, key=_opens)
        self._opens = [one.opens for one in self.all]

    def before(self, number: int) -> Sequence[Any]:
        """Those that are open once there are so many people."""
        return self.all[: self.count(number - 1)]

    def count(self, number: int) -> int:
        """How many are open for the person of that number; they are the first ones."""
        return bisect_right(self._opens, number)


class Institution:
    """All units and groups that a pack's institution may have, whatever its size."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.large = pack.name.endswith(_LARGE)
        self._data = words("words.yaml")
        self._taken = {unit.name for unit in pack.units.values()} | set(pack.units)
        units = list(chain(self._of_pack(), self._departments(), self._teaching()))
        self.units = Opening(units)
        self.by_id: Mapping[str, Unit] = {unit.id: unit for unit in units}
        self.teaching = Opening(unit for unit in units if unit.discipline)
        self.offices = Opening(unit for unit in units if not unit.discipline and not unit.form)
        self.organisations = Opening(unit for unit in units if unit.form)
        self.groups = Opening(chain(self._branches(), self._associations(), self._study_groups()))

    def _of_pack(self) -> Iterator[Unit]:
        for unit in self.pack.units.values():
            head = next((word for end, word in self._data["head_words"].items() if unit.name.endswith(end)), "")
            yield Unit(unit.id, unit.name, unit.kind, None, 0, head or "主任")

    def _departments(self) -> Iterator[Unit]:
        for number, (unit_id, name, kind, head) in enumerate(self._data["departments"]):
            if unit_id not in self._taken and name not in self._taken:
                yield Unit(unit_id, name, kind, None, number * 3 * _APART, head)

    def _teaching(self) -> Iterator[Unit]:
        """Colleges with their departments and party organisation; as many as the pack says, if it says."""
        shape = {
            value.content["kind"]: value.content["count"] for value in self.pack.section("unit_shape").values()
        }
        colleges = [one for one in self._data["colleges"] if self._taken.isdisjoint(one[:2])]
        opens = 0
        for unit_id, name, discipline, parts in colleges[: shape.get("college")]:
            yield Unit(unit_id, name, "college", None, opens, "院长", discipline)
            yield self._organisation(unit_id, name, opens)
            for number, part in enumerate(parts, 1):
                opens += _APART
                yield Unit(f"{unit_id}-{number}", part, "department", unit_id, opens, "主任", discipline)
            opens += 2 * _APART
        for unit_id, name, discipline in self._data["teaching_departments"][: shape.get("department", 0)]:
            yield Unit(unit_id, name, "department", None, 0, "主任", discipline)

    def _organisation(self, unit_id: str, name: str, opens: int) -> Unit:
        form, word = ("committee", "党委") if self.large else ("general_branch", "党总支")
        return Unit(f"{unit_id}-party", name + word, "party_department", unit_id, opens, "书记", form=form)

    def _branches(self) -> Iterator[Group]:
        for code, name, _, opens in self._data["parties"]:
            yield Group(f"branch-{code}", f"{name}支部", "party_branch", opens, party=code)

    def _associations(self) -> Iterator[Group]:
        """Those that the pack names, and the usual ones for whom it names none."""
        named = {
            _for_whom(value.id): Group(value.id.replace("_", "-"), value.content["name"], "association", 0)
            for value in self.pack.section("groups").values()
            if value.content["kind"] == "association"
        }
        for for_whom, (group_id, name) in self._data["associations"].items():
            group = named.get(for_whom, Group(group_id, name, "association", 0))
            yield group._replace(for_whom=for_whom)

    def _study_groups(self) -> Iterator[Group]:
        for unit in self.organisations.all:
            name = f"{unit.name}党外知识分子学习实践小组"
            yield Group(f"study-{unit.parent}", name, "study_group", unit.opens, unit=unit.id)


def _opens(one: Unit | Group) -> int:
    return one.opens


def _for_whom(group_id: str) -> str:
    if "overseas" in group_id:
        return "returned"
    return "peoples" if "minorities" in group_id else "scholars"
