"""Texts of posts and units are found by every two neighbouring characters and by whole Latin words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.names import word_matches, word_query, word_texts

TEXTS = st.text(st.sampled_from("数学与统计院副长教授AIb 2020、（）é") | st.characters(), max_size=30)


def words(*texts: str) -> set[tuple[str, str]]:
    return {("word", text) for text in texts}


def test_pairs_of_neighbours_and_whole_words_are_kept():
    assert word_texts("数学学院（AI）２０２０级") == words("数学", "学学", "学院", "ai", "2020")
    assert word_texts("数学 院长") == words("数学", "院长")
    assert word_texts("Müller") == words("muller")


def test_a_query_asks_for_each_of_its_words_once():
    assert word_query("学院 学院AI") == (("word", "学院"), ("word", "ai"))


@pytest.mark.parametrize("typed", ["", "学", " 、", "学 院"])
def test_what_has_no_word_looks_nothing_up_and_matches_nothing(typed):
    assert word_query(typed) == ()
    assert not word_matches("学院学 院", typed)


@given(TEXTS, st.data())
def test_a_text_is_found_by_any_stretch_of_characters_in_it(text, data):
    stretch = data.draw(st.text("数学统计院长", min_size=2, max_size=6))
    whole = f"{text}{stretch}"
    assert set(word_query(stretch)) <= word_texts(whole)
    assert word_matches(whole, stretch)


@given(TEXTS, TEXTS)
def test_what_matches_is_among_the_look_ups(text, typed):
    if word_matches(text, typed):
        assert set(word_query(typed)) <= word_texts(text)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("数学系、学院办公室", "数学院"),  # every pair is there, the stretch is not
        ("数学 学院", "数学学院"),
        ("physics", "phys"),
        ("数学院", "数学 级"),
    ],
)
def test_pairs_that_stand_apart_do_not_match(text, typed):
    assert not word_matches(text, typed)


def test_accents_case_and_width_do_not_matter():
    assert word_matches("ＡＩ与Müller", "muller ai")
