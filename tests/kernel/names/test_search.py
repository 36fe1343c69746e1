"""Whatever part of a name somebody types is among the texts the name is found by; all names are invented."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.names import look_ups_decide, matches, name_texts, query_texts, readings

SURNAMES = "赵钱孙李周吴郑王吕单仇解曾查盖区朴翟任覃黎"
CHARACTERS = st.sampled_from("伟芳娜秀英敏静丽强磊军洋乐茜绿女行长重买提阿不都尔江古") | st.characters(
    min_codepoint=0x4E00, max_codepoint=0x9FA5
)
CHINESE = st.builds(
    str.__add__,
    st.sampled_from([*SURNAMES, "欧阳", "万俟", "单于", "闾丘", "司马"]),
    st.text(CHARACTERS, min_size=1, max_size=4),
).filter(lambda name: 2 <= len(name) <= 6)
WORDS = st.text("abcdeéfgÜühijklÖmnoLVpqrßstuvwxyz", min_size=1, max_size=12)
NAMES = (
    CHINESE
    | st.lists(st.text(CHARACTERS, min_size=1, max_size=6), min_size=2, max_size=3).map("·".join)
    | st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
    | st.tuples(st.sampled_from(SURNAMES), WORDS).map("".join)
)


def found(name: str, typed: str) -> bool:
    looked_up = query_texts(typed)
    return bool(looked_up) and set(looked_up) <= name_texts(name) and matches(name, typed)


@given(NAMES, st.data())
def test_a_name_is_found_by_every_piece_of_its_characters(name, data):
    characters = "".join(letter for letter in name if unicodedata.category(letter) == "Lo")
    if characters:
        start = data.draw(st.integers(0, len(characters) - 1))
        end = data.draw(st.integers(start + 1, len(characters)))
        assert found(name, characters[start:end])


@given(NAMES, st.data())
def test_a_name_is_found_by_every_beginning_of_its_pinyin_and_initials(name, data):
    for syllables in readings(name):
        for whole in ("".join(syllables), "".join(syllable[0] for syllable in syllables)):
            assert found(name, whole)
            assert found(name, whole[: data.draw(st.integers(1, len(whole)))])


@given(CHINESE)
def test_a_name_is_found_by_the_pinyin_and_initials_of_its_given_name(name):
    surname = 2 if name[:2] in ("欧阳", "万俟", "单于", "闾丘", "司马") else 1
    for syllables in readings(name):
        # A character without a reading has no syllable; which one it was cannot be told from here.
        if len(name) > surname and len(syllables) == len(name):
            later = syllables[surname:]
            if surname == 2 or len(name) <= 4:
                assert found(name, "".join(later))
                assert found(name, "".join(syllable[0] for syllable in later))


@given(NAMES, st.text() | NAMES)
def test_what_matches_is_among_the_look_ups(name, typed):
    if matches(name, typed):
        assert set(query_texts(typed)) <= name_texts(name)
        assert query_texts(typed)


@given(NAMES, st.data())
def test_where_the_look_ups_decide_whoever_they_find_matches(name, data):
    kept = sorted(text for _, text in name_texts(name))
    typed = data.draw(st.sampled_from(kept) | st.tuples(*[st.sampled_from(kept)] * 2).map("".join))
    if look_ups_decide(typed) and set(query_texts(typed)) <= name_texts(name):
        assert matches(name, typed)


def test_a_text_as_long_as_the_longest_that_is_kept_is_decided_on_the_name():
    assert look_ups_decide("ouyangx")
    assert not look_ups_decide("ouyangxi")


@given(st.text())
def test_any_text_can_be_asked_and_stored(text):
    assert len(query_texts(text)) <= 2
    assert all(kind in ("name", "latin") and key for kind, key in name_texts(text))


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("单雄信", "Shan Xiong"),
        ("单雄信", "ＳＸＸ"),
        ("单雄信", "shàn xióng xìn"),
        ("单雄信", "shan'xiong-xin"),
        ("单雄信", "雄 信"),
        ("单雄信", "单xiongxin"),
        ("吕布", "lǚ bù"),
        ("吕布", "lvb"),
        ("吕布", "lub"),
        ("吕布", "LÜ"),
        ("阿不都·买买提", "阿不都买买提"),
        ("阿不都·买买提", "阿不都．买"),
        ("阿不都·买买提", "maimaiti"),
        ("阿不都·买买提", "abdmmt"),
        ("Ana García", "garcia"),
        ("Jürgen Müller", "muller"),
        ("Jürgen Müller", "Müller"),
        ("张　三", "张三"),
        ("陈Mary", "陈m"),
    ],
)
def test_a_name_is_found_as_people_type_it(name, typed):
    assert found(name, typed)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("单雄信", "dan"),
        ("单雄信", "单信"),
        ("单雄信", "shanxiongxie"),
        ("单雄信", "xiong"),
        ("单雄信", "李sxx"),
        ("吕布", "li"),
    ],
)
def test_a_name_is_not_found_by_what_it_is_not(name, typed):
    assert not matches(name, typed)


@pytest.mark.parametrize("typed", ["", " ", "·", "，。", "'", "\u0301"])
def test_an_unusable_text_looks_nothing_up_and_matches_nothing(typed):
    assert query_texts(typed) == ()
    assert not matches("单雄信", typed)
    assert not matches("", typed)


def test_a_long_text_is_looked_up_by_its_beginning_and_told_apart_afterwards():
    for typed, kept in (
        ("shanxion", 8),
        ("shanxiong", 8),
        ("shanxiongx", 10),
        ("shanxiongxia", 12),
        ("z" * 20, 14),
    ):
        assert query_texts(typed) == (("latin", typed[:kept]),)
    assert query_texts("shanxiongx") == query_texts("shanxiongxi")
    assert matches("单雄信", "shanxiongxi")
    assert not matches("单雄信", "shanxiongxa")
    long = "阿不都外力买买提江古丽娜"
    assert query_texts(f"{long}尔") == (("name", long),)
    assert not matches(long, f"{long}尔")


def test_a_name_of_three_characters_is_found_by_about_twenty_texts():
    assert name_texts("单雄信") == {
        *(("name", piece) for piece in ("单", "雄", "信", "单雄", "雄信", "单雄信")),
        *(("latin", text) for text in ("s", "sh", "sha", "shan", "shanx", "shanxi", "shanxio", "shanxion")),
        *(("latin", text) for text in ("shanxiongx", "shanxiongxin")),
        *(("latin", text) for text in ("sx", "sxx", "xiongxin", "xx")),
    }
    assert len(name_texts("单雄信")) == 20
    assert len(name_texts("张伟")) == 14
    # Two readings of the surname, and two of the given name.
    assert len(name_texts("覃乐")) == 27


@given(CHINESE.filter(lambda name: len(name) == 3))
def test_no_name_of_three_characters_has_many_texts(name):
    assert len(name_texts(name)) <= 21 * len(readings(name))


def test_a_very_long_name_has_a_bounded_number_of_texts():
    name = "".join(chr(0x4E00 + number) for number in range(200))
    assert len(name_texts(name)) <= 12 * len(name) + 16


def test_nothing_depends_on_the_locale():
    program = (
        "import json; from kernel.names import name_texts, query_texts;"
        "print(json.dumps([sorted(name_texts('I吕İ·ISTANBUL')), query_texts('Iİiı lǚ')]))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "LC_ALL": locale, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for locale, seed in (("C", "1"), ("tr_TR.UTF-8", "2"))
    }
    assert len(answers) == 1
    assert json.loads(answers.pop())
