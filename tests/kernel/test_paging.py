"""A cursor opens the next page of the question that made it, and nothing else."""

from __future__ import annotations

import base64
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.paging import Cursors
from kernel.refusals import InvalidInput

_CURSORS = Cursors(b"k" * 32)
_ASKED = {"institution": "datong", "on": date(2026, 3, 5), "state": ["a"], "limit": 50, "cursor": None}
_PLACE = [1_772_672_400_000_000, "a5a5a5a5-0000-4000-8000-000000000001"]


def _refused(asked, cursor, cursors=_CURSORS):
    with pytest.raises(InvalidInput) as refused:
        cursors.read(asked, cursor)
    assert refused.value.details["fields"] == {"cursor": "翻页标记无效，或与查询条件不符。"}


def test_a_cursor_brings_back_its_place():
    assert _CURSORS.read(_ASKED, _CURSORS.make(_ASKED, _PLACE)) == _PLACE
    assert _CURSORS.read(_ASKED, None) is None


def test_page_length_and_the_cursor_itself_are_no_part_of_the_question():
    cursor = _CURSORS.make(_ASKED, _PLACE)
    assert _CURSORS.read(_ASKED | {"limit": 3, "cursor": cursor}, cursor) == _PLACE


@pytest.mark.parametrize(
    "changed", [{"institution": "mianyang"}, {"on": None}, {"state": ["a", "b"]}, {"more": 1}], ids=repr
)
def test_another_question_refuses_it(changed):
    _refused(_ASKED | changed, _CURSORS.make(_ASKED, _PLACE))


def test_another_key_refuses_it():
    _refused(_ASKED, _CURSORS.make(_ASKED, _PLACE), Cursors(b"x" * 32))


@pytest.mark.parametrize("position", range(0, 40, 3))
def test_one_changed_bit_refuses_it(position):
    raw = bytearray(base64.urlsafe_b64decode(_CURSORS.make(_ASKED, _PLACE) + "=="))
    raw[position] ^= 1
    _refused(_ASKED, base64.urlsafe_b64encode(raw).decode())


@pytest.mark.parametrize(
    "cursor", ["", "A", "A" * 5, "路灯", "\x00", "====", "!!!!", "e30", "A" * 100_000], ids=ascii
)
def test_what_is_no_cursor_is_refused(cursor):
    _refused(_ASKED, cursor)


@given(st.text())
def test_no_text_is_taken_for_a_cursor(cursor):
    _refused(_ASKED, cursor)


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(codec="utf-8")), min_size=1))
def test_any_place_comes_back(place):
    assert _CURSORS.read(_ASKED, _CURSORS.make(_ASKED, place)) == place
