from __future__ import annotations

import pytest

from apps.cli.roster import Units, words
from apps.cli.roster.columns import BY_FIELD, COLUMNS
from apps.cli.roster.dates import Cell
from apps.cli.roster.periods import periods_of
from apps.cli.workbooks.cells import CellFault
from tests.apps.cli.roster.conftest import UNITS

READ = [
    (words.staff_number_of, "001001", "001001"),
    (words.staff_number_of, "　００１００１ ", "001001"),
    (words.staff_number_of, "'001001", "001001"),
    (words.staff_number_of, "外聘 07", "外聘07"),
    (words.staff_number_of, 1001.0, "1001"),
    (words.name_of, "甲　虚构", "甲虚构"),
    (words.name_of, " 买买提 • 艾力 ", "买买提·艾力"),
    (words.name_of, "Ａnna  Smith", "Anna Smith"),
    (words.name_of, "=甲", "=甲"),
    (words.phone_of, 13000000001.0, "13000000001"),
    (words.phone_of, "130 0000 0001", "13000000001"),
    (words.phone_of, "＋86-0352-1234567", "+86-0352-1234567"),
    (words.email_of, " a＠example.org", "a@example.org"),
    (words.login_of, "jia", "jia"),
    (words.words_of, "处长（兼）", "处长（兼）"),
    (words.words_of, "无", None),
    (words.coded("gender", "x"), "女", "2"),
    (words.coded("gender", "x"), 1.0, "1"),
    (words.coded("ethnicity", "x"), "蒙 古", "02"),
    (words.coded("education", "x"), "本科", "21"),
    (words.coded("education", "x"), "—", None),
    (words.parties_of, "民盟", ["05"]),
    (words.parties_of, "九三学社、中共党员", ["10", "01"]),
    (words.parties_of, "无党派人士", ["12"]),
    (words.parties_of, "无", None),
    (words.post_kind_of, "管理岗位", "administrator"),
    (words.post_kind_of, "专业技术人员", "technician"),
    (words.degree_of, "工学博士学位", "doctor"),
    (words.degree_of, "双学士", "bachelor"),
    (words.degree_of, "无", "none"),
    (words.degree_of, "", None),
    (words.level_of, "校级", ("school", None)),
    (words.level_of, "中层副职", ("middle", "deputy")),
]


@pytest.mark.parametrize(("read", "value", "told"), READ)
def test_what_people_write_is_read(read, value, told):
    assert read(Cell(value)) == told


REFUSED = [
    (words.staff_number_of, "1.2E+10", "unreadable_number"),
    (words.staff_number_of, 1001.5, "unreadable_number"),
    (words.staff_number_of, float(10**15), "unreadable_number"),
    (words.staff_number_of, True, "boolean_cell"),
    (words.name_of, "甲\n乙", "line_break"),
    (words.name_of, "甲" * 201, "too_long"),
    (words.coded("gender", "unknown_gender"), "男女", "unknown_gender"),
    (words.coded("education", "unknown_education"), "硕士学位", "unknown_education"),
    (words.parties_of, "无党派", "unknown_party"),
    (words.parties_of, "民盟、什么", "unknown_party"),
    (words.post_kind_of, "岗", "unknown_post_kind"),
    (words.degree_of, "博士后", "unknown_degree"),
    (words.degree_of, "名誉博士", "unknown_degree"),
    (words.level_of, "正处级", "unknown_level"),
    (words.level_of, "科级", "unknown_level"),
    (words.phone_of, "13000000001/13000000002", "unreadable_phone"),
    (words.email_of, "a@example.org,b@example.org", "unreadable_email"),
    (words.login_of, "x" * 201, "unreadable_login"),
]


@pytest.mark.parametrize(("read", "value", "code"), REFUSED)
def test_what_cannot_be_read_exactly_is_refused(read, value, code):
    with pytest.raises(CellFault) as refused:
        read(Cell(value))
    assert refused.value.code == code


def test_zeros_that_only_the_format_shows_stay_with_the_staff_number():
    assert words.staff_number_of(Cell(1001.0, "000000")) == "001001"


def test_titles_have_their_code_and_rank_where_the_table_is_certain_and_their_name_always():
    assert words.titles_of(Cell("高工")) == [{"code": "082", "name": "高级工程师", "rank": "associate_senior"}]
    assert words.titles_of(Cell("副教授、正高级工程师；首席技师")) == [
        {"code": "012", "name": "副教授", "rank": "associate_senior"},
        {"name": "正高级工程师", "rank": "senior"},
        {"name": "首席技师"},
    ]
    assert words.titles_of(Cell("无")) is None


PERIODS = {
    "": None,
    "是": [{}],
    "否": [],
    "无": [],
    "2015-2017": [{"since": "2015", "until": "2017"}],
    "2015.9-2017.6": [{"since": "2015-09", "until": "2017-06"}],
    "2015-09-2017-06": [{"since": "2015-09", "until": "2017-06"}],
    "2015-09-01-2017-06-30": [{"since": "2015-09-01", "until": "2017-06-30"}],
    "2015年9月至2017年6月": [{"since": "2015-09", "until": "2017-06"}],
    "２０１５．９－２０１７．６": [{"since": "2015-09", "until": "2017-06"}],
    "2015.9——2017.6": [{"since": "2015-09", "until": "2017-06"}],
    "2015.9至今": [{"since": "2015-09"}],
    "2010-2011；2015.9—2017.6": [{"since": "2010", "until": "2011"}, {"since": "2015-09", "until": "2017-06"}],
}


@pytest.mark.parametrize("text", PERIODS)
def test_times_abroad_are_yes_no_or_from_until(text):
    assert periods_of(Cell(text)) == PERIODS[text]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("美国", "unclear_period"),
        ("2015.9", "unclear_period"),
        ("2017-2015", "period_order"),
        ("是，美国", "unclear_period"),
    ],
)
def test_a_country_or_a_lone_date_is_no_time_abroad(text, code):
    with pytest.raises(CellFault) as refused:
        periods_of(Cell(text))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("library", ["library"]),
        ("图 书 馆", ["library"]),
        ("组织部", ["organization"]),
        ("计算机", ["computing"]),
        ("图书馆、组织部", ["library", "organization"]),
        ("图书馆；library", ["library"]),
        ("", None),
    ],
)
def test_a_unit_is_known_by_id_name_or_a_short_name_of_its_own(text, told):
    assert Units(UNITS).read(Cell(text)) == told


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("工程学院", "unit_ambiguous"),
        ("党委", "unit_ambiguous"),
        ("美术学院", "unit_not_found"),
        ("馆", "unit_not_found"),
    ],
)
def test_a_unit_that_is_not_there_or_could_be_two_is_refused(text, code):
    with pytest.raises(CellFault) as refused:
        Units(UNITS).read(Cell(text))
    assert refused.value.code == code


def test_short_names_that_were_understood_are_told():
    found = Units(UNITS)
    for text in ("图书馆", "组织部", "计算机"):
        found.read(Cell(text))
    assert found.understood == {"组织部": "党委组织部", "计算机": "计算机与网络工程学院"}


def test_no_header_means_two_columns():
    names = [name for column in COLUMNS for name in column.names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "column", [column for column in COLUMNS if column.choices], ids=lambda column: column.field
)
def test_every_choice_of_a_drop_down_is_understood(column):
    assert all(BY_FIELD[column.field].read(Cell(choice)) is not None for choice in column.choices())
