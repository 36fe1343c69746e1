"""How names are read; every name is invented or of somebody long dead."""

from __future__ import annotations

import pytest
from pypinyin import lazy_pinyin

from kernel.names import readings
from kernel.names.readings import MOST_READINGS
from kernel.names.surnames import surnames


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("单雄信", "shan xiong xin"),
        ("仇英", "qiu ying"),
        ("解缙", "xie jin"),
        ("曾巩", "zeng gong"),
        ("查慎行", "zha shen xing"),
        ("区适子", "ou shi zi"),
        ("任伯年", "ren bo nian"),
        ("华佗", "hua tuo"),
        ("纪晓岚", "ji xiao lan"),
        ("员半千", "yun ban qian"),
        ("缪荃孙", "miao quan sun"),
        ("尉迟恭", "yu chi gong"),
        ("万俟咏", "mo qi yong"),
        ("长孙无忌", "zhang sun wu ji"),
        ("令狐德棻", "ling hu de fen"),
        ("澹台灭明", "tan tai mie ming"),
        ("乐正克", "yue zheng ke"),
        ("欧阳修", "ou yang xiu"),
        ("歐陽修", "ou yang xiu"),
        ("张　三", "zhang san"),
        ("李Mary", "li mary"),
        ("Maria José", "maria jose"),
        ("ＪＯＨＮ Smith", "john smith"),
        ("马丁·路德·金", "ma ding lu de jin"),
    ],
)
def test_a_name_is_read_as_its_bearer_is_called(name, reading):
    assert reading in [" ".join(found) for found in readings(name)]


@pytest.mark.parametrize(
    ("name", "both"),
    [
        ("覃甲", {"qin jia", "tan jia"}),
        ("翟甲", {"zhai jia", "di jia"}),
        ("盖甲", {"ge jia", "gai jia"}),
        ("朴甲", {"piao jia", "pu jia"}),
        ("吕甲", {"lv jia", "lu jia"}),
        ("单于越", {"chan yu yue", "shan yu yue"}),
        ("王茜", {"wang qian", "wang xi"}),
        ("阿不都·买买提", {"a bu du mai mai ti", "a bu dou mai mai ti"}),
    ],
)
def test_two_readings_are_both_kept(name, both):
    assert {" ".join(found) for found in readings(name)} == both


@pytest.mark.parametrize("name", ["单雄信", "张伟", "王建国", "诸葛亮", "司马相如"])
def test_most_names_have_one_reading(name):
    assert len(readings(name)) == 1


def test_a_surnames_reading_stays_with_the_surname():
    assert readings("王单") == (("wang", "dan"),)
    assert readings("买买提·单") == (("mai", "mai", "ti", "dan"),)
    assert readings("欧阳") == (("ou", "yang"),)


@pytest.mark.parametrize("name", ["", " ", "··", "\ue000", "、。"])
def test_a_text_without_anything_to_read_has_no_reading(name):
    assert readings(name) == ()


def test_a_character_nobody_can_read_is_left_out():
    assert readings("\ue000三") == (("san",),)


@pytest.mark.parametrize("name", ["王" + "乐" * 199, "欧阳" + "茜" * 198, "吕·" * 100, "ü " * 100])
def test_a_name_made_to_have_endless_readings_has_a_few(name):
    assert 1 <= len(readings(name)) <= MOST_READINGS


def test_every_surname_has_a_syllable_for_each_character():
    table = surnames()
    for name, reading in table.compound.items():
        assert len(name) == len(reading) > 1, name
    assert all(len(character) == 1 for kind in (table.single, table.given) for character in kind)
    assert table.two_ways <= set(table.compound)
    syllables = {
        syllable
        for kind in (table.single, table.given, table.foreign)
        for row in kind.values()
        for syllable in row
    } | {options[0] for reading in table.compound.values() for options in reading}
    assert all(syllable.isalpha() and syllable == syllable.lower() for syllable in syllables)
    assert {syllable for syllable in syllables if not syllable.isascii()} == {"lü"}


def test_the_table_is_needed_where_the_library_reads_surnames_like_other_characters():
    table = surnames()
    wrong = [name for name, reading in table.single.items() if lazy_pinyin(name)[0] != reading[0]]
    assert {"单", "仇", "解", "曾", "查", "区", "缪", "翟"} <= set(wrong)
