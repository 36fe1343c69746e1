"""What each role sees of each field, walked field by field; what is not shown is named, and never told."""

from __future__ import annotations

import re
from dataclasses import fields

import orjson
import pytest

from kernel.identity.actor import Role
from services.registry.domain.person import entries
from services.registry.domain.person.fields import FIELDS, OPEN_TENURES, Sensitivity
from services.registry.domain.person.file import LISTS, File
from services.registry.domain.person.masking import SEES, shown
from services.registry.projections.rebuild import RELEASED
from tests.docs.pages import read
from tests.services.registry.school import (
    EVERY_AUDITOR,
    LEADER,
    LIAISON,
    OPERATOR,
    SCHOOL,
    SERVICE,
    SUBMITTER,
    UNIT,
    UNIT_LEADER,
)

_DIRECTORY = {name for name, field in FIELDS.items() if field.sensitivity is Sensitivity.DIRECTORY}
_SINGLE = {
    "gender": "2",
    "ethnicity": "01",
    "birth": "1901-02",
    "joined": "1902-03",
    "left": "1903-04",
    "retired": "1904-05",
    "post_kind": "teacher",
    "left_reason": "other",
}
# Words of a fixed vocabulary tell nothing apart; every other text of the file is unmistakable.
_FIXED = {"kind", "level", "role", "rank", "degree", "party", "code", "id", "outcome", "fact", "consent"}


def _value(name, entry, place):
    """The value of an entry's field: unmistakable where it may be any text."""
    if name in _FIXED:
        return {"kind": "seat", "consent": True}.get(name, "x")
    if name == "portfolio":
        return [f"密{place}"]
    return f"密{place}{name}"


def _whole_document():
    """A file with every field and every field of every entry, each an unmistakable text."""
    document = {name: _SINGLE.get(name, f"密{name}") for name in FIELDS if name not in LISTS}
    for name, kind in LISTS.items():
        document[name] = [
            {field: f"e{name[:3]}" if field == "id" else _value(field, kind, name) for field in kind._fields}
        ]
    open_post = {"id": "open", "kind": "leadership", "post": "明职务", "level": "middle"}
    document["tenures"].append(open_post)
    return document


DOCUMENT = _whole_document()
FILE = File.from_document(DOCUMENT)


def _texts(value):
    """Every unmistakable text in an answer."""
    return set(re.findall(r"密\w+", orjson.dumps(value).decode()))


def test_every_field_of_a_file_is_described_and_no_other():
    assert list(FIELDS) == [field.name for field in fields(File)]
    assert FILE.document().keys() == FIELDS.keys()
    assert FILE.document() == DOCUMENT


def test_every_field_says_what_it_is_for_and_what_allows_it():
    clauses = set(re.findall(r"\b[A-Z]{2}-[0-9.]+", read("docs/requirements.md")))
    for name, field in FIELDS.items():
        assert field.label, name
        assert field.purpose, name
        assert not field.clause or field.clause in clauses, name
    assert len({field.label for field in FIELDS.values()}) == len(FIELDS)


def test_no_field_is_one_that_the_registry_does_not_keep():
    words = (
        "religion faith family spouse child parent country identity passport view conduct score label rank_of"
    )
    names = {*FIELDS, *(name for kind in LISTS.values() for name in kind._fields)}
    assert [name for name in names for word in words.split() if word in name] == []


def test_every_role_has_a_decision():
    assert set(SEES) == set(Role)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_shown_whole_or_named_and_not_told(role, name):
    told = shown(FILE, role)
    sees = FIELDS[name].sensitivity in SEES[role]
    if name == "tenures" and role in (Role.LEADER, Role.LIAISON, Role.SERVICE):
        assert [entry["kind"] for entry in told["file"][name]] == ["leadership"]
        assert name in told["masked"]
        return
    assert (told["file"].get(name) == DOCUMENT[name]) is sees
    assert (name in told["masked"]) is not sees
    if not sees:
        assert name not in told["file"]
        assert _texts(DOCUMENT[name]) & _texts(told) == set()


@pytest.mark.parametrize("kind", entries.TENURE_KINDS)
def test_of_posts_the_directory_has_the_leadership_only(kind):
    file = File(name="虚构甲", tenures=(entries.Tenure("t", kind, post="密职务"),))
    told = shown(file, Role.LEADER)
    assert (told["file"].get("tenures") is not None) is (kind in OPEN_TENURES)
    assert "tenures" in told["masked"]
    assert shown(file, Role.OPERATOR)["file"]["tenures"][0]["post"] == "密职务"


@pytest.mark.parametrize("role", Role)
def test_what_is_masked_is_the_same_of_every_file_and_tells_of_none_what_it_holds(role):
    empty = shown(File(name="虚构甲"), role)
    assert empty["masked"] == shown(FILE, role)["masked"]
    assert set(empty["file"]) == {"name"} - set(empty["masked"])


# What a registration may say: all but what other commands enter.
_SAID = {
    "name": "密名字",
    "staff_number": "密工号",
    "subject": "s-1",
    "gender": "2",
    "birth": "1901-02",
    "ethnicity": "01",
    "phone": "密电话",
    "email": "密邮箱",
    "post_kind": "teacher",
    "discipline": "密专业",
    "joined": "1902-03",
    "retired": "1990-05",
    "units": [{"unit": UNIT}],
    "memberships": [{"party": "05"}],
    "tenures": [
        {"kind": "seat", "post": "密席位", "body": "people_congress"},
        {"kind": "leadership", "post": "密馆长", "level": "middle", "unit": UNIT},
    ],
    "titles": [{"name": "密职称"}],
    "education": [{"level": "11", "degree": "doctor"}],
    "studies_abroad": [{"since": "1905"}],
}
_OPEN = {"密名字", "密馆长", "密职称"}


@pytest.fixture(scope="module")
def person_id(school):
    return school.register(**_SAID)


@pytest.mark.parametrize("actor", [LEADER, UNIT_LEADER, LIAISON, SERVICE], ids=lambda actor: actor.label)
def test_colleagues_are_told_what_the_directory_has_and_the_names_of_the_rest(school, person_id, actor):
    told = school.get(person_id, actor)
    assert _texts(told) == _OPEN
    assert set(told["file"]) == {"name", "units", "tenures", "titles"} == _DIRECTORY
    assert set(told["masked"]) == (set(FIELDS) - _DIRECTORY) | {"tenures"}


def test_who_keeps_the_registry_and_the_person_are_told_all_of_it(school, person_id):
    for told in (school.get(person_id), school.do(SUBMITTER, "get_own_file")):
        assert set(told["file"]) == set(_SAID)
        assert told["masked"] == []
        assert _texts(told["file"]) == _texts(_SAID)


@pytest.mark.parametrize("actor", [OPERATOR, LEADER, LIAISON, SERVICE], ids=lambda actor: actor.label)
def test_a_list_tells_what_tells_people_apart_and_nothing_else(school, person_id, actor):
    (item,) = (
        one
        for one in school.do(actor, "search_people", institution=SCHOOL)["items"]
        if one["person_id"] == person_id
    )
    assert item == {
        "person_id": person_id,
        "institution": SCHOOL,
        "name": "密名字",
        "unit": UNIT,
        "titles": ["密职称"],
        "posts": ["密馆长"],
        "state": "current",
    }


@pytest.mark.parametrize("words", ["密席位", "密专业"])
def test_what_a_role_may_not_see_it_may_not_look_for(school, person_id, words):
    assert school.found(OPERATOR, "search_files", institution=SCHOOL, words=words) == [person_id]
    assert school.found(OPERATOR, words=words) == school.found(LEADER, words=words) == []


def test_what_is_recorded_of_a_reading_is_what_was_shown(school, person_id):
    nothing_said = school.register(units=[{"unit": UNIT}])
    for actor, fields_ in ((LIAISON, _DIRECTORY), (OPERATOR, set(FIELDS))):
        told = school.get(person_id, actor)
        read = school.reads(person_id)[0]["fields"]
        assert set(read) == fields_ >= set(told["file"])
        # And the same of whoever has less in the file
        school.get(nothing_said, actor)
        assert school.reads(nothing_said)[0]["fields"] == read


def test_an_event_names_what_changed_and_tells_nothing_of_it(school, person_id):
    school.do(OPERATOR, "amend_person", person_id=person_id, phone="密电话二", reason="密理由")
    school.do(OPERATOR, "retire_person", person_id=person_id, reason="transferred", note="密附言")
    for event in school.history(person_id):
        clear = {name: value for name, value in event["data"].items() if "$sealed" not in str(value)}
        assert set(clear) <= {"person_id", "number_mark", "login_mark", "fields", "state"}
        assert _texts(event) == set()
    assert b"\\u5bc6" not in school.published()


def test_every_event_that_was_released_is_one_that_auditors_can_read(school):
    read_log = school.do(EVERY_AUDITOR, "read_log", limit=1000)
    names = {event["type"].rpartition(".")[2] for event in read_log["events"]}
    assert names <= set(RELEASED)
