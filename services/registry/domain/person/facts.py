"""The conditions that a policy pack may ask of a file, each a small question (pure).

Each takes the file, the day and the condition (`fact`, perhaps `scope` or `age`) and answers a finding with
its reasons. None reads the ethnicity, and none speaks of views or conduct.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from services.registry.domain.person import posts, standings
from services.registry.domain.person.days import first_day, surely_over, years_old
from services.registry.domain.person.entries import CONFIRMED, Confirmation
from services.registry.domain.person.file import standing
from services.registry.domain.person.findings import Because, Finding, not_recorded, told
from services.registry.domain.person.lacking import CONFIRMED_WORDS, lacking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from services.registry.domain.person.entries import StudyAbroad, Title
    from services.registry.domain.person.file import File

    Fact = Callable[[File, date, Mapping[str, Any]], Finding]

_PROFESSOR: Final = "011"
_KINDS: Final = {
    "teacher": "专任教师",
    "administrator": "管理人员",
    "technician": "专业技术人员",
    "worker": "工勤人员",
    "other": "其他人员",
}


def professor(file: File, on: date, _condition: Mapping[str, Any]) -> Finding:
    """教授 by GB/T 8561, or by that very name where no code is known: other senior titles are not it."""
    found = [
        one
        for one in standing(file.titles, on)
        if one.code == _PROFESSOR or (not one.code and one.name == "教授")
    ]
    return Finding(bool(found), told("titles", found, _title))


def retired(file: File, on: date, _condition: Mapping[str, Any]) -> Finding:
    """离退休, recorded with a day of its own or as the reason of leaving."""
    days = {"retired": file.retired, "left": file.left if file.left_reason == "retired" else ""}
    found = [(field, day) for field, day in days.items() if day and first_day(day) <= on]
    return Finding(bool(found), tuple(Because(field, "", f"离退休（{day} 起）") for field, day in found[:1]))


def teacher(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """专任教师 of this institution; who left or retired no longer is. The kind of post has no days."""
    if not file.post_kind:
        return not_recorded("post_kind", "岗位类别未登记")
    reason = Because("post_kind", "", _KINDS.get(file.post_kind, file.post_kind))
    gone = retired(file, on, condition)
    if file.post_kind == "teacher" and gone.holds:
        return Finding(holds=False, because=gone.because)
    if file.post_kind == "teacher" and not file.here(on):
        return Finding(holds=False, because=(Because("left", "", "当日不在本单位"),))
    return Finding(file.post_kind == "teacher", (reason,))


def age_at_most(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """So many years (周岁) or fewer, by the highest age that the birth leaves possible.

    The number is included: “以下” includes it (民法典第一千二百五十九条). So 35周岁以下 ends with the day
    before the 36th birthday.
    """
    if not file.birth:
        return not_recorded("birth", "出生日期未登记")
    years = years_old(file.birth, on)
    reason = Because("birth", "", f"{file.birth} 出生，当日至多 {years} 周岁")
    return Finding(years <= int(condition["age"]), (reason,))


def young(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """年轻: by the age that the institution set, and by none where it set none."""
    if "age" in condition:
        return age_at_most(file, on, condition)
    return not_recorded("birth", "“年轻”的年龄未定")


def overseas_study_ended(file: File, on: date, _condition: Mapping[str, Any]) -> Finding:
    """有过留学经历: studies abroad that are surely over."""
    found = [one for one in file.studies_abroad if surely_over(one.until, on)]
    return Finding(bool(found), told("studies_abroad", found, _study))


def confirmed(name: str, file: File, on: date, _condition: Mapping[str, Any]) -> Finding:
    """A fact that needs judgement: it holds as long as a confirmation of that very fact does."""
    found = [one for one in standing(file.confirmations, on) if one.fact == name]
    return Finding(bool(found), told("confirmations", found, _confirmation))


def group_kind(asked: str, kind: str) -> Finding:
    """Whether a group is of the kind asked for; groups have no files."""
    return Finding(kind == asked)


FACTS: Final[Mapping[str, Fact]] = {
    "cpc_member": standings.cpc_member,
    "not_cpc_member": standings.not_cpc_member,
    "democratic_party_member": standings.democratic_party_member,
    "nonpartisan": standings.nonpartisan,
    "holds_seat": posts.holds_seat,
    "party_committee_member": posts.party_committee_member,
    "party_organisation_head": posts.party_organisation_head,
    "party_organisation_deputy_head": posts.party_organisation_deputy_head,
    "nonpartisan_group_head": posts.nonpartisan_group_head,
    "division_post": posts.division_post,
    "middle_head_post": posts.middle_head_post,
    "scholars_association_head": posts.scholars_association_head,
    "scholars_association_key_member": posts.scholars_association_key_member,
    "overseas_association_key_member": posts.overseas_association_key_member,
    "overseas_chinese_federation_head": posts.overseas_chinese_federation_head,
    "professor": professor,
    "retired": retired,
    "teacher": teacher,
    "young": young,
    "age_at_most": age_at_most,
    "overseas_study_ended": overseas_study_ended,
    **{name: partial(confirmed, name) for name in CONFIRMED},
}
"""The conditions on persons."""
GROUP_FACTS: Final[Mapping[str, Callable[[str], Finding]]] = {
    kind: partial(group_kind, kind) for kind in ("party_branch", "association")
}
"""The conditions on groups; each takes the kind of the group."""


def find(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """What the file says to a condition on that day, with what it lacks where the condition does not hold.

    `KeyError` for a condition that is not on persons.
    """
    found = FACTS[condition["fact"]](file, on, condition)
    if found.holds or found.unknown:
        return found
    return found._replace(because=found.because + lacking(condition))


def _title(title: Title) -> str:
    return title.name or "教授"


def _study(_study: StudyAbroad) -> str:
    return "留学经历"


def _confirmation(confirmation: Confirmation) -> str:
    return f"经确认：{CONFIRMED_WORDS[confirmation.fact]}"
