"""Bad words: refused by name and in Chinese, nothing is written, and the next call is served."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.refusals import messages
from tests.services.feedback.line import OPERATOR, SCHOOL
from tests.services.feedback.whole_words import COMMANDS, KINDS, caller, right

_DEEP: Any = []
for _ in range(2000):
    _DEEP = [_DEEP]
_EMOJI_NUL = "\u0000🍚"
_ANY_WRONG = [{"a": 1}, [[]], 1.5, _DEEP]
_WRONG: dict[str, list[Any]] = {
    "id": [
        "",
        "A",
        "路灯",
        "x" * 41,
        "a b",
        "a\n",
        "datong\n",
        7,
        True,
        "🍚",
        "\ud800",
        "a\x00",
        "x" * 10_000_000,
    ],
    "uuid": ["", "1234", "g" * 32, "路" * 32, 7, True, "\x00", "\ud800" * 32, "x" * 10_000_000],
    "text": ["", "   ", "\n\t", 7, True, "\ud800", "a\x00b", _EMOJI_NUL],
    "integer": [-1, 2**63, -(2**70), "7", True, 1.0, "", "seven"],
    "instant": [
        "2026-03-05T09:00:00",
        "2026-03-05",
        "2026-03-05 09:00",
        "1991-12-31T15:59:59Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "2026-02-30T09:00:00Z",
        "2026-03-05T25:00:00Z",
        "now",
        "",
        7,
        1e300,
        True,
        "\ud800",
        "路" * 30,
    ],
    "day": [
        "2026-02-30",
        "20260305",
        "2026-W10-4",
        "2026-3-5",
        "9999-12-31",
        "0001-01-01",
        "",
        7,
        "路灯",
        "\ud800",
    ],
    "choice": ["", "NAMED", "sealed", 7, True, "\ud800", "x" * 10_000_000],
    "states": ["open", "", 7, ["submitted", "open"], [None], [["submitted"]], {"a": 1}],
    "cursor": ["", 7, "x" * 2001, "路灯", "\ud800", "AAAA"],
    "boolean": ["true", "", 0, 1, 1.0, "\ud800"],
    "list": ["x", 7, True, {"a": 1}, [None] * 2000],
    "object": ["x", 7, True, [], {}, {"unknown": 1}],
}


def _wrong(kind: str) -> list[Any]:
    name = kind.rstrip("?")
    values = list(_WRONG["text" if name.startswith("text") else name])
    if name.startswith("text"):
        values += ["文" * (int(name[4:]) + 1), "x" * 10_000_000]
    values += [value for value in _ANY_WRONG if not (name in {"list", "states"} and isinstance(value, list))]
    if name == "object":
        values = [value for value in values if value is not _DEEP]
    return values if kind.endswith("?") else [*values, None]


_CASES = [(method, name) for method, kinds in KINDS.items() for name in kinds]


@pytest.mark.parametrize(("method", "name"), _CASES, ids=lambda value: value)
def test_a_wrong_value_is_refused_under_its_name_in_chinese_and_nothing_is_written(line, method, name):
    counts, sentences = line.counts(), set(messages()["fields"].values())
    for value in _wrong(KINDS[method][name]):
        refusal = line.refused(caller(method), method, **right(method) | {name: value})
        assert refusal.code == "invalid_input", repr(value)[:80]
        fields = refusal.details["fields"]
        assert list(fields) == [name], repr(value)[:80]
        assert set(fields.values()) <= sentences
        assert len(refusal.to_json()) < 1000
    assert line.counts() == counts


@pytest.mark.parametrize(
    ("method", "name"),
    [(method, name) for method, name in _CASES if not KINDS[method][name].endswith("?")],
    ids=lambda value: value,
)
def test_a_missing_argument_is_named(line, method, name):
    arguments = {key: value for key, value in right(method).items() if key != name}
    fields = _run_refused(line, method, arguments).details["fields"]
    expected = "至少填写一项。" if (method, name) == ("close_tickets", "ticket_ids") else "必填。"
    assert fields == {name: expected}


@pytest.mark.parametrize("method", KINDS)
@pytest.mark.parametrize("name", ["surprise", "路灯", "self", "\ud800", "a" * 100_000, "", "$where"], ids=ascii)
def test_an_unknown_argument_is_named_readably_and_not_at_length(line, method, name):
    fields = _run_refused(line, method, right(method) | {name: 1}).details["fields"]
    ((shown, sentence),) = fields.items()
    assert sentence == "没有这一项。"
    assert shown == name[:60].encode(errors="replace").decode()


@pytest.mark.parametrize("method", KINDS)
def test_every_wrong_argument_is_named_at_once(line, method):
    arguments = {name: {"no": "such"} for name, kind in KINDS[method].items() if kind != "object?"}
    if arguments:
        assert set(_run_refused(line, method, arguments).details["fields"]) == set(arguments)


@pytest.mark.parametrize("method", KINDS)
def test_an_optional_argument_that_is_null_is_one_that_was_left_out(line, method):
    arguments = right(method)
    absent = {
        name: None for name, kind in KINDS[method].items() if kind.endswith("?") and name not in arguments
    }
    schema = _schema(line, method)
    assert schema.read(arguments | absent) == schema.read(arguments)


@pytest.mark.parametrize("method", KINDS)
def test_a_schema_knows_exactly_the_arguments_of_the_interface(line, method):
    assert set(_schema(line, method).fields) == set(KINDS[method])


def test_the_line_serves_on_after_all_that(line):
    assert line.get(line.ticket("closed"))["state"] == "closed"


@pytest.mark.parametrize(
    "submitter",
    [
        {"name": None},
        {"name": ""},
        {"name": 7},
        {"name": "名" * 101},
        {"contact": "x" * 201},
        {"person_id": "x" * 101},
        {"name": "甲", "phone": "1"},
        {"name": "\ud800"},
        {"name": {"deep": [1]}},
    ],
    ids=ascii,
)
def test_a_submitter_of_whom_nothing_can_be_kept_is_refused(line, submitter):
    refusal = line.refused(
        OPERATOR, "submit_suggestion", **right("submit_suggestion") | {"submitter": submitter}
    )
    assert list(refusal.details["fields"]) == ["submitter"]


@pytest.mark.parametrize(
    "source",
    [
        {"system": "oa"},
        {"ref": "1"},
        {"system": "", "ref": "1"},
        {"system": "oa", "ref": None},
        {"system": 1, "ref": 2},
    ],
    ids=ascii,
)
def test_a_source_needs_both_of_its_words(line, source):
    refusal = line.refused(OPERATOR, "submit_suggestion", **right("submit_suggestion") | {"source": source})
    assert list(refusal.details["fields"]) == ["source"]


def test_a_row_nested_beyond_reason_is_refused_and_the_line_serves_on(line):
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}
    row = {"ref": "1", "title": deep, "body": "文", "received_at": "2026-03-05T09:00:00+08:00"}
    outcome = line.refused(OPERATOR, "import_letters", **right("import_letters") | {"rows": [row]})
    assert outcome.code == "invalid_input"
    while deep:  # Python frees what is nested this deep by recursion, too
        deep = deep.pop("a")
    assert line.submit()["state"] == "submitted"


@pytest.mark.parametrize("method", COMMANDS)
def test_a_bad_call_in_a_batch_leaves_its_neighbours_alone(line, method):
    good = line.call(OPERATOR, "submit_suggestion", right("submit_suggestion"))
    bad = line.call(caller(method), method, {"command_id": 7})
    first, refusal, last = line.batch(
        [good, bad, line.call(OPERATOR, "submit_suggestion", right("submit_suggestion"))]
    )
    assert (first["state"], last["state"]) == ("submitted", "submitted")
    assert refusal.code == "invalid_input"


def test_an_empty_batch_is_answered_by_nothing(line):
    assert line.batch([]) == []


def test_a_limit_may_be_a_whole_page_and_not_one_more(line):
    assert line.do(OPERATOR, "list_tickets", limit=200, institution=SCHOOL)["items"]
    for limit in (0, 201):
        assert list(line.refused(OPERATOR, "list_tickets", limit=limit).details["fields"]) == ["limit"]


def _schema(line, method):
    routes = line.application._commands if method in COMMANDS else line.application._queries
    return routes[method].schema


def _run_refused(line, method, arguments):
    from kernel.refusals import Refusal

    with pytest.raises(Refusal) as refused:
        line.run(line.call(caller(method), method, arguments))
    assert refused.value.code == "invalid_input"
    return refused.value
