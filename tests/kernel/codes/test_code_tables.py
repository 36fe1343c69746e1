"""The tables hold what the standards hold, and what people write finds the one entry it means or none."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from importlib.resources import files

import pytest

from kernel.codes import NAMES, TableFault, table
from kernel.codes.loading import made
from kernel.codes.table import folded

TABLES = [table(name) for name in NAMES]


@pytest.mark.parametrize("codes", TABLES, ids=NAMES)
def test_every_entry_is_found_by_its_code_and_by_each_of_its_names(codes):
    for entry in codes.entries:
        for text in (entry.code, *entry.names):
            assert codes.code(text) == entry.code, text
        assert codes.label(entry.code) == entry.label
    assert codes.items() == tuple((entry.code, entry.label) for entry in codes.entries)


@pytest.mark.parametrize("codes", TABLES, ids=NAMES)
def test_no_name_means_two_entries_of_a_table(codes):
    owners: dict[str, set[str]] = {}
    for entry in codes.entries:
        for text in (entry.code, *entry.names):
            owners.setdefault(folded(text), set()).add(entry.code)
    assert {name: found for name, found in owners.items() if len(found) > 1} == {}


@pytest.mark.parametrize("codes", TABLES, ids=NAMES)
def test_a_table_names_its_standard_and_what_was_never_compared_with_it(codes):
    assert codes.standard.startswith("GB/T ")
    assert codes.compared
    of_the_standard = {entry.code for entry in codes.entries if not entry.practice}
    assert codes.unchecked == of_the_standard


@pytest.mark.parametrize("codes", TABLES, ids=NAMES)
def test_codes_stand_in_order_and_are_of_one_width(codes):
    found = [code for code, _ in codes.items()]
    assert found == sorted(found)
    assert len({len(code) for code in found}) == 1


def test_there_are_fifty_six_groups_and_two_entries_of_practice():
    groups = table("ethnicity")
    assert [entry.code for entry in groups.entries if not entry.practice] == [f"{n:02}" for n in range(1, 57)]
    assert [entry.label for entry in groups.entries if entry.practice] == ["其他", "外国血统中国籍人士"]
    # First, middle and last as the standard numbers them.
    assert [groups.code(name) for name in ("汉", "傈僳族", "毛南", "德昂", "基诺族")] == [
        "01", "20", "36", "46", "56",
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", ["达翰尔", "傈傈", "僳僳", "毛难", "崩龙"])
def test_errors_that_circulate_are_refused(wrong):
    groups = table("ethnicity")
    assert groups.code(wrong) is None
    assert groups.code(f"{wrong}族") is None


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("gender", "男", "1"),
        ("gender", "女 性", "2"),
        ("gender", "Ｆ", "2"),
        ("gender", "Male", "1"),
        ("ethnicity", "汉", "01"),
        ("ethnicity", "　维吾尔族\n", "05"),
        ("ethnicity", "０５", "05"),
        ("political_status", "党员", "01"),
        ("political_status", "中共党员", "01"),
        ("political_status", "共产党员", "01"),
        ("political_status", "民盟盟员", "05"),
        ("political_status", "中国民主同盟", "05"),
        ("political_status", "九三", "10"),
        ("political_status", "无党派人士", "12"),
        ("political_status", "无党派民主人士", "12"),
        ("political_status", "群众", "13"),
        ("education", "博士研究生", "11"),
        ("education", "本科", "21"),
        ("education", "大专", "31"),
        ("title", "讲师(高校)", "013"),
        ("title", "讲师（高校）", "013"),
        ("title", "高工", "082"),
    ],
)
def test_what_people_write_finds_its_code(name, text, code):
    assert table(name).code(text) == code


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gender", ""),
        ("gender", "先生"),
        ("ethnicity", "5"),  # a number that lost its zero, or somebody's own numbering
        ("ethnicity", "汉族、回族"),
        ("political_status", "民主党派"),
        ("political_status", "党外人士"),
        ("education", "硕士学位"),
        ("education", "博士后"),
        ("title", "研究员"),  # of natural or of social science
        ("title", "技师"),  # a title of medicine, and a worker's grade
        ("title", "正高级工程师"),
    ],
)
def test_what_is_not_certain_is_not_guessed(name, text):
    assert table(name).code(text) is None


@pytest.mark.parametrize("text", ["群众", "无党派群众", "无党派", "无", "非党", "非中共党员", "党外", ""])
def test_nobody_becomes_a_recognised_nonpartisan_by_having_no_party(text):
    status = table("political_status")
    assert status.code(text) != "12"
    assert "12" not in (status.codes(text) or [])
    if text != "群众":
        assert status.code(text) is None


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("民盟、九三学社", ["05", "10"]),
        ("民盟;致公党", ["05", "09"]),
        ("民革／中共党员", ["04", "01"]),
        ("民 盟，九三学社", ["05", "10"]),
        ("民盟 九三学社", ["05", "10"]),
        ("民盟\n九三学社", ["05", "10"]),
        ("民盟、民盟盟员", ["05"]),
        ("无党派人士", ["12"]),
        ("  ", []),
        ("无", []),
        ("—", []),
        ("/", []),
        ("民盟、无", None),
        ("民盟、国民党", None),
        ("民盟、", None),
        ("、", None),
    ],
)
def test_a_cell_may_hold_two_memberships(text, codes):
    assert table("political_status").codes(text) == codes


def test_nothing_is_a_word_of_the_table_that_says_so():
    assert table("ethnicity").codes("无") is None


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("教授", "senior"),
        ("副教授", "associate_senior"),
        ("讲师", "intermediate"),
        ("014", "junior"),
        ("研究员", "senior"),
        ("副研究馆员", "associate_senior"),
        ("正高级工程师", "senior"),
        ("高级教师", None),  # of a secondary school associate senior, of a primary school intermediate
        ("处长", None),
    ],
)
def test_a_title_has_a_rank_where_all_its_meanings_agree(text, rank):
    assert table("title").rank(text) == rank


def test_every_title_has_a_rank_and_no_other_table_has_any():
    ranked = {codes.name for codes in TABLES for entry in codes.entries if entry.rank}
    assert ranked == {"title"}
    assert {entry.rank for entry in table("title").entries} == {
        "senior",
        "associate_senior",
        "intermediate",
        "junior",
    }


def test_a_table_cannot_be_changed():
    codes = table("gender")
    with pytest.raises(FrozenInstanceError):
        codes.entries = ()
    with pytest.raises(TypeError):
        codes.meanings["x"] = ("1",)


def test_an_unknown_table_or_code_is_an_error_and_no_guess():
    with pytest.raises(KeyError):
        table("../secrets")
    with pytest.raises(KeyError):
        table("gender").label("3")


ONE = {"label": "甲"}


@pytest.mark.parametrize(
    ("entries", "shared", "named"),
    [
        ({"1": ONE, "2": ONE}, {}, "甲"),
        ({"1": ONE, "2": {"label": "乙", "aliases": [" 甲"]}}, {}, " 甲"),
        ({"1": ONE, "2": {"label": "1"}}, {}, "1"),
        ({"1": ONE, "2": {"label": "乙"}}, {"甲": ["1", "2"]}, "甲"),
        ({"1": ONE}, {"丙": ["1", "3"]}, "丙"),
    ],
)
def test_a_table_with_one_name_for_two_entries_is_refused_by_that_name(entries, shared, named):
    data = {"standard": "", "compared": "", "unchecked": "all", "entries": entries, "shared": shared}
    with pytest.raises(TableFault) as fault:
        made("planted", data)
    assert str(fault.value) == named


def test_every_file_of_tables_is_a_table_and_none_holds_religion():
    stems = {path.name.removesuffix(".yaml") for path in (files("kernel.codes") / "tables").iterdir()}
    assert stems == set(NAMES)
    words = ("宗教", "信仰", "佛", "道教", "伊斯兰", "基督", "天主")
    for codes in TABLES:
        for entry in codes.entries:
            assert not any(word in name for name in entry.names for word in words)
