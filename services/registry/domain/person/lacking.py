"""What a file has not that a condition asks for, in words (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.registry.domain.person.entries import CONFIRMED
from services.registry.domain.person.findings import Because

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

CONFIRMED_WORDS: Final = {
    "discipline_leader": "学科带头人",
    "cultivated": "列为重点培养对象",
    "young_or_middle_aged_representative": "党外中青年代表人士",
    "representative": "党外代表人士",
    "long_cooperation_confirmed": "与我党长期合作的老一代党外代表人士",
    "influence_confirmed": "影响较大的代表人士",
    "entered_by_hand": "其他需联系交友的人士",
}
"""What a person of the department confirmed, in words."""
_SCOPES: Final = {
    "district": "区级以上",
    "city": "市级以上",
    "province_or_city": "省级或市级",
    "school": "校级",
}
_AGES: Final = "超过 {age} 周岁"
# By condition: the field that was asked, and what it does not say.
_LACKING: Final = {
    "cpc_member": ("memberships", "不是中共党员"),
    "democratic_party_member": ("memberships", "不是民主党派成员"),
    "nonpartisan": ("memberships", "不是无党派人士"),
    "holds_seat": ("tenures", "未登记{scope}人大代表、政协委员"),
    "party_committee_member": ("tenures", "未登记{scope}民主党派委员以上职务"),
    "party_organisation_head": ("tenures", "未登记{scope}民主党派组织负责人职务"),
    "party_organisation_deputy_head": ("tenures", "未登记{scope}民主党派组织副职"),
    "nonpartisan_group_head": ("tenures", "未登记{scope}无党派人士负责人"),
    "division_post": ("tenures", "未登记中层（处级）领导职务"),
    "middle_head_post": ("tenures", "未登记中层正职"),
    "scholars_association_head": ("tenures", "未登记{scope}党外知识分子联谊会负责人"),
    "scholars_association_key_member": ("tenures", "未登记{scope}党外知识分子联谊会骨干会员"),
    "overseas_association_key_member": ("tenures", "未登记{scope}留学人员联谊会骨干会员"),
    "overseas_chinese_federation_head": ("tenures", "未登记{scope}侨联负责人"),
    "professor": ("titles", "未登记教授职称"),
    "retired": ("retired", "未登记离退休"),
    "teacher": ("post_kind", "不是本单位的专任教师"),
    "young": ("birth", _AGES),
    "age_at_most": ("birth", _AGES),
    "overseas_study_ended": ("studies_abroad", "未登记已结束的留学经历"),
    **{name: ("confirmations", f"未经确认：{CONFIRMED_WORDS[name]}") for name in CONFIRMED},
}


def lacking(condition: Mapping[str, Any]) -> tuple[Because, ...]:
    """What the file has not where a condition surely does not hold.

    Nothing of who is a member of the CPC: the membership itself says why they are no 党外人士.
    """
    if condition["fact"] not in _LACKING:
        return ()
    field, words = _LACKING[condition["fact"]]
    scope = _SCOPES.get(condition.get("scope", ""), "")
    return (Because(field, "", words.format(scope=scope, age=condition.get("age"))),)
