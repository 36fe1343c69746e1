"""A person says what is wrong in the own file, somebody answers, and both stand sealed in the log."""

from __future__ import annotations

import orjson
import pytest

from services.registry.domain.person.fields import FIELDS
from tests.services.registry.school import (
    AUDITOR,
    EVERY_OPERATOR,
    LEADER,
    NOBODY,
    OPERATOR,
    OTHER_SCHOOL,
    OTHER_SUBMITTER,
    SCHOOL,
    STRANGE_OPERATOR,
    SUBMITTER,
)
from tests.support.at_work import new_id

_ASKED = "职称早已是教授（虚构）"


@pytest.fixture
def person_id(new_school):
    return new_school.register(name="虚构求", subject="s-1", titles=[{"name": "讲师"}])


def _ask(school, actor=SUBMITTER, **more):
    return school.do(actor, "request_correction", **{"text": _ASKED, "fields": ["titles"]} | more)


def _listed(school, actor=OPERATOR, **more):
    return school.do(actor, "list_corrections", **more)["items"]


def test_what_a_person_asks_for_is_listed_for_both_sides_and_answered_with_a_reason(new_school, person_id):
    asked = _ask(new_school)
    assert (asked["person_id"], asked["state"]) == (person_id, "open")
    (item,) = _listed(new_school)
    assert item == _listed(new_school, SUBMITTER)[0]
    assert (item["text"], item["fields"], item["state"], item["reason"], item["answered_at"]) == (
        _ASKED,
        ["titles"],
        "open",
        None,
        None,
    )
    ids = {"correction_id": asked["correction_id"]}
    answered = new_school.do(OPERATOR, "answer_correction", **ids, accepted=False, reason="证书未见（虚构）")
    assert answered["state"] == "declined"
    assert _listed(new_school) == []
    (item,) = _listed(new_school, SUBMITTER)
    assert (item["state"], item["reason"]) == ("declined", "证书未见（虚构）")
    assert item["answered_at"] > item["requested_at"]
    assert _listed(new_school, state="declined") == [item]
    assert new_school.different() == {}


def test_an_amendment_that_names_the_request_closes_it_as_accepted_in_the_same_commit(new_school, person_id):
    correction_id = _ask(new_school)["correction_id"]
    command_id = new_id()
    amended = {"person_id": person_id, "titles": [{"name": "教授"}], "reason": "已核（虚构）"}
    new_school.do(OPERATOR, "amend_person", command_id=command_id, correction_id=correction_id, **amended)
    assert new_school.file(person_id)["titles"][0]["name"] == "教授"
    (item,) = _listed(new_school, SUBMITTER)
    assert (item["state"], item["reason"]) == ("accepted", "已核（虚构）")
    names = new_school.rows("SELECT name FROM event WHERE command_id = :c", c=command_id)
    assert sorted(name for (name,) in names) == ["correction_answered", "person_amended"]
    assert new_school.history(person_id)[-1]["data"]["correction_id"] == correction_id
    assert new_school.different() == {}


def test_an_amendment_that_is_refused_leaves_the_request_open(new_school, person_id):
    correction_id = _ask(new_school)["correction_id"]
    before = new_school.counts()
    wrong = {"person_id": person_id, "correction_id": correction_id, "units": [{"unit": "no-such"}]}
    assert new_school.refused(OPERATOR, "amend_person", **wrong).code == "invalid_input"
    assert new_school.counts() == before
    assert [item["state"] for item in _listed(new_school)] == ["open"]


def test_a_request_is_answered_once(new_school, person_id):
    correction_id = _ask(new_school)["correction_id"]
    answer = {"correction_id": correction_id, "accepted": True, "reason": "是"}
    new_school.do(OPERATOR, "answer_correction", **answer)
    refusal = new_school.refused(OPERATOR, "answer_correction", **answer)
    assert (refusal.code, refusal.details) == ("wrong_state", {"state": "accepted", "allowed": []})
    again = {"person_id": person_id, "name": "虚构改", "correction_id": correction_id}
    assert new_school.refused(OPERATOR, "amend_person", **again).code == "wrong_state"


def test_two_answers_in_one_batch_are_one_answer(new_school, person_id):
    correction_id = _ask(new_school)["correction_id"]
    calls = [
        new_school.call(
            OPERATOR,
            "answer_correction",
            {"command_id": new_id(), "correction_id": correction_id, "accepted": yes, "reason": "是"},
        )
        for yes in (True, False)
    ]
    first, second = new_school.batch(calls)
    assert (first["state"], second.code) == ("accepted", "wrong_state")


def test_a_request_of_one_person_is_not_closed_by_amending_another(new_school, person_id):
    correction_id = _ask(new_school)["correction_id"]
    other = new_school.register(name="虚构别")
    for named in (correction_id, NOBODY):
        wrong = {"person_id": other, "name": "虚构改", "correction_id": named}
        refusal = new_school.refused(OPERATOR, "amend_person", **wrong)
        assert list(refusal.details["fields"]) == ["correction_id"]


def test_each_sees_the_requests_of_the_own_scope_only(new_school, person_id):
    new_school.register(name="虚构他", subject="s-2")
    mine = _ask(new_school)["correction_id"]
    others = _ask(new_school, OTHER_SUBMITTER)["correction_id"]
    assert [item["correction_id"] for item in _listed(new_school)] == [mine, others]
    assert [item["correction_id"] for item in _listed(new_school, OTHER_SUBMITTER)] == [others]
    assert len(_listed(new_school, EVERY_OPERATOR)) == 2
    assert _listed(new_school, EVERY_OPERATOR, institution=OTHER_SCHOOL) == []
    assert _listed(new_school, STRANGE_OPERATOR) == []
    assert new_school.refused(STRANGE_OPERATOR, "list_corrections", institution=SCHOOL).code == "not_found"
    answer = {"correction_id": mine, "accepted": True, "reason": "是"}
    assert new_school.refused(STRANGE_OPERATOR, "answer_correction", **answer).code == "not_found"
    assert new_school.refused(AUDITOR, "answer_correction", **answer).code == "not_allowed"
    assert new_school.refused(LEADER, "list_corrections").code == "not_allowed"
    for unknown in (NOBODY, others.replace("a", "b").replace("0", "a")):
        refusal = new_school.refused(OPERATOR, "answer_correction", **answer | {"correction_id": unknown})
        assert refusal.code == "not_found"


def test_who_has_no_file_asks_for_nothing_and_no_operator_asks_for_a_person(new_school, person_id):
    assert new_school.refused(OTHER_SUBMITTER, "request_correction", text="是").code == "not_found"
    assert new_school.refused(OTHER_SUBMITTER, "list_corrections").code == "not_found"
    assert new_school.refused(OPERATOR, "request_correction", text="是").code == "not_found"
    assert person_id


def test_the_same_command_again_asks_once(new_school, person_id):
    command_id = new_id()
    assert _ask(new_school, command_id=command_id) == _ask(new_school, command_id=command_id)
    assert len(_listed(new_school)) == 1
    refusal = new_school.refused(SUBMITTER, "request_correction", command_id=command_id, text="别的")
    assert refusal.code == "command_reused"


@pytest.mark.parametrize(
    ("method", "words", "field"),
    [
        ("request_correction", {}, "text"),
        ("request_correction", {"text": " "}, "text"),
        ("request_correction", {"text": "字" * 2001}, "text"),
        ("request_correction", {"text": "是", "fields": ["religion"]}, "fields"),
        ("request_correction", {"text": "是", "fields": "name"}, "fields"),
        ("request_correction", {"text": "是", "person_id": NOBODY}, "person_id"),
        ("answer_correction", {"correction_id": NOBODY, "reason": "是"}, "accepted"),
        ("answer_correction", {"correction_id": NOBODY, "reason": "是", "accepted": 1}, "accepted"),
        ("answer_correction", {"correction_id": NOBODY, "accepted": True}, "reason"),
        ("answer_correction", {"correction_id": "x", "accepted": True, "reason": "是"}, "correction_id"),
        ("list_corrections", {"state": "closed"}, "state"),
        ("list_corrections", {"limit": 0}, "limit"),
        ("list_corrections", {"cursor": "nonsense"}, "cursor"),
    ],
)
def test_wrong_words_are_refused_by_name_and_nothing_is_written(new_school, person_id, method, words, field):
    before = new_school.counts()
    actor = SUBMITTER if method == "request_correction" else OPERATOR
    refusal = new_school.refused(actor, method, **words)
    assert (refusal.code, list(refusal.details["fields"])) == ("invalid_input", [field])
    assert new_school.counts() == before
    assert person_id


def test_every_field_of_a_file_may_be_named(new_school, person_id):
    assert _ask(new_school, fields=list(FIELDS))["state"] == "open"
    assert _listed(new_school)[0]["fields"] == list(FIELDS)
    assert person_id


def test_a_list_goes_on_page_by_page_and_over_a_text_that_is_damaged(new_school, person_id):
    ids = [_ask(new_school)["correction_id"] for _ in range(5)]
    new_school.change("UPDATE correction SET content = sealed_in WHERE correction_id = :c", c=ids[1])
    seen, cursor = [], None
    while True:
        page = new_school.do(OPERATOR, "list_corrections", limit=2, cursor=cursor)
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [item["correction_id"] for item in seen] == ids
    assert [item["text"] is None for item in seen] == [False, True, False, False, False]
    assert new_school.different() == {"correction": [ids[1]]}
    assert person_id


def test_with_the_person_the_request_is_erased(new_school, person_id):
    correction_id = _ask(new_school)["correction_id"]
    new_school.do(OPERATOR, "erase_person", person_id=person_id, reason="own_request")
    assert _listed(new_school) == []
    answer = {"correction_id": correction_id, "accepted": True, "reason": "是"}
    assert new_school.refused(OPERATOR, "answer_correction", **answer).code == "erased"
    (event,) = new_school.events(f"correction/{correction_id}")
    assert new_school.keys.open(event["data"]["text"], event["id"], "text") is None
    new_school.rebuild()
    assert new_school.different() == {}


def test_no_event_says_in_clear_who_asked_or_what(new_school, person_id):
    correction_id = _ask(new_school)["correction_id"]
    new_school.do(SUBMITTER, "get_own_file")
    (event,) = new_school.events(f"correction/{correction_id}")
    assert event["actor"] == "sealed"
    told = new_school.published()
    assert b"s-1" not in told
    assert orjson.dumps(_ASKED).strip(b'"') not in told
    assert (b"submitter:" in new_school.everything(), b"s-1" in new_school.everything()) == (False, False)
    assert person_id
