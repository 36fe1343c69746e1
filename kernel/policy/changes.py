"""What changed between two packs as they are written, value by value (pure).

Compared is the content that a version is the hash of, so that two packs of different versions always differ
in something that can be named.
"""

from __future__ import annotations

import re
from copy import deepcopy
from itertools import takewhile
from operator import eq
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kernel.canonical import encode
from kernel.policy.titles import FIELDS, PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Document = dict[str, Any]
# Section, id, field.
Place = tuple[str, str | None, str | None]
# Lists of values, and the field by which one of them is known; every other part is a mapping from ids.
_LISTED: Final = {
    "versions": "effective_from",
    "closed_days": "date",
    "indicators": "number",
    "work_items": "clause",
}
# A part that is one value.
_SINGLE: Final = frozenset({"source", "hours", "academic_calendar"})
_ORDER: Final = {name: place for place, name in enumerate(PARTS)}
_CITATION: Final = ("clause", "local", "reason")
_INNER: Final = {
    **FIELDS,
    "all_of": "须同时具备",
    "fact": "条件",
    "scope": "级别",
    "age": "年龄",
    "age_at_most": "年龄不超过",
    "step": "步骤",
    "starts": "起",
    "ends": "止",
    "id": "编号",
}
_ABSENT: Final[Any] = object()
_LONGEST: Final = 60
_BEFORE: Final = 10
_DIGITS: Final = re.compile(r"(\d+)")


class Change(NamedTuple):
    """One value that is another, new or gone.

    `kind` is `added`, `removed`, `changed`, or `ordered`: the same values in another order, `old` and `new`
    being their ids. Without `field` it is about the whole value, without `id` about the part itself or, of a
    part that is one value, about a field of it. `name` is what the value is called, `cites` what it rests on:
    the new one, or the old one where it is gone; null where it has none.
    """

    kind: str
    section: str
    id: str | None
    field: str | None
    old: Any
    new: Any
    name: str | None = None
    cites: Document | None = None

    def to_dict(self) -> Document:
        """As JSON has it, with a sentence for people."""
        return {**self._asdict(), "text": sentence(self)}


def difference(before: Document, after: Document) -> list[Change]:
    """What makes the second content of the first one, in the order in which a pack is shown."""
    found: list[Change] = []
    for section in sorted(before.keys() | after.keys(), key=lambda name: (_ORDER.get(name, len(_ORDER)), name)):
        old, new = before.get(section, _ABSENT), after.get(section, _ABSENT)
        if not _same(old, new):
            found += _of_part(section, old, new)
    return found


def apply(document: Document, changes: Sequence[Change]) -> Document:
    """The content after these changes; the one that is given stays."""
    result = deepcopy(document)
    for change in changes:
        _apply(result, change)
    return result


def sentence(change: Change) -> str:
    """The change as one line for people, with what it rests on."""
    title = PARTS.get(change.section, change.section)
    if change.kind == "ordered":
        return f"{title}：次序有改动"
    if change.id is None and change.field is None:
        whole = {"added": f"新增“{title}”一节", "removed": f"删去“{title}”一节"}
        return whole.get(change.kind) or f"{title}：{' → '.join(_sides(change))}"
    place = " ".join(filter(None, (title, change.id, change.name)))
    if change.field is None:
        verb, value = ("新增：", change.new) if change.kind == "added" else ("删去：", change.old)
        said = "" if change.name else f"：{_said_by(value)}"
        return f"{verb}{place}{said}{_basis(change)}"
    if change.kind == "changed" and (_structured(change.old) or _structured(change.new)):
        sides = _inside(change.old, change.new)
    else:
        old, new = _sides(change)
        sides = {"added": f"增写“{new}”", "removed": f"删去“{old}”"}.get(change.kind, f"{old} → {new}")
    return f"{place}，{FIELDS.get(change.field, change.field)}：{sides}{_basis(change)}"


def _of_part(section: str, before: Any, after: Any) -> list[Change]:
    old, new = (_values(section, side) for side in (before, after))
    kinds = {type(side) for side in (before, after) if side is not _ABSENT}
    if section in _SINGLE and isinstance(before, dict) and isinstance(after, dict):
        return list(_of_fields(section, None, before, after))
    if old is None or new is None or len(kinds) > 1:
        return [_change((section, None, None), before, after)]
    changes = list(_of_values(section, old, new))
    if before is _ABSENT:
        changes.insert(0, Change("added", section, None, None, None, type(after)()))
    if after is _ABSENT:
        changes.append(Change("removed", section, None, None, type(before)(), None))
    made = _values(
        section, apply({} if before is _ABSENT else {section: before}, changes).get(section, _ABSENT)
    )
    if isinstance(after, list) and list(made or ()) != list(new):
        changes.append(Change("ordered", section, None, None, list(made or ()), list(new)))
    return changes


def _of_values(section: str, old: Document, new: Document) -> Iterator[Change]:
    for key in dict.fromkeys([*old, *new]):
        before, after = old.get(key, _ABSENT), new.get(key, _ABSENT)
        if _same(before, after):
            continue
        if before is _ABSENT or after is _ABSENT:
            yield _change((section, key, None), before, after, before if after is _ABSENT else after)
        else:
            yield from _of_fields(section, key, before, after)


def _of_fields(section: str, key: str | None, old: Document, new: Document) -> Iterator[Change]:
    for field in dict.fromkeys([*old, *new]):
        before, after = old.get(field, _ABSENT), new.get(field, _ABSENT)
        if not _same(before, after):
            yield _change((section, key, field), before, after, new)


def _change(place: Place, old: Any, new: Any, value: Any = None) -> Change:
    kind = "added" if old is _ABSENT else "removed" if new is _ABSENT else "changed"
    old, new = (None if side is _ABSENT else side for side in (old, new))
    return Change(kind, *place, old, new, _name(value), _cites(value))


def _values(section: str, part: Any) -> Document | None:
    """The values of a part by id; none where it is no part of values, or two are known by one id."""
    if part is _ABSENT:
        return None if section in _SINGLE else {}
    if isinstance(part, dict) and section not in _SINGLE:
        return part if all(isinstance(value, dict) for value in part.values()) else None
    known_by = _LISTED.get(section)
    if not isinstance(part, list) or not all(isinstance(one, dict) and known_by in one for one in part):
        return None
    listed = {str(one[known_by]): one for one in part}
    return listed if len(listed) == len(part) else None


def _apply(document: Document, change: Change) -> None:
    section, new = change.section, deepcopy(change.new)
    if change.kind == "ordered":
        values = _values(section, document[section]) or {}
        document[section] = [values[key] for key in new]
    elif change.id is None and change.field is None:
        _put(document, section, change.kind, new)
    elif change.field is None:
        _put_value(document, change, new)
    else:
        part = document[section]
        value = part if change.id is None else (_values(section, part) or {})[change.id]
        _put(value, change.field, change.kind, new)


def _put(target: Document, key: str, kind: str, new: Any) -> None:
    if kind == "removed":
        del target[key]
    else:
        target[key] = new


def _put_value(document: Document, change: Change, new: Any) -> None:
    part, key = document[change.section], str(change.id)
    if isinstance(part, dict):
        _put(part, key, change.kind, new)
        return
    values = _values(change.section, part) or {}
    in_order = list(values) == sorted(values, key=_natural)
    _put(values, key, change.kind, new)
    # What stands in the order of days, numbers or clauses goes on doing so, and nobody is told of an order.
    keys = sorted(values, key=_natural) if in_order else list(values)
    document[change.section] = [values[one] for one in keys]


def _natural(text: str) -> list[str | int]:
    return [int(part) if place % 2 else part for place, part in enumerate(_DIGITS.split(text))]


def _same(one: Any, other: Any) -> bool:
    """Whether both are there and the same JSON, where 1 is not true."""
    if one is _ABSENT or other is _ABSENT:
        return one is other
    return encode(one) == encode(other)


def _cites(value: Any) -> Document | None:
    if not isinstance(value, dict) or not value.keys() & {"clause", "local"}:
        return None
    local = "clause" not in value
    return {"clause": value.get("clause"), "local": local, "reason": value.get("reason", "") if local else ""}


def _basis(change: Change) -> str:
    if change.cites is None or change.field in _CITATION:
        return ""
    if change.cites["local"]:
        return f"（本地设定，{change.cites['reason']}）"
    return f"（依据：{change.cites['clause']}）"


def _name(value: Any) -> str | None:
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else None


def _said_by(value: Any) -> str:
    """What a value without a name says."""
    said = [value.get(field) for field in ("summary", "quote", "reason")] if isinstance(value, dict) else []
    return _cut(_plain(next(filter(None, said), value)))


def _sides(change: Change) -> tuple[str, str]:
    """Old and new as people read them; of long texts the place where they begin to differ."""
    old, new = _plain(change.old), _plain(change.new)
    long = change.kind == "changed" and max(len(old), len(new)) > _LONGEST
    alike = sum(1 for _ in takewhile(bool, map(eq, old, new))) if long else 0
    start = max(0, alike - _BEFORE)
    return _cut(old, start), _cut(new, start)


def _plain(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "是", False: "否", None: "无"}[value]
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return "、".join(str(one) for one in value)
    if isinstance(value, list):
        return "；".join(map(_plain, value))
    if isinstance(value, dict):
        return "，".join(f"{_INNER.get(field, field)} {_plain(inner)}" for field, inner in value.items())
    return " ".join((value if isinstance(value, str) else encode(value).decode()).split())


def _structured(value: Any) -> bool:
    listed = value if isinstance(value, list) else []
    return isinstance(value, dict) or any(isinstance(one, dict | list) for one in listed)


def _inside(old: Any, new: Any) -> str:
    """The members that only one side has."""
    before, after = _members(old), _members(new)
    gone = [f"删去“{_cut(_plain(one))}”" for one in before if not any(_same(one, other) for other in after)]
    come = [f"增写“{_cut(_plain(one))}”" for one in after if not any(_same(one, other) for other in before)]
    return "；".join(gone + come) or "次序有改动"


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [{field: inner} for field, inner in value.items()]
    return value if isinstance(value, list) else [value]


def _cut(text: str, start: int = 0) -> str:
    end = start + _LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"
