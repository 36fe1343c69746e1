"""Every kind of odd or bad cell that a roster kept in Excel holds, and what is to be made of it.

Accepted: as what, in the words of a registration. Refused: in which column, by which code of the catalogue.
"""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NUMBER, NAME, GENDER, BIRTH, ETHNICITY, PARTY, UNIT, KIND, TITLE = (
    "工号",
    "姓名",
    "性别",
    "出生年月",
    "民族",
    "政治面貌",
    "所在单位",
    "岗位类别",
    "职称",
)
EDUCATION, DEGREE, ABROAD, POST, LEVEL, SINCE, JOINED, PHONE, EMAIL, NOTE = (
    "学历",
    "学位",
    "留学经历",
    "职务",
    "职务级别",
    "任职时间",
    "来校时间",
    "手机",
    "邮箱",
    "备注",
)
HEADERS = (
    *(NUMBER, NAME, GENDER, BIRTH, ETHNICITY, PARTY, UNIT, KIND, TITLE, EDUCATION, DEGREE, ABROAD, POST, LEVEL),
    *(SINCE, JOINED, PHONE, EMAIL, NOTE),
)


class Shown(NamedTuple):
    """A number or a date in the number format that says how much of it people see."""

    value: float | date
    number_format: str


class Formula(NamedTuple):
    """A formula with the value that was calculated."""

    text: str
    value: str


Cell = str | int | float | bool | Shown | Formula
Row = dict[str, Cell]


class Dirt(NamedTuple):
    """What stands in a column instead; the code that refuses it, or what it is taken for.

    `besides` is what else the row needs so that this, and nothing else, is odd in it. A row of which it is
    odd that it comes `twice` comes twice, and both are refused.
    """

    column: str
    cell: Cell | Callable[[Row], Cell]
    refused: str = ""
    accepted: Mapping[str, Any] | Callable[[Row], Mapping[str, Any]] = MappingProxyType({})
    besides: Mapping[str, Cell] = MappingProxyType({})
    twice: bool = False


def _number(row: Row) -> str:
    return str(row[NUMBER])


def _name(row: Row) -> str:
    return str(row[NAME])


def _joined(cell: Cell, day: str) -> Dirt:
    return Dirt(JOINED, cell, accepted={"joined": day})


def _parties(text: str, *codes: str) -> Dirt:
    return Dirt(PARTY, text, accepted={"memberships": [{"party": code} for code in codes]})


_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_DAY = date(2019, 6, 18)
_NO_POST: Mapping[str, Cell] = {POST: "", LEVEL: "", SINCE: ""}

_ACCEPTED: Mapping[str, Dirt] = {
    "month_with_point": _joined("2019.6", "2019-06"),
    "month_with_two_digits": _joined("2019.10", "2019-10"),
    "month_with_hyphen": _joined("2019-06", "2019-06"),
    "month_in_words": _joined("2019年6月", "2019-06"),
    "month_as_six_digits": _joined("201906", "2019-06"),
    "month_as_a_number": _joined(201906, "2019-06"),
    "month_as_a_fraction": _joined(2019.6, "2019-06"),
    "month_in_full_width": _joined("２０１９．６", "2019-06"),
    "month_with_spaces": _joined("　2019. 6 ", "2019-06"),
    "year_alone": _joined("2019年", "2019"),
    "day_as_eight_digits": _joined("20190618", "2019-06-18"),
    "day_with_strokes": _joined("2019/6/18", "2019-06-18"),
    "day_that_lost_its_format": _joined(45000, "2023-03-15"),
    "date_cell": _joined(Shown(_DAY, "yyyy/m/d"), "2019-06-18"),
    "date_cell_that_shows_a_month": _joined(Shown(_DAY, 'yyyy"年"m"月"'), "2019-06"),
    "nothing_as_a_stroke": Dirt(JOINED, "—", accepted={"joined": None}),
    "name_set_wide": Dirt(
        NAME,
        lambda row: "　".join(_name(row).replace("·", "")),
        accepted=lambda row: {"name": _name(row).replace("·", "")},
    ),
    "name_with_spaces_at_its_ends": Dirt(
        NAME, lambda row: f" {_name(row)} \t", accepted=lambda row: {"name": _name(row)}
    ),
    "name_with_another_dot": Dirt(NAME, "古丽娜•肉孜", accepted={"name": "古丽娜·肉孜"}),
    "number_with_apostrophe": Dirt(
        NUMBER, lambda row: f"'{_number(row)}", accepted=lambda row: {"staff_number": _number(row)}
    ),
    "number_in_full_width": Dirt(
        NUMBER,
        lambda row: _number(row).translate(_FULL_WIDTH),
        accepted=lambda row: {"staff_number": _number(row)},
    ),
    "number_whose_zeros_are_shown": Dirt(
        NUMBER,
        lambda row: Shown(int(_number(row)), "0" * len(_number(row))),
        accepted=lambda row: {"staff_number": _number(row)},
    ),
    # Nobody can see that a zero was there once: the number is what the sheet shows.
    "number_that_lost_its_zeros": Dirt(
        NUMBER,
        lambda row: int(_number(row)),
        accepted=lambda row: {"staff_number": _number(row).lstrip("0")},
    ),
    "two_parties_in_one_cell": _parties("民盟、中共党员", "05", "01"),
    "party_by_its_short_name": _parties("九三", "10"),
    "party_member_for_short": _parties("党员", "01"),
    "ethnicity_for_short": Dirt(ETHNICITY, "汉", accepted={"ethnicity": "01"}),
    "gender_with_spaces": Dirt(GENDER, " 女　", accepted={"gender": "2"}),
    "unit_with_spaces": Dirt(
        UNIT, " 教 务 处 ", accepted={"units": [{"unit": "academic-affairs"}]}, besides=_NO_POST
    ),
    "unit_by_its_id": Dirt(
        UNIT, "academic-affairs", accepted={"units": [{"unit": "academic-affairs"}]}, besides=_NO_POST
    ),
    "kind_for_short": Dirt(KIND, "教师", accepted={"post_kind": "teacher"}),
    "title_of_no_table": Dirt(TITLE, "星际讲席教授", accepted={"titles": [{"name": "星际讲席教授"}]}),
    "phone_as_a_number": Dirt(PHONE, 10021234567, accepted={"phone": "10021234567"}),
    "phone_with_spaces": Dirt(PHONE, "1002 123 4567", accepted={"phone": "10021234567"}),
}

_REFUSED: Mapping[str, Dirt] = {
    "number_missing": Dirt(NUMBER, "", "staff_number_missing"),
    "number_twice": Dirt(NUMBER, _number, "staff_number_repeated", twice=True),
    "number_rounded": Dirt(NUMBER, "1.00124E+11", "unreadable_number"),
    "number_became_a_date": Dirt(NUMBER, Shown(_DAY, "yyyy/m/d"), "became_a_date"),
    "name_missing": Dirt(NAME, "", "name_missing"),
    "name_blank": Dirt(NAME, " 　\u200b", "name_missing"),
    "name_is_a_formula": Dirt(NAME, Formula('="程序"&"虚构"', "程序虚构"), "formula_cell"),
    "name_on_two_lines": Dirt(NAME, "虚\n构", "line_break"),
    "name_too_long": Dirt(NAME, "虚" * 201, "too_long"),
    "name_with_control": Dirt(NAME, "虚\x02构", "control_character"),
    "gender_unknown": Dirt(GENDER, "男女", "unknown_gender"),
    "ethnicity_misspelt": Dirt(ETHNICITY, "达翰尔族", "unknown_ethnicity"),
    "no_party_and_masses_in_one_word": Dirt(PARTY, "无党派群众", "unknown_party"),
    "no_party_without_standing": Dirt(PARTY, "无党派", "unknown_party"),
    "party_and_masses": Dirt(PARTY, "民盟、群众", "parties_contradict"),
    "unit_unknown": Dirt(UNIT, "星际航行学院", "unit_not_found", besides=_NO_POST),
    "kind_unknown": Dirt(KIND, "临时", "unknown_post_kind"),
    "education_unknown": Dirt(EDUCATION, "高知", "unknown_education"),
    "degree_unknown": Dirt(DEGREE, "学位", "unknown_degree"),
    "abroad_without_an_end": Dirt(ABROAD, "2015.9", "unclear_period"),
    "month_13": Dirt(JOINED, "2019.13", "impossible_date"),
    "month_13_as_a_number": Dirt(JOINED, 2019.13, "impossible_date"),
    "january_or_october": Dirt(JOINED, 2019.1, "unclear_month"),
    "month_or_serial": Dirt(JOINED, 20196, "unclear_date_number"),
    "no_such_day": Dirt(JOINED, "2019-02-30", "impossible_date"),
    "short_year": Dirt(JOINED, "19.6", "unreadable_date"),
    "date_in_words": Dirt(JOINED, "前年秋天", "unreadable_date"),
    "date_cell_without_year": Dirt(JOINED, Shown(_DAY, "m/d"), "date_without_year"),
    "long_ago": Dirt(BIRTH, "1890.6", "year_unlikely"),
    "in_the_future": Dirt(BIRTH, "2099.6", "in_the_future"),
    "date_is_true": Dirt(JOINED, True, "boolean_cell"),  # noqa: FBT003 - the cell is TRUE
    "title_is_an_error": Dirt(TITLE, "#REF!", "error_cell"),
    "post_without_level": Dirt(POST, "副处长", "post_without_level", besides={LEVEL: "", SINCE: ""}),
    "level_without_post": Dirt(LEVEL, "中层", "level_without_post", besides={POST: "", SINCE: ""}),
    "level_of_no_leader": Dirt(LEVEL, "科级", "unknown_level", besides={POST: "科长", SINCE: ""}),
    "phone_in_words": Dirt(PHONE, "见通讯录", "unreadable_phone"),
    "address_without_host": Dirt(EMAIL, "虚构@", "unreadable_email"),
}

DIRT: Mapping[str, Dirt] = {**_ACCEPTED, **_REFUSED}
