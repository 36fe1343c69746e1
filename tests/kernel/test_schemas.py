"""Argument schemas: strict, named, in Chinese, and quick to refuse."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from marshmallow import ValidationError

from kernel import instants
from kernel.refusals import InvalidInput, messages
from kernel.schemas import (
    CHANNEL_ID,
    ArgumentSchema,
    boolean,
    choice,
    day,
    identifier,
    identifiers,
    instant,
    integer,
    listed,
    part,
    text,
    uuid_text,
)


class _All(ArgumentSchema):
    note = text(5, optional=True)
    blank = text(5, optional=True, blank=True)
    place = identifier(optional=True)
    channel = identifier(CHANNEL_ID, optional=True)
    units = identifiers(limit=2)
    key = uuid_text(optional=True)
    at = instant(optional=True)
    on = day()
    number = integer(1, 9, optional=True, default=3)
    flag = boolean(default=True)
    maybe = boolean(default=None)
    word = choice(("a", "b"), default="a")
    many = listed(integer(0, 9), limit=3, optional=True)


class _Needed(ArgumentSchema):
    note = text(5)
    many = listed(text(5), limit=3)


class _Whole(ArgumentSchema):
    name = text(5)
    parts = listed(part(_Needed), limit=2, optional=True)


_SCHEMA, _NEEDED, _WHOLE = _All(), _Needed(), _Whole()
_PART = {"note": "a", "many": ["b"]}


def _code(schema, **arguments):
    """The message code that one wrong argument is refused with."""
    with pytest.raises(InvalidInput) as refused:
        schema.read(arguments)
    ((_, sentence),) = refused.value.details["fields"].items()
    return next(code for code, words in messages()["fields"].items() if words == sentence)


def test_what_is_left_out_and_what_is_null_has_its_default():
    defaults = {
        "note": None, "blank": None, "place": None, "channel": None, "units": [], "key": None, "at": None,
        "on": None, "number": 3, "flag": True, "maybe": None, "word": "a", "many": None,
    }  # fmt: skip
    assert _SCHEMA.read({}) == defaults
    assert _SCHEMA.read(dict.fromkeys(defaults)) == defaults


def test_a_default_list_is_everybodys_own():
    _SCHEMA.read({})["units"].append("changed")
    assert _SCHEMA.read({})["units"] == []


def test_what_is_needed_is_said_to_be_missing_or_null():
    assert _code(_NEEDED, many=[]) == "required"
    assert _code(_NEEDED, many=[], note=None) == "not_null"
    assert _code(_NEEDED, note="a", many=None) == "not_null"
    assert _code(_NEEDED, note="a", many=[None]) == "not_null"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("note", 7, "not_a_string"),
        ("note", True, "not_a_string"),
        ("note", ["a"], "not_a_string"),
        ("note", "a\x00", "not_a_string"),
        ("note", "\udfff", "not_a_string"),
        ("note", "", "empty"),
        ("note", " \u3000\n", "empty"),
        ("note", "六个字太长了", "too_long"),
        ("place", "Datong", "not_an_id"),
        ("place", "a_b", "not_an_id"),
        ("place", "datong\n", "not_an_id"),
        ("place", "", "not_an_id"),
        ("place", "ａ", "not_an_id"),
        ("place", "a" * 41, "too_long"),
        ("channel", "_a", "not_an_id"),
        ("channel", "-a", "not_an_id"),
        ("channel", "a\n", "not_an_id"),
        ("units", "a", "not_a_list"),
        ("units", ["a", "b", "c"], "too_long"),
        ("units", ["a", "B"], "not_an_id"),
        ("key", "x", "not_a_uuid"),
        ("key", 7, "not_a_uuid"),
        ("at", "2026-03-05T09:00:00", "not_an_instant"),
        ("at", 1_772_672_400, "not_an_instant"),
        ("at", "1991-12-31T23:59:59+08:00", "out_of_range"),
        ("on", "2026-02-30", "not_a_date"),
        ("on", "20260305", "not_a_date"),
        ("on", "2026-03-05T00:00:00Z", "not_a_date"),
        ("on", "２０２６-03-05", "not_a_date"),
        ("on", 20_260_305, "not_a_date"),
        ("on", "1899-12-31", "out_of_range"),
        ("on", "9999-01-01", "out_of_range"),
        ("number", 0, "out_of_range"),
        ("number", 10, "out_of_range"),
        ("number", 10**400, "out_of_range"),
        ("number", "3", "not_an_integer"),
        ("number", 3.0, "not_an_integer"),
        ("number", True, "not_an_integer"),
        ("flag", 1, "not_a_choice"),
        ("flag", 0, "not_a_choice"),
        ("flag", "true", "not_a_choice"),
        ("maybe", 0.0, "not_a_choice"),
        ("word", "c", "not_a_choice"),
        ("word", 7, "not_a_string"),
        ("many", [1, 2, 3, 4], "too_long"),
        ("many", [1, "2"], "not_an_integer"),
        ("many", {"a": 1}, "not_a_list"),
    ],
    ids=ascii,
)
def test_each_wrong_value_has_its_own_sentence(name, value, code):
    assert _code(_SCHEMA, **{name: value}) == code


@pytest.mark.parametrize(
    ("name", "value", "clean"),
    [
        ("note", "五个字正好", "五个字正好"),
        ("note", "e\u0301", "\u00e9"),
        ("blank", "  ", "  "),
        ("place", "a-1", "a-1"),
        ("place", "-", "-"),
        ("channel", "0_a-b", "0_a-b"),
        ("key", "A5A5A5A5-0000-4000-8000-000000000001", "a5a5a5a5-0000-4000-8000-000000000001"),
        ("key", "a5a5a5a5000040008000000000000001", "a5a5a5a5-0000-4000-8000-000000000001"),
        ("at", "1992-01-01T00:00:00+08:00", instants.parse("1991-12-31T16:00:00Z")),
        ("at", "2026-03-05T09:00:00.000001+08:00", instants.parse("2026-03-05T01:00:00Z") + 1),
        ("on", "2024-02-29", date(2024, 2, 29)),
        ("on", "1900-01-01", date(1900, 1, 1)),
        ("on", "9998-12-31", date(9998, 12, 31)),
        ("number", 9, 9),
        ("flag", False, False),
        ("maybe", True, True),
        ("many", [], []),
    ],
    ids=ascii,
)
def test_each_right_value_is_read_as_what_it_is(name, value, clean):
    read = _SCHEMA.read({name: value})[name]
    assert read == clean
    assert type(read) is type(clean)


def test_two_spellings_of_one_text_are_one_text():
    composed, decomposed = "\u1e69", "s\u0323\u0307"
    assert _SCHEMA.read({"note": decomposed})["note"] == _SCHEMA.read({"note": composed})["note"] == composed
    assert unicodedata.is_normalized("NFC", _SCHEMA.read({"note": "\uac00\u11a8"})["note"])


def test_all_that_is_wrong_is_said_at_once_and_an_unknown_name_comes_back_readable():
    with pytest.raises(InvalidInput) as refused:
        _NEEDED.read({"\ud800" * 100: 1, "note": 7})
    assert refused.value.details["fields"] == {"?" * 60: "没有这一项。", "note": "应为文字。", "many": "必填。"}
    assert refused.value.to_json()


def test_a_sentence_about_an_item_stands_under_the_name_of_its_list():
    with pytest.raises(InvalidInput) as refused:
        _SCHEMA.read({"units": ["a", 7], "many": ["x"]})
    assert refused.value.details["fields"] == {"units": "应为文字。", "many": "应为整数。"}


@pytest.mark.parametrize(
    ("schema", "arguments"),
    [
        (_SCHEMA, {}),
        (_SCHEMA, {"note": "e\u0301", "word": None, "number": 9, "maybe": False, "units": []}),
        (_SCHEMA, {"key": "0198F0C0-0000-7000-8000-000000000001", "on": "2026-03-05", "many": [1, 2]}),
        (_WHOLE, {"name": "a"}),
        (_WHOLE, {"name": "a", "parts": None}),
        (_WHOLE, {"parts": [_PART, _PART], "name": "a"}),
    ],
)
def test_what_is_right_is_read_straight_and_as_marshmallow_reads_it(schema, arguments):
    straight = schema.straight(arguments)
    assert straight is not None
    assert list(straight.items()) == list(schema.load(arguments).items())


@pytest.mark.parametrize(
    ("schema", "arguments"),
    [
        (_SCHEMA, None),
        (_SCHEMA, []),
        (_SCHEMA, {"note": 1}),
        (_SCHEMA, {"many": [10]}),
        (_SCHEMA, {"number": "3"}),
        (_SCHEMA, {"nothing": None}),
        (_SCHEMA, {1: None}),
        (_NEEDED, {"note": "a"}),
        (_NEEDED, {"note": None, "many": []}),
        (_WHOLE, {"name": "a", "parts": [_PART | {"note": "too long"}]}),
        (_WHOLE, {"name": "a", "parts": [_PART | {"more": 1}]}),
        (_WHOLE, {"name": "a", "parts": ["a"]}),
    ],
)
def test_what_is_wrong_is_never_read_straight(schema, arguments):
    assert schema.straight(arguments) is None
    with pytest.raises(ValidationError):
        schema.load(arguments)


def test_an_argument_made_anew_is_shared_by_no_two_calls():
    first, second = (_SCHEMA.straight({}) for _ in range(2))
    assert first["units"] == second["units"] == []
    assert first["units"] is not second["units"]
