"""Every field of a person's file: what it is for, what allows it, and how careful one has to be with it (pure).

`directory`: what colleagues see of each other anyway. `internal`: for those who keep the registry.
`sensitive`: says something of a person that may be held against them; in answers only for those who keep the
registry, and for the person. A test holds this table and the file together.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Sensitivity(StrEnum):
    """How careful one has to be."""

    DIRECTORY = "directory"
    INTERNAL = "internal"
    SENSITIVE = "sensitive"


class Field(NamedTuple):
    """`clause`: what asks for it; empty: it is local."""

    label: str
    purpose: str
    sensitivity: Sensitivity
    clause: str = ""


_D, _I, _S = Sensitivity
FIELDS: Final[dict[str, Field]] = {
    "name": Field("姓名", "知道是谁", _D),
    "staff_number": Field("工号", "同名的人不混淆，导入时不重复", _I),
    "subject": Field("登录名", "本人登录后能查看自己的档案", _I),
    "gender": Field("性别", "称呼；推荐名单的要求", _I),
    "birth": Field("出生年月", "年龄条件", _S, "CF-5"),
    "ethnicity": Field("民族", "本人和登记人员核对；不按民族查找任何人", _S, "DT-11.2"),
    "phone": Field("电话", "约见和答复本人", _S),
    "email": Field("邮箱", "约见和答复本人", _S),
    "post_kind": Field("岗位类别", "联络员须为教师的条件", _I, "CF-5"),
    "discipline": Field("专业", "教授、学科带头人的联系和举荐", _I, "YS-2.2.3"),
    "joined": Field("来校时间", "某一日是否在校", _I),
    "left": Field("离校时间", "某一日是否在校", _I),
    "left_reason": Field("离校原因", "离校后如何联系", _I),
    "retired": Field("退休时间", "离退休的老一代代表人士", _I, "YS-2.2.5"),
    "units": Field("所在单位", "由谁联系，意见建议与谁有关", _D, "YS-5.1.5"),
    "memberships": Field("政治面貌", "谁是党外人士", _S, "DT-21"),
    "tenures": Field("任职", "领导干部、代表委员、党派职务", _D, "DT-13.3"),
    "titles": Field("职称", "教授等类别", _D, "YS-2.2.3"),
    "education": Field("学历", "举荐和选送的要求", _I, "DT-13.3"),
    "studies_abroad": Field("留学经历", "联络员条件；留学人员人才库（不记国别）", _S, "CF-5"),
    "groups": Field("所在团体", "成员信息库", _S, "SD-5.7"),
    "pools": Field("人才库", "人才库的动态管理", _S, "DT-11.2"),
    "reserves": Field("后备名单", "校党委掌握的党外后备干部名单", _S, "DT-13.1"),
    "liaisons": Field("联络员", "各部门院系的联络员", _I, "CF-5"),
    "recommendations": Field("举荐", "举荐及其结果", _S, "DT-13.3"),
    "courses": Field("培训", "选送和结果", _I, "CF-8"),
    "contributions": Field("贡献", "建议献策、社会服务，经本人同意", _I, "DT-18"),
    "confirmations": Field("认定", "须由人判断的条件，写明理由和认定人", _S, "YS-2.2.4"),
}
OPEN_TENURES: Final = ("leadership",)
"""Of the posts, those that colleagues know anyway; a seat or a post in a party is for the registry."""
