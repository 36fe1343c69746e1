"""The columns of a roster: what each is called, how it is read, what its drop-down offers, what help says.

The one table from which the reading, the template, its help and the export are made. Headers may stand in any
order, in the first rows, under any of their names; only 工号 and 姓名 must be there. What is not in the file,
and every empty cell, changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from apps.cli.roster import words
from apps.cli.roster.dates import day_of
from apps.cli.roster.periods import periods_of
from apps.cli.workbooks.formats import shown, zeros
from apps.cli.workbooks.layout import Layout
from kernel.codes import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from apps.cli.roster.dates import Cell

_ALL = {"year", "month", "day"}
_DAY = "2019.6、2019-06、201906、2019年6月、20190601 或日期单元格；知道到年、月、日哪一级就写到哪一级"


class Column(NamedTuple):
    """One column. `read` is empty for 所在单位, which only an institution's units can read.

    `field` is the name on the wire where the cell alone makes a field, and a part of `memberships`, `education`
    or `tenures` else. `strict` drop-downs take nothing beside what they offer.
    """

    field: str
    names: tuple[str, ...]
    read: Callable[[Cell], Any] | None
    help: str
    choices: Callable[[], list[str]] | None = None
    strict: bool = False
    width: int = 12
    is_day: bool = False


def _labels(name: str) -> Callable[[], list[str]]:
    return lambda: [label for _, label in table(name).items()]


def _finished() -> list[str]:
    """What people have finished; the others of the standard are understood where somebody writes them."""
    return [label for _, label in table("education").items() if not label.endswith(("结业", "肄业", "教育"))]


def _values(named: dict[str, str]) -> Callable[[], list[str]]:
    return lambda: list(named.values())


COLUMNS = (
    Column(
        "staff_number",
        ("工号", "职工号", "教工号", "教职工号", "人员编号", "职工编号", "员工号"),
        words.staff_number_of,
        "必填；按文本填写，前面的 0 会保留；同一工号只能出现一次，导入只认工号，不按姓名比对",
    ),
    Column("name", ("姓名", "教职工姓名", "职工姓名", "人员姓名"), words.name_of, "必填"),
    Column(
        "gender",
        ("性别",),
        words.coded("gender", "unknown_gender"),
        "男、女",
        lambda: ["男", "女"],
        width=6,
    ),
    Column(
        "birth",
        ("出生年月", "出生日期", "出生年月日", "出生时间", "生日"),
        day_of,
        _DAY,
        is_day=True,
    ),
    Column(
        "ethnicity",
        ("民族", "族别"),
        words.coded("ethnicity", "unknown_ethnicity"),
        "汉族或汉均可",
        _labels("ethnicity"),
        strict=True,
        width=10,
    ),
    Column(
        "party",
        ("政治面貌", "党派", "政治面貌及党派", "所属党派"),
        words.parties_of,
        "双重党籍可写在一格内，用顿号分开，或用“第二党派”一列；无党派人士是经认定的身份，与群众不同",
        _labels("political_status"),
        width=14,
    ),
    Column(
        "second_party",
        ("第二党派", "交叉党派", "双重党派", "第二政治面貌"),
        words.parties_of,
        "有双重党籍时填写",
        _labels("political_status"),
        width=14,
    ),
    Column(
        "units",
        ("所在单位", "单位", "部门", "所在部门", "工作部门", "所属单位", "院系", "所在院系", "学院"),
        None,
        "单位的全称、编号，或不会混淆的简称；多个单位用顿号分开",
        width=24,
    ),
    Column(
        "post_kind",
        ("岗位类别", "岗位类型", "岗位", "人员类别", "岗位性质"),
        words.post_kind_of,
        "专任教师、管理、专业技术、工勤、其他",
        _values(words.POST_KINDS),
        strict=True,
    ),
    Column(
        "titles",
        ("职称", "专业技术职务", "专业技术职称", "现任职称", "职称名称"),
        words.titles_of,
        "可填表外的职称；多个职称用顿号分开",
        _labels("title"),
        width=16,
    ),
    Column(
        "education",
        ("学历", "最高学历", "文化程度"),
        words.coded("education", "unknown_education"),
        "最高学历",
        _finished,
        width=14,
    ),
    Column(
        "degree",
        ("学位", "最高学位"),
        words.degree_of,
        "博士、硕士、学士，没有学位的写“无”",
        _values(words.DEGREES),
    ),
    Column(
        "studies_abroad",
        ("留学经历", "是否留学", "留学", "出国留学经历", "海外留学经历", "留学时间"),
        periods_of,
        "是、否，或起止时间如 2015.9-2017.6（多段用分号分开）；不登记国家；写“否”即登记为没有",
        lambda: ["是", "否"],
        width=22,
    ),
    Column(
        "post",
        ("职务", "行政职务", "现任职务", "党政职务", "领导职务"),
        words.words_of,
        "只登记校级、中层的领导职务，须同时填写职务级别；其他职务请留空",
        width=20,
    ),
    Column(
        "level",
        ("职务级别", "级别", "职务层级", "干部级别"),
        words.level_of,
        "校级、中层；也可写校级正职、中层副职等",
        _values(words.LEVELS),
    ),
    Column("post_since", ("任职时间", "任职日期", "任现职时间", "任职年月"), day_of, _DAY, is_day=True),
    Column(
        "joined",
        ("来校时间", "来校日期", "入校时间", "进校时间", "到校时间", "来校年月", "入职时间", "入职日期"),
        day_of,
        _DAY,
        is_day=True,
    ),
    Column(
        "phone",
        ("手机", "手机号", "手机号码", "联系电话", "电话", "移动电话"),
        words.phone_of,
        "只写一个号码",
        width=14,
    ),
    Column(
        "email",
        ("邮箱", "电子邮箱", "电子邮件", "邮件", "E-mail", "Email"),
        words.email_of,
        "只写一个地址",
        width=24,
    ),
    Column(
        "subject",
        ("登录名", "账号", "登录账号", "统一身份认证号", "用户名"),
        words.login_of,
        "本人登录系统所用的名称；没有则留空",
    ),
)
BY_FIELD = {column.field: column for column in COLUMNS}
# Where a fault that the service names by a field of the person's file stands in the sheet.
FIELD_OF_FILE = {"memberships": "party", "tenures": "post"}
LABELS = {column.field: column.names[0] for column in COLUMNS} | {
    name: BY_FIELD[field].names[0] for name, field in FIELD_OF_FILE.items()
}


def _tells(number_format: str) -> bool:
    """Whether a format shows less of a date than the whole day, or zeros that the number does not have."""
    parts = shown(number_format)
    return bool(zeros(number_format)) or (bool(parts) and not parts >= _ALL)


LAYOUT = Layout(
    names={column.field: column.names for column in COLUMNS},
    needed=frozenset({"staff_number", "name"}),
    doubted=frozenset({"staff_number"} | {column.field for column in COLUMNS if column.is_day}),
    tells=_tells,
    formulas=False,
)
