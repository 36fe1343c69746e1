"""A file is what its document says, and a document holds what the file holds and nothing empty."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date

import pytest
from hypothesis import given

from services.registry.domain.person import entries
from services.registry.domain.person.days import holds
from services.registry.domain.person.file import LISTS, File, FileFault
from tests.services.registry.domain.files import calendar_days, files

# Invented.
DOCUMENT = {
    "name": "虚构甲",
    "birth": "1990",
    "post_kind": "teacher",
    "memberships": [{"id": "m1", "party": "05", "since": "2012-05"}],
    "tenures": [
        {"id": "t1", "kind": "leadership", "level": "middle", "role": "head", "portfolio": ["maths", "physics"]}
    ],
    "contributions": [{"id": "c1", "kind": "advice", "consent": True}],
}


def test_a_file_gives_back_its_document_and_can_be_sealed_as_json():
    file = File.from_document(DOCUMENT)
    assert file.document() == DOCUMENT
    assert json.loads(json.dumps(file.document())) == DOCUMENT
    assert file.tenures[0].portfolio == ("maths", "physics")


@given(files)
def test_every_file_comes_back_from_its_document_exactly(file):
    document = file.document()
    assert File.from_document(json.loads(json.dumps(document))) == file
    assert "" not in document.values()
    assert [] not in document.values()


def test_what_is_empty_in_a_document_counts_as_left_out():
    given_empty = DOCUMENT | {"phone": "", "pools": [], "retired": None}
    given_empty["memberships"] = [{"id": "m1", "party": "05", "since": "2012-05", "until": None}]
    assert File.from_document(given_empty).document() == DOCUMENT


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"name": "虚构甲", "religion": "不详"}, "religion"),
        ({"phone": "13800000000"}, "name"),
        ({"name": "虚构甲", "studies_abroad": [{"id": "s", "country": "不详"}]}, "country"),
        ({"name": "虚构甲", "memberships": [{"id": "m"}]}, "party"),
    ],
    ids=["strange field", "no name", "strange field of an entry", "missing field of an entry"],
)
def test_a_document_that_is_no_file_is_told_by_the_field_and_repeats_nothing_of_it(document, named):
    with pytest.raises(FileFault, match=named) as fault:
        File.from_document(document)
    assert not any(word in str(fault.value) for word in ("虚构甲", "不详", "13800000000"))


def test_every_list_of_a_file_has_its_kind_of_entry_and_each_entry_an_id():
    listed = {field.name for field in fields(File) if str(field.type).startswith("tuple")}
    assert set(LISTS) == listed
    assert all(kind._fields[0] == "id" for kind in LISTS.values())


def test_a_file_has_no_place_for_faith_family_country_identity_number_views_or_scores():
    names = {field.name for field in fields(File)} | {name for kind in LISTS.values() for name in kind._fields}
    assert names.isdisjoint(
        {
            "religion",
            "faith",
            "family",
            "spouse",
            "country",
            "identity_number",
            "views",
            "conduct",
            "score",
            "label",
        }
    )


@given(files, calendar_days)
def test_the_file_of_a_day_has_exactly_the_entries_that_hold_then(file, day):
    then = file.on(day)
    for name in ("units", "memberships", "tenures", "titles", "groups", "pools", "confirmations"):
        assert list(getattr(then, name)) == [
            one for one in getattr(file, name) if holds(one.since, one.until, day)
        ]
    assert then.on(day) == then
    assert (then.name, then.birth) == (file.name, file.birth)


def test_what_somebody_did_stays_done_and_an_outcome_is_told_from_its_day_on():
    # Given a course that is over, and a recommendation of January that was decided in June
    course = entries.Course("c", "进修班", since="2020-03", until="2020-04")
    asked = entries.Recommendation("r", "seat", since="2024-01", outcome="elected", decided_on="2024-06-10")
    file = File("虚构甲", courses=(course,), recommendations=(asked,))
    # Then the course is in every later file, and in May nobody knows the outcome
    assert file.on(date(2020, 2, 1)).courses == ()
    assert file.on(date(2026, 1, 1)).courses == (course,)
    assert file.on(date(2023, 12, 31)).recommendations == ()
    assert file.on(date(2024, 5, 1)).recommendations[0].outcome == ""
    assert file.on(date(2024, 6, 10)).recommendations == (asked,)


def test_who_left_is_here_until_the_day_of_leaving():
    file = File("虚构甲", joined="2010-09", left="2024-06-03")
    told = [date(2010, 8, 31), date(2010, 9, 1), date(2024, 6, 2), date(2024, 6, 3)]
    assert [file.here(day) for day in told] == [False, True, True, False]
