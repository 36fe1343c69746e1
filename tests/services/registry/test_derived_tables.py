"""The index is what the sealed files make: compared row by row, and filled anew with the keys."""

from __future__ import annotations

import json

import pytest

from kernel.refusals import Unavailable
from services.registry.projections import index
from tests.services.registry.school import OPERATOR, STRANGE_OPERATOR, UNIT, School

_WORDS = {"units": [{"unit": UNIT}], "titles": [{"name": "教授", "rank": "senior"}]}


@pytest.fixture
def people(any_school):
    """Four people, one of whom was erased; their ids in order."""
    ids = [any_school.register(name=f"虚构{name}", **_WORDS) for name in ("甲", "乙", "丙", "丁")]
    any_school.do(OPERATOR, "erase_person", person_id=ids[2], reason="own_request")
    yield ids
    any_school.rebuild()
    assert any_school.different() == {}


def test_after_every_kind_of_change_the_index_is_what_the_files_make(any_school, people):
    first, second, erased, _ = people
    any_school.do(OPERATOR, "amend_person", person_id=first, name="改名者", titles=[])
    any_school.do(OPERATOR, "retire_person", person_id=second, reason="transferred")
    assert any_school.different() == {}
    assert any_school.tokens(first) != any_school.tokens(second)
    assert any_school.tokens(erased) == set()


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM person_token WHERE person_id = :p AND token = :t",
        "INSERT INTO person_token (token, person_id) VALUES (1, :p)",
        "UPDATE person_token SET token = token + 1 WHERE person_id = :p AND token = :t",
        "UPDATE person_token SET token = -9223372036854775807 WHERE person_id = :p AND token = :t",
        "DELETE FROM person_token WHERE person_id = :p",
    ],
)
def test_a_row_of_the_index_that_is_changed_missing_or_added_names_its_person(any_school, people, change):
    person_id = people[3]
    token = min(any_school.tokens(person_id))
    any_school.change(change, **{"p": person_id} | ({"t": token} if ":t" in change else {}))
    assert any_school.different() == {"person_token": [person_id]}


def test_two_changes_that_leave_count_and_sum_alone_are_seen(any_school, people):
    person_id = people[0]
    low, *_, high = sorted(any_school.tokens(person_id))
    for token, by in ((low, 1), (high, -1)):
        any_school.change(
            f"UPDATE person_token SET token = token + ({by}) WHERE person_id = :p AND token = :t",
            p=person_id,
            t=token,
        )
    assert any_school.different() == {"person_token": [person_id]}


@pytest.mark.parametrize("stranger", ["0", "zzz", "ffffffff-0000-7000-8000-000000000000"])
def test_a_row_for_nobody_is_named(any_school, people, stranger):
    any_school.change("INSERT INTO person_token (token, person_id) VALUES (7, :p)", p=stranger)
    assert any_school.different() == {"person_token": [stranger]}


def test_a_row_for_somebody_erased_is_named(any_school, people):
    any_school.change("INSERT INTO person_token (token, person_id) VALUES (7, :p)", p=people[2])
    assert any_school.different() == {"person_token": [people[2]]}


def test_a_rebuild_fills_the_index_anew_and_nobody_erased_is_in_it(any_school, people):
    before = any_school.rows("SELECT * FROM person_token ORDER BY token, person_id")
    any_school.change("DELETE FROM person_token")
    any_school.change("INSERT INTO person_token (token, person_id) VALUES (7, 'zzz')")
    any_school.rebuild()
    assert any_school.rows("SELECT * FROM person_token ORDER BY token, person_id") == before
    assert any_school.found(text="虚构甲")[-1:] == [people[0]]


def test_people_and_rows_over_many_batches_are_merged(any_school, people, monkeypatch):
    monkeypatch.setattr(index, "_AT_ONCE", 2)
    assert any_school.different() == {}
    any_school.rebuild()
    any_school.change("DELETE FROM person_token WHERE person_id = :p", p=people[3])
    assert any_school.different() == {"person_token": [people[3]]}


def test_a_file_that_was_changed_is_named_and_does_not_end_the_comparison(any_school, people):
    any_school.change("UPDATE person SET file = sealed_in WHERE person_id = :p", p=people[1])
    assert any_school.different() == {"person": [people[1]], "person_token": [people[1]]}


def test_tokens_of_one_text_are_others_in_another_institution(new_school):
    here = new_school.register(name="虚构甲")
    there = new_school.register(STRANGE_OPERATOR, name="虚构甲")
    assert new_school.tokens(here)
    assert len(new_school.tokens(here)) == len(new_school.tokens(there))
    assert new_school.tokens(here) & new_school.tokens(there) == set()
    assert max(new_school.tokens(here)) < 2**52


def test_without_the_keys_nothing_is_rebuilt_and_nothing_is_changed(new_school):
    new_school.register(name="虚构甲")
    before = new_school.rows("SELECT * FROM person_token ORDER BY 1, 2")
    path = new_school.settings.secret_file
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"wrapping_key": document["head_key"]}))
    with pytest.raises(Unavailable):
        new_school.rebuild()
    path.write_text(json.dumps(document))
    assert new_school.rows("SELECT * FROM person_token ORDER BY 1, 2") == before
    assert new_school.different() == {}


def test_an_index_under_another_key_than_the_secret_files_differs_for_everybody(new_school):
    people = [new_school.register(name="虚构甲"), new_school.register(name="虚构乙")]
    path = new_school.settings.secret_file
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"request_key": document["owner_key"]}))
    assert new_school.different() == {"person_token": people}
    new_school.rebuild()
    again = School(new_school.settings)
    try:
        assert again.different() == {}
        assert again.found(text="虚构乙") == [people[1]]
    finally:
        again.close()
