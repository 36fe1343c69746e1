"""What changed between two packs is told value by value, and makes the one of the other."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import fields

from kernel.canonical import encode
from kernel.policy import Packs, describe, describe_clauses
from kernel.policy.changes import Change, apply, difference, sentence
from kernel.policy.keeping import kept, restored
from kernel.policy.schema import PackSchema
from kernel.policy.titles import FIELDS, PARTS

PACKS = Packs.load(Path(__file__).parents[3] / "policies")
CONTENTS = {name: json.loads(PACKS.get(name).written) for name in PACKS.ids()}

# Two whole documents take their time to be made where other tests run beside.
at_leisure = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
_names = st.sampled_from(["a", "b", "c1", "c10", "c2", "name", "clause", "local", "reason"])
_plain = st.none() | st.booleans() | st.integers(0, 2) | st.text(max_size=2)
_json = st.recursive(
    _plain, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_names, inner, max_size=2), max_leaves=3
)
_value = st.dictionaries(_names, _json, max_size=2)
_of_ids = st.dictionaries(_names, _value, max_size=3)
_days = st.sampled_from(["2026-01-01", "2026-01-02", "2026-05-01"])


def _rows(known_by, ids):
    row = st.builds(lambda key, value: {**value, known_by: key}, ids, _value)
    return st.lists(row, max_size=4)


_numbers = _rows("number", st.sampled_from([1, 2, 10, "1", True]))
_clauses = _rows("clause", st.sampled_from(["DT-2", "DT-10", "DT-10.1"]))
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "name": _plain,
        "hours": _value | _plain,
        "source": _value,
        "units": _of_ids | _json,
        "clauses": _of_ids,
        "closed_days": _rows("date", _days) | _json,
        "indicators": _numbers,
        "work_items": _clauses,
        "elsewhere": _json,
    },
)


@at_leisure
@given(DOCUMENTS, DOCUMENTS)
def test_a_difference_applied_to_one_content_gives_the_other(before, after):
    given_ = deepcopy(before)
    changes = difference(before, after)
    assert encode(apply(before, changes)) == encode(after)
    assert before == given_
    assert bool(changes) == (encode(before) != encode(after))
    assert all(isinstance(change.to_dict()["text"], str) for change in changes)


@at_leisure
@given(DOCUMENTS)
def test_equal_contents_differ_in_nothing(document):
    assert difference(document, deepcopy(document)) == []


@pytest.mark.parametrize("one", CONTENTS)
@pytest.mark.parametrize("other", CONTENTS)
def test_each_shipped_pack_can_be_made_of_each_other(one, other):
    changes = difference(CONTENTS[one], CONTENTS[other])
    assert encode(apply(CONTENTS[one], changes)) == encode(CONTENTS[other])
    # What is stored of a difference comes back from it.
    assert [Change(**json.loads(encode(change._asdict()))) for change in changes] == changes


@pytest.mark.parametrize("name", CONTENTS)
def test_a_pack_is_restored_from_what_an_event_keeps_of_it(name):
    pack = restored(**json.loads(encode(kept(PACKS.get(name)))))
    assert pack == PACKS.get(name)
    assert describe(pack) == describe(PACKS.get(name))
    assert describe_clauses(pack) == describe_clauses(PACKS.get(name))


def test_every_part_and_field_of_a_pack_has_a_word():
    parts = PackSchema().fields
    assert set(PARTS) == set(parts)
    named = set()
    for part in parts.values():
        inner = part.value_field if isinstance(part, fields.Dict) else getattr(part, "inner", part)
        if isinstance(inner, fields.Nested):
            named |= set(inner.schema.fields)
    assert set(FIELDS) == named


def _changed(change):
    after = deepcopy(CONTENTS["datong"])
    change(after)
    return [row.to_dict() for row in difference(CONTENTS["datong"], after)]


def test_a_changed_value_is_told_with_old_new_and_what_it_rests_on():
    (row,) = _changed(lambda pack: pack["clocks"]["reply"].update(working_days=7))
    reason = CONTENTS["datong"]["clocks"]["reply"]["reason"]
    assert row == {
        "kind": "changed",
        "section": "clocks",
        "id": "reply",
        "field": "working_days",
        "old": 10,
        "new": 7,
        "name": None,
        "cites": {"clause": None, "local": True, "reason": reason},
        "text": f"时限 reply，工作日：10 → 7（本地设定，{reason}）",
    }


def test_a_new_value_and_one_that_is_gone_are_told_whole():
    def change(pack):
        pack["units"]["archives"] = {"name": "档案馆", "kind": "department", "clause": "DT-1"}
        pack["closed_days"].append({"date": "2026-05-04", "local": True, "reason": "合成：校庆"})
        del pack["channels"]["office_mailbox"]

    told = [(row["kind"], row["section"], row["id"], row["field"], row["text"]) for row in _changed(change)]
    assert told == [
        (
            "added",
            "closed_days",
            "2026-05-04",
            None,
            "新增：本单位放假日 2026-05-04：合成：校庆（本地设定，合成：校庆）",
        ),
        (
            "removed",
            "channels",
            "office_mailbox",
            None,
            "删去：信箱 office_mailbox 统战部信箱（依据：DT-15.1）",
        ),
        ("added", "units", "archives", None, "新增：承办部门 archives 档案馆（依据：DT-1）"),
    ]


def test_of_a_long_text_the_place_is_shown_where_it_begins_to_differ():
    def change(pack):
        pack["clauses"]["DT-1"]["quote"] = "甲" * 100 + "乙" + "丙" * 100

    before = deepcopy(CONTENTS["datong"])
    before["clauses"]["DT-1"]["quote"] = "甲" * 100 + "丁" + "丙" * 100
    after = deepcopy(before)
    change(after)
    (row,) = difference(before, after)
    (old, new) = row.to_dict()["text"].removeprefix("条款 DT-1，原文：").split(" → ")
    assert (old[:12], new[:12]) == ("…" + "甲" * 10 + "丁", "…" + "甲" * 10 + "乙")
    assert old.endswith("丙…")
    assert (row.old, row.new) == (before["clauses"]["DT-1"]["quote"], after["clauses"]["DT-1"]["quote"])


def test_a_day_in_between_changes_no_order_and_a_new_order_is_told_once():
    day = {"local": True, "reason": "合成"}
    before = {"closed_days": [{"date": "2026-01-02", **day}, {"date": "2026-05-05", **day}]}
    between = {
        "closed_days": [before["closed_days"][0], {"date": "2026-03-03", **day}, before["closed_days"][1]]
    }
    turned = {"closed_days": before["closed_days"][::-1]}
    assert [row.kind for row in difference(before, between)] == ["added"]
    assert [(row.kind, row.new) for row in difference(before, turned)] == [
        ("ordered", ["2026-05-05", "2026-01-02"])
    ]


def test_true_is_not_one():
    assert [row.new for row in difference({"units": {"a": {"b": 1}}}, {"units": {"a": {"b": True}}})] == [True]


def test_of_a_value_with_parts_the_parts_are_told_that_differ_and_never_json():
    # Given a category of which one way is gone and another one came
    ways = [{"all_of": [{"fact": fact}]} for fact in ("professor", "retired", "association")]
    before, after = ({"contact_categories": {"some": {"any_of": some}}} for some in (ways[:2], ways[1:]))
    (row,) = difference(before, after)
    told = sentence(row)
    # Then both are told, and what stayed is not
    assert told == (
        "联系对象类别 some，条件：删去“须同时具备 条件 professor”；增写“须同时具备 条件 association”"
    )
