"""Invented people: files as the registry has them, names as they are usual, shares within bounds."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from marshmallow import ValidationError

from kernel import codes
from services.registry.domain.person import entries
from services.registry.domain.person.file import LISTS, File
from services.registry.schemas.file import FileFields

NAME = re.compile(r"[\u4e00-\u9fff]{2,8}|[\u4e00-\u9fff]{1,8}·[\u4e00-\u9fff]{1,8}")


def share(of: int, whole: int) -> float:
    return of / whole


def standing(person: dict) -> set[str]:
    return {one["party"] for one in person.get("memberships", []) if "until" not in one}


def test_every_document_is_a_file_and_comes_back_as_it_was(everybody):
    for person in everybody:
        with_ids = {
            key: [{"id": "0", **entry} for entry in value] if key in LISTS else value
            for key, value in person.items()
        }
        assert File.from_document(with_ids).document() == with_ids


def test_a_registration_takes_every_document_but_for_how_somebody_left(everybody):
    schema = FileFields()
    for person in everybody[::3]:
        apart = {"name", "retired", "left", "left_reason"}
        try:
            schema.load({key: value for key, value in person.items() if key not in apart})
        except ValidationError as error:
            pytest.fail(str(error.messages))


def test_words_that_the_schema_leaves_open_are_those_of_the_domain(everybody):
    bodies = {"seat": entries.SEAT_BODIES, "association_post": entries.ASSOCIATION_BODIES}
    bodies["party_post"] = entries.DEMOCRATIC_PARTIES
    for person in everybody:
        assert person.get("left_reason", "other") in entries.LEFT_REASONS
        assert ("left" in person) == ("left_reason" in person)
        for tenure in person.get("tenures", []):
            assert (
                tenure["body"] in bodies.get(tenure["kind"], {tenure.get("body")}) if "body" in tenure else True
            )
            if tenure["kind"] == "leadership":
                assert tenure["level"] in entries.LEADER_LEVELS
                assert tenure["role"] in ("head", "deputy")
                assert ("portfolio" in tenure) == (tenure["level"] == "school")


def test_titles_with_a_code_have_the_rank_of_the_code_table(everybody):
    table = codes.table("title")
    found = {
        (one.get("code"), one["name"], one["rank"]) for person in everybody for one in person.get("titles", [])
    }

    ranks = {entry.code: entry.rank for entry in table.entries}
    assert {rank for _, _, rank in found} == set(entries.TITLE_RANKS)
    for code, name, rank in found:
        assert ranks[code] == rank if code else table.code(name) is None


def test_staff_numbers_are_unique_and_begin_with_a_zero(crowd):
    numbers = [person["staff_number"] for person in crowd]

    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"0\d{7}", number) for number in numbers)


def test_nobody_can_be_called_or_written_to(everybody):
    for person in everybody:
        assert re.fullmatch(r"1002\d{7}", person.get("phone", "10020000000"))
        assert person.get("email", ".example").endswith(".example")
    assert len({person["phone"] for person in everybody if "phone" in person}) > 2_000


def test_names_are_two_to_four_characters_or_those_of_another_people(everybody):
    for person in everybody:
        assert NAME.fullmatch(person["name"]), "a name of another shape"
    lengths = Counter(len(one["name"]) for one in everybody if one.get("ethnicity") == "01")
    assert set(lengths) == {2, 3, 4}
    assert share(lengths[3], lengths.total()) > 0.55


def test_surnames_are_as_frequent_as_usual_and_rare_readings_occur(crowd):
    names = [one["name"] for one in crowd]
    surnames = Counter(name[0] for name in names)

    assert 0.05 < share(surnames["王"], len(names)) < 0.09
    assert 0.05 < share(surnames["李"], len(names)) < 0.09
    assert all(surnames[rare] for rare in "单仇解曾查朴区盖")
    assert any(name.startswith("尉迟") for name in names)
    assert any(name.startswith("欧阳") for name in names)
    assert any("·" in name for name in names)


def test_homonyms_occur_and_are_told_apart_by_their_number(everybody):
    names = Counter(one["name"] for one in everybody)

    assert 20 < sum(count > 1 for count in names.values()) < 1_000
    assert max(names.values()) < 20


def test_standings_have_plausible_shares(crowd):
    whole = len(crowd)
    found = [standing(one) for one in crowd]

    parties = set(entries.DEMOCRATIC_PARTIES)
    assert 0.35 < share(sum("01" in one for one in found), whole) < 0.55
    assert 0.04 < share(sum(bool(one & parties) for one in found), whole) < 0.1
    assert 0.01 < share(sum("12" in one for one in found), whole) < 0.05
    assert 0.25 < share(sum(one == {"13"} for one in found), whole) < 0.45
    assert 0.01 < share(sum(not one for one in found), whole) < 0.06
    assert 0.0005 < share(sum(len(one) == 2 for one in found), whole) < 0.01
    assert all("12" not in one or len(one) == 1 for one in found)
    assert {code for one in found for code in one} >= parties


def test_other_shares_are_plausible(crowd):
    people, whole = crowd, len(crowd)

    assert 0.4 < share(sum(one["gender"] == "2" for one in people), whole) < 0.6
    assert 0.8 < share(sum(one.get("ethnicity") == "01" for one in people), whole) < 0.95
    assert 0.08 < share(sum("retired" in one for one in people), whole) < 0.25
    assert 0.5 < share(sum(one["post_kind"] == "teacher" for one in people), whole) < 0.7
    assert 0.03 < share(sum("studies_abroad" in one for one in people), whole) < 0.15
    kinds = Counter(one["kind"] for person in people for one in person.get("tenures", []))
    assert set(kinds) == set(entries.TENURE_KINDS)
    bodies = Counter(
        one["body"] for person in people for one in person.get("tenures", []) if one["kind"] == "seat"
    )
    assert {"people_congress", "cppcc"} <= set(bodies) <= set(entries.SEAT_BODIES)


def test_a_school_of_a_thousand_has_leaders_of_whom_some_are_in_no_party_or_another(school):
    leaders = [
        standing(person)
        for person in school(people=1_500).people()
        for one in person.get("tenures", [])
        if one["kind"] == "leadership" and one["level"] == "middle" and "until" not in one
    ]

    assert 60 < len(leaders) < 250
    assert 0.05 < share(sum("01" not in one for one in leaders), len(leaders)) < 0.25
