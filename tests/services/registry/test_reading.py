"""Nobody opens a file unseen: who may, within which scope, and what is written down of it."""

from __future__ import annotations

import pytest

from kernel.identity.actor import Actor, Role
from services.registry.domain.person.fields import FIELDS
from tests.services.registry.school import (
    ADMIN,
    AUDITOR,
    EVERY_OPERATOR,
    HANDLER,
    LEADER,
    LIAISON,
    NOBODY,
    OPERATOR,
    OTHER_LIAISON,
    OTHER_SUBMITTER,
    OTHER_UNIT,
    SCHOOL,
    SERVICE,
    STRANGE_OPERATOR,
    SUBMITTER,
    UNIT,
    UNIT_LEADER,
)


@pytest.fixture
def person_id(new_school):
    return new_school.register(name="虚构读", subject="s-1", phone="000", units=[{"unit": UNIT}])


def test_each_reading_is_an_event_and_the_person_sees_it(new_school, person_id):
    new_school.get(person_id, purpose="contact")
    new_school.get(person_id, LEADER)
    new_school.do(SUBMITTER, "get_own_file")
    listed = new_school.reads(person_id, SUBMITTER)
    assert listed == new_school.reads(person_id, OPERATOR)
    assert [(item["method"], item["purpose"]) for item in listed] == [
        ("get_own_file", "own"),
        ("get_person", "registry"),
        ("get_person", "contact"),
    ]
    assert [item["reader"] for item in listed] == [
        {"role": "submitter", "subject": None},
        {"role": "leader", "subject": "l-1"},
        {"role": "operator", "subject": "o-1"},
    ]
    assert [item["fields"] for item in listed] == [
        list(FIELDS),
        ["name", "units", "tenures", "titles"],
        list(FIELDS),
    ]
    assert [item["at"] for item in listed] == sorted((item["at"] for item in listed), reverse=True)
    assert new_school.different() == {}


def test_an_event_of_a_reading_holds_names_of_fields_and_no_value(new_school, person_id):
    new_school.get(person_id)
    (event,) = new_school.events(f"reads/{person_id}")
    assert event["data"] == {
        "person_id": person_id,
        "method": "get_person",
        "fields": list(FIELDS),
        "purpose": "registry",
    }


def test_what_is_refused_is_no_reading(new_school, person_id):
    for actor in (STRANGE_OPERATOR, OTHER_LIAISON, AUDITOR, OTHER_SUBMITTER):
        new_school.refused(actor, "get_person", person_id=person_id)
    new_school.refused(OPERATOR, "get_person", person_id=person_id, purpose="curiosity")
    assert new_school.reads(person_id) == []
    assert new_school.events(f"reads/{person_id}") == []


def test_the_readings_are_listed_page_by_page(new_school, person_id):
    for _ in range(5):
        new_school.get(person_id)
    seen, cursor = [], None
    while True:
        page = new_school.do(SUBMITTER, "list_reads", limit=2, cursor=cursor)
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == new_school.reads(person_id)
    assert len(seen) == 5


def test_readings_of_one_batch_are_each_recorded(new_school, person_id):
    other = new_school.register(name="虚构二")
    calls = [new_school.call(OPERATOR, "get_person", {"person_id": one}) for one in (person_id, other) * 20]
    assert {answer["file"]["name"] for answer in new_school.batch(calls)} == {"虚构读", "虚构二"}
    assert (len(new_school.reads(person_id)), len(new_school.reads(other))) == (20, 20)


def test_a_change_earlier_in_the_batch_is_seen_by_who_reads_the_own_file(new_school, person_id):
    change = {"command_id": NOBODY, "person_id": person_id, "name": "虚构新"}
    calls = [new_school.call(OPERATOR, "amend_person", change), new_school.call(SUBMITTER, "get_own_file", {})]
    _, told = new_school.batch(calls)
    assert (told["version"], told["file"]["name"]) == (2, "虚构新")


@pytest.mark.parametrize(
    ("actor", "code"),
    [
        (STRANGE_OPERATOR, "not_found"),
        (OTHER_LIAISON, "not_found"),
        (Actor("l-9", Role.LEADER, "mianyang"), "not_found"),
        (OTHER_SUBMITTER, "not_found"),
        (Actor("s-1", Role.SUBMITTER, "mianyang"), "not_found"),
        (SUBMITTER, "not_allowed"),
        (HANDLER, "not_allowed"),
        (AUDITOR, "not_allowed"),
        (ADMIN, "not_allowed"),
    ],
    ids=lambda value: getattr(value, "label", value),
)
def test_outside_the_scope_nothing_is_found_and_inside_the_role_decides(new_school, person_id, actor, code):
    refusal = new_school.refused(actor, "get_person", person_id=person_id)
    assert refusal.code == code
    if code == "not_found":
        unknown = new_school.refused(actor, "get_person", person_id=NOBODY)
        assert unknown.to_json() == refusal.to_json()


@pytest.mark.parametrize(
    "actor", [OPERATOR, EVERY_OPERATOR, LEADER, UNIT_LEADER, LIAISON, SERVICE], ids=lambda actor: actor.label
)
def test_inside_the_scope_a_file_is_found_as_the_search_finds_it(new_school, person_id, actor):
    assert new_school.get(person_id, actor)["file"]["name"] == "虚构读"
    assert person_id in new_school.found(actor)


def test_who_sees_one_unit_sees_its_people_in_search_and_file_alike(new_school):
    words = {
        "only": [{"unit": UNIT}],
        "both": [{"unit": UNIT}, {"unit": OTHER_UNIT}],
        "other": [{"unit": OTHER_UNIT}],
        "past": [{"unit": UNIT, "until": "2020"}, {"unit": OTHER_UNIT, "since": "2020"}],
        "future": [{"unit": OTHER_UNIT, "until": "2090"}, {"unit": UNIT, "since": "2090"}],
        "none": [],
    }
    ids = {name: new_school.register(name="虚构位", units=units) for name, units in words.items()}
    found = new_school.found(LIAISON)
    readable = [one for one in ids.values() if _readable(new_school, LIAISON, one)]
    assert found == readable == [ids["only"], ids["both"]]
    found = new_school.found(OTHER_LIAISON)
    readable = [one for one in ids.values() if _readable(new_school, OTHER_LIAISON, one)]
    assert found == readable == [ids["both"], ids["other"], ids["past"], ids["future"]]


def _readable(school, actor, person_id):
    (outcome,) = school.batch([school.call(actor, "get_person", {"person_id": person_id})])
    return not isinstance(outcome, Exception)


def test_nobody_of_one_unit_searches_another(new_school, person_id):
    assert new_school.refused(LIAISON, "search_people", unit=OTHER_UNIT).code == "not_found"
    assert new_school.refused(STRANGE_OPERATOR, "search_people", institution=SCHOOL).code == "not_found"
    assert new_school.found(STRANGE_OPERATOR) == []
    for actor in (SUBMITTER, HANDLER, AUDITOR, ADMIN):
        assert new_school.refused(actor, "search_people").code == "not_allowed"
    assert person_id


def test_the_own_file_is_the_own_and_nobody_elses(new_school, person_id):
    other = new_school.register(name="虚构他", subject="s-2")
    assert new_school.do(SUBMITTER, "get_own_file")["person_id"] == person_id
    assert new_school.do(OTHER_SUBMITTER, "get_own_file")["person_id"] == other
    for subject in ("s-3", "S-1", "s-1 "):
        refusal = new_school.refused(Actor(subject, Role.SUBMITTER, SCHOOL), "get_own_file")
        assert refusal.code == "not_found"
    # A token of another role with the same subject is somebody who keeps the registry, not the person.
    assert new_school.refused(Actor("s-1", Role.OPERATOR, SCHOOL), "get_own_file").code == "not_allowed"
    assert new_school.refused(SUBMITTER, "list_reads", person_id=other).code == "not_found"


def test_a_login_that_was_given_to_another_opens_the_others_file_only(new_school, person_id):
    other = new_school.register(name="虚构他")
    new_school.do(OPERATOR, "amend_person", person_id=person_id, clear=["subject"])
    assert new_school.refused(SUBMITTER, "get_own_file").code == "not_found"
    new_school.do(OPERATOR, "amend_person", person_id=other, subject="s-1")
    assert new_school.do(SUBMITTER, "get_own_file")["person_id"] == other
    assert new_school.refused(SUBMITTER, "list_reads", person_id=person_id).code == "not_found"


def test_on_a_past_day_only_what_held_then_is_shown(new_school):
    person_id = new_school.register(
        name="虚构昔",
        titles=[{"name": "讲师", "since": "2010", "until": "2015"}, {"name": "教授", "since": "2015"}],
    )
    for day, title in (("2012-01-01", "讲师"), ("2015-01-01", "教授")):
        told = new_school.get(person_id, as_of=day)
        assert (told["as_of"], [one["name"] for one in told["file"]["titles"]]) == (day, [title])
    assert "titles" not in new_school.get(person_id, as_of="2009-12-31")["file"]


@pytest.mark.parametrize(
    ("method", "words", "field"),
    [
        ("get_person", {}, "person_id"),
        ("get_person", {"person_id": "x"}, "person_id"),
        ("get_person", {"person_id": NOBODY, "as_of": "2012"}, "as_of"),
        ("get_person", {"person_id": NOBODY, "purpose": "own"}, "purpose"),
        ("get_person", {"person_id": NOBODY, "command_id": NOBODY}, "command_id"),
        ("list_reads", {"person_id": "x"}, "person_id"),
        ("list_reads", {"cursor": "AAAA"}, "cursor"),
        ("search_people", {"limit": 201}, "limit"),
        ("search_people", {"ethnicity": "01"}, "ethnicity"),
        ("search_people", {"birth": "1980"}, "birth"),
        ("search_people", {"institution": "Datong"}, "institution"),
    ],
)
def test_wrong_words_of_a_question_are_refused_by_name(new_school, method, words, field):
    refusal = new_school.refused(OPERATOR, method, **words)
    assert (refusal.code, list(refusal.details["fields"])) == ("invalid_input", [field])


def test_a_search_goes_on_over_somebody_whose_file_cannot_be_read(new_school, person_id):
    broken, last = new_school.register(name="虚构坏"), new_school.register(name="虚构末")
    new_school.change("UPDATE person SET file = key_id || :b WHERE person_id = :p", p=broken, b=":AAAA")
    assert new_school.refused(OPERATOR, "get_person", person_id=broken).code == "damaged"
    assert new_school.found() == [person_id, last]
    # And over one whose key is gone before the event that says so is seen.
    new_school.keys.destroy(new_school.row(last)["key_id"])
    new_school.application._keys._opened.clear()
    assert new_school.found() == [person_id]


def test_whose_confirmation_is_withdrawn_is_told_of_it_in_the_own_file(new_school, person_id):
    words = {"person_id": person_id, "fact": "cultivated"}
    new_school.do(OPERATOR, "confirm_fact", reason="学院推荐", since="2026-01-01", **words)
    new_school.do(OPERATOR, "confirm_fact", reason="不再任教", since="2026-03-01", holds=False, **words)
    told = new_school.do(SUBMITTER, "get_own_file")["notices"]
    assert told[0] == {"on": "2026-03-01", "text": "撤销认定：列为重点培养对象；理由：不再任教"}
