"""Posts and seats on a day, from the recorded tenures (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.registry.domain.person.entries import DEMOCRATIC_PARTIES, LEADER_LEVELS, Tenure
from services.registry.domain.person.file import standing
from services.registry.domain.person.findings import Finding, told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date
    from typing import Any

    from services.registry.domain.person.file import File

_HEIGHTS: Final = {
    "national": 5,
    "province": 4,
    "city": 3,
    "county": 2,
    "district": 2,
    "township": 1,
    "school": 0,
}
_AND_ABOVE: Final = ("district", "city")
_EXACTLY: Final = {"province_or_city": ("province", "city"), "school": ("school",)}
LEVELS: Final = {
    "national": "全国",
    "province": "省级",
    "city": "市级",
    "county": "县级",
    "district": "区级",
    "township": "乡镇级",
    "school": "校级",
    "middle": "中层",
}
_ROLES: Final = {"deputy": "副职", "committee_member": "委员", "key_member": "骨干会员"}
_BODIES: Final = {
    "people_congress": "人大代表",
    "cppcc": "政协委员",
    "counsellor": "政府参事",
    "special_inspector": "特约人员",
    "scholars_association": "党外知识分子联谊会",
    "overseas_association": "留学人员联谊会",
    "overseas_chinese_federation": "侨联",
    "04": "民革",
    "05": "民盟",
    "06": "民建",
    "07": "民进",
    "08": "农工党",
    "09": "致公党",
    "10": "九三学社",
    "11": "台盟",
}
_KINDS: Final = {"nonpartisan_post": "无党派人士", "congress_delegate": "代表"}


def leaderships(file: File, on: date, levels: Collection[str] = LEADER_LEVELS) -> tuple[Tenure, ...]:
    """The posts of leadership at these levels that the person holds, head or deputy.

    Who left the institution leads nothing in it, whether or not somebody ended the tenure as well.
    """
    if not file.here(on):
        return ()
    return tuple(one for one in standing(file.tenures, on) if one.kind == "leadership" and one.level in levels)


def leads(file: File, on: date, levels: Collection[str] = LEADER_LEVELS) -> Finding:
    """Whether the person is a leader at one of these levels."""
    found = leaderships(file, on, levels)
    return Finding(bool(found), told("tenures", found, words))


def division_post(file: File, on: date, _condition: Mapping[str, Any]) -> Finding:
    """处级领导职务: a post of leadership at the middle level, head or deputy."""
    return leads(file, on, ("middle",))


def middle_head_post(file: File, on: date, _condition: Mapping[str, Any]) -> Finding:
    """中层正职."""
    found = [one for one in leaderships(file, on, ("middle",)) if one.role == "head"]
    return Finding(bool(found), told("tenures", found, words))


def holds_seat(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """A seat in a people's congress or a CPPCC of any level: 各级人大代表和政协委员, and no other seat."""
    return _within(condition, _held(file, on, "seat", bodies=("people_congress", "cppcc")))


def party_committee_member(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """委员以上职务 in a committee of a democratic party: member, deputy or head, and no key member."""
    return _party_post(("head", "deputy", "committee_member"), file, on, condition)


def party_organisation_head(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """Who heads an organisation of a democratic party."""
    return _party_post(("head",), file, on, condition)


def party_organisation_deputy_head(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """Who is deputy head of an organisation of a democratic party."""
    return _party_post(("deputy",), file, on, condition)


def nonpartisan_group_head(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """无党派负责人."""
    return _within(condition, _held(file, on, "nonpartisan_post", roles=("head",)))


def scholars_association_head(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """Who heads an association of non-party scholars (党外知识分子联谊会负责人)."""
    return _association("scholars_association", ("head",), file, on, condition)


def scholars_association_key_member(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """党外知识分子联谊会骨干会员; who heads it is one of them."""
    return _association("scholars_association", ("head", "key_member"), file, on, condition)


def overseas_association_key_member(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """留学人员联谊会（欧美同学会）骨干会员; who heads it is one of them."""
    return _association("overseas_association", ("head", "key_member"), file, on, condition)


def overseas_chinese_federation_head(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """侨联负责人."""
    return _association("overseas_chinese_federation", ("head",), file, on, condition)


def words(tenure: Tenure) -> str:
    """A tenure in words: level, body and role, and the post as it is called."""
    leads_here = tenure.kind == "leadership"
    head = "正职" if leads_here else "负责人"
    role = head if tenure.role == "head" else _ROLES.get(tenure.role, "")
    body = "" if leads_here else _BODIES.get(tenure.body, _KINDS.get(tenure.kind, tenure.body))
    told_as = LEVELS.get(tenure.level, "") + body + role
    return "：".join(part for part in (told_as, tenure.post) if part)


def _party_post(roles: tuple[str, ...], file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """A post of one of these roles in a democratic party; unknown where only the role is not recorded."""
    held = _held(file, on, "party_post", bodies=DEMOCRATIC_PARTIES)
    found = _within(condition, (one for one in held if one.role in roles))
    scope = condition.get("scope")
    open_ones = [
        one for one in held if not one.role and (not scope or not one.level or _reaches(one.level, scope))
    ]
    if found.holds or not open_ones:
        return found
    return Finding(holds=False, because=told("tenures", open_ones, _without_role), unknown=True)


def _association(
    body: str, roles: tuple[str, ...], file: File, on: date, condition: Mapping[str, Any]
) -> Finding:
    return _within(condition, _held(file, on, "association_post", bodies=(body,), roles=roles))


def _held(
    file: File,
    on: date,
    kind: str,
    *,
    bodies: tuple[str, ...] | None = None,
    roles: tuple[str, ...] | None = None,
) -> list[Tenure]:
    return [
        one
        for one in standing(file.tenures, on)
        if one.kind == kind and (bodies is None or one.body in bodies) and (roles is None or one.role in roles)
    ]


def _within(condition: Mapping[str, Any], found: Iterable[Tenure]) -> Finding:
    """Those at the levels that the condition's `scope` names; unknown where only the level is missing.

    `district` and `city` are lower ends, as the documents have them (区委委员以上, 市级及以上).
    """
    listed = list(found)
    scope = condition.get("scope")
    inside = listed if scope is None else [one for one in listed if _reaches(one.level, scope)]
    without = [one for one in listed if not one.level] if scope is not None else []
    unknown = not inside and bool(without)
    because = told("tenures", inside, words) or told("tenures", without, _without_level)
    return Finding(bool(inside), because, unknown)


def _reaches(level: str, scope: str) -> bool:
    if scope in _AND_ABOVE:
        return _HEIGHTS.get(level, -1) >= _HEIGHTS[scope]
    return level in _EXACTLY[scope]


def _without_role(tenure: Tenure) -> str:
    return f"{words(tenure)}，是何职务（负责人、副职、委员）未登记"


def _without_level(tenure: Tenure) -> str:
    return f"{words(tenure)}，级别未登记"
