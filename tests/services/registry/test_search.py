"""People are found by name, pinyin, initials and words; lists are whole, in order, and of any day."""

from __future__ import annotations

import pytest

from kernel.policy import Packs
from tests.services.registry.school import (
    EVERY_OPERATOR,
    LEADER,
    LIAISON,
    OPERATOR,
    OTHER_SCHOOL,
    OTHER_UNIT,
    SCHOOL,
    STRANGE_OPERATOR,
    UNIT,
)
from tests.support.at_work import new_id
from tests.support.homes import ROOT

PEOPLE = {
    "单雄信": {"titles": [{"name": "教授", "rank": "senior"}]},
    "仇小英": {"titles": [{"name": "副教授"}]},
    "尉迟恭": {"discipline": "计算机科学"},
    "曾小雅": {"tenures": [{"kind": "leadership", "post": "教务处副处长", "level": "middle"}]},
    "阿不都·买买提": {"tenures": [{"kind": "party_post", "post": "民盟区委委员", "body": "05"}]},
}


@pytest.fixture(scope="module")
def filled(any_school):
    """A registry with a few people, here and elsewhere."""
    ids = {name: any_school.register(name=name, **more) for name, more in PEOPLE.items()}
    any_school.register(STRANGE_OPERATOR, name="单雄信", institution=OTHER_SCHOOL)
    return any_school, {person_id: name for name, person_id in ids.items()}


def names(filled, actor=OPERATOR, method="search_people", **asked):
    school, by_id = filled
    return [by_id[person_id] for person_id in school.found(actor, method, institution=SCHOOL, **asked)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("单", "单雄信"),
        ("雄信", "单雄信"),
        ("shan", "单雄信"),
        ("ShanXiong", "单雄信"),
        ("sxx", "单雄信"),
        ("qiu", "仇小英"),
        ("qxy", "仇小英"),
        ("yuchi", "尉迟恭"),
        ("yuchigong", "尉迟恭"),
        ("ycg", "尉迟恭"),
        ("zeng", "曾小雅"),
        ("z", "曾小雅"),
        ("ｚｅｎｇ", "曾小雅"),
        ("买买提", "阿不都·买买提"),
    ],
)
def test_a_name_is_found_as_it_is_typed(filled, text, name):
    assert names(filled, text=text) == [name]


@pytest.mark.parametrize("text", ["dan", "chou", "ceng", "weichi", "信雄", "单英"])
def test_a_wrong_reading_or_order_finds_nobody(filled, text):
    assert names(filled, text=text) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [("教授", ["单雄信", "仇小英"]), ("副教授", ["仇小英"]), ("教务", ["曾小雅"]), ("副处长", ["曾小雅"])],
)
def test_two_characters_are_enough_to_find_a_title_or_a_post(filled, words, found):
    assert names(filled, words=words) == found
    assert names(filled, LEADER, words=words) == found


def test_what_a_role_may_not_see_it_cannot_look_for(filled):
    for words, name in (("民盟", "阿不都·买买提"), ("计算机", "尉迟恭")):
        assert names(filled, method="search_files", words=words) == [name]
        assert names(filled, words=words) == names(filled, LEADER, words=words) == []
    school, _ = filled
    assert list(school.refused(OPERATOR, "search_people", party="05").details["fields"]) == ["party"]
    assert school.refused(LEADER, "search_files", institution=SCHOOL, party="05").code == "not_allowed"


def test_who_is_found_by_what_only_the_file_says_can_see_that(filled):
    school, _ = filled
    member = school.register(name="虚构盟员", memberships=[{"party": "05", "since": "2015"}])
    stranger = school.register(name="虚构盟外")
    found = school.do(OPERATOR, "search_files", institution=SCHOOL, party="05", text="虚构")["items"]
    assert [item["person_id"] for item in found] == [member]
    (read,) = school.reads(member)
    assert (read["method"], read["fields"][-1]) == ("search_files", "memberships")
    assert school.reads(stranger) == []
    # What the list shows all colleagues is no reading
    school.do(OPERATOR, "search_people", institution=SCHOOL, text="虚构盟员")
    assert len(school.reads(member)) == 1


def test_an_item_of_a_list_says_who_it_is_and_nothing_else(filled):
    school, _ = filled
    (item,) = school.do(OPERATOR, "search_people", institution=SCHOOL, text="sxx")["items"]
    assert set(item) == {"person_id", "institution", "name", "unit", "titles", "posts", "state"}
    assert school.reads(item["person_id"]) == []


def test_another_institutions_people_of_the_same_name_are_not_found(filled):
    school, _ = filled
    assert len(school.found(EVERY_OPERATOR, text="单雄信")) == 2
    assert len(school.found(STRANGE_OPERATOR, text="单雄信")) == 1
    assert school.refused(STRANGE_OPERATOR, "search_people", institution=SCHOOL, text="单").code == "not_found"


@pytest.mark.parametrize("asked", [{"text": "  "}, {"text": "！"}, {"words": "的"}, {"words": "，"}])
def test_a_text_with_nothing_to_look_for_is_refused_and_is_not_everybody(filled, asked):
    school, _ = filled
    refusal = school.refused(OPERATOR, "search_people", institution=SCHOOL, **asked)
    assert list(refusal.details["fields"]) == list(asked)


def test_a_list_read_page_by_page_is_the_whole_list_in_the_order_of_registration(new_school):
    ids = [new_school.register(name=f"王虚构{n}", units=[{"unit": UNIT}]) for n in "甲乙丙丁戊己庚"]
    for asked in ({}, {"text": "wang"}, {"unit": UNIT}, {"text": "王", "unit": UNIT}):
        for limit in (1, 2, 3, 7, 50):
            assert new_school.found(institution=SCHOOL, limit=limit, **asked) == ids


def test_a_list_of_every_institution_is_in_one_order(new_school):
    ids = []
    for n, institution in enumerate([*Packs.load(ROOT / "policies").ids()] * 3):
        ids.append(new_school.register(EVERY_OPERATOR, name=f"李虚构{n}", institution=institution))
    for asked in ({}, {"text": "li"}, {"text": "李虚"}):
        assert new_school.found(EVERY_OPERATOR, limit=4, **asked) == ids


def test_a_unit_is_asked_about_as_of_a_day(new_school):
    moved = [{"unit": UNIT, "since": "2015", "until": "2020-09"}, {"unit": OTHER_UNIT, "since": "2020-09"}]
    person = new_school.register(units=moved)
    on = {"2014-12-31": [], "2018-01-01": [UNIT], "2020-09-01": [OTHER_UNIT]}
    for day, there in on.items():
        for unit in (UNIT, OTHER_UNIT):
            found = new_school.found(institution=SCHOOL, unit=unit, as_of=day)
            assert found == ([person] if unit in there else [])


def test_who_left_is_found_only_when_asked_for_or_for_a_day_before(new_school):
    person = new_school.register(joined="2010", left="2020-07", left_reason="transferred")
    assert new_school.found(institution=SCHOOL) == []
    assert new_school.found(institution=SCHOOL, left=True) == [person]
    assert new_school.found(institution=SCHOOL, as_of="2020-06-30") == [person]
    assert new_school.found(institution=SCHOOL, as_of="2009-12-31") == []


def test_a_liaison_finds_the_people_of_the_own_unit_only(new_school):
    mine = new_school.register(units=[{"unit": UNIT}])
    new_school.register(name="虚构乙", units=[{"unit": OTHER_UNIT}])
    assert new_school.found(LIAISON) == [mine]
    assert new_school.found(LIAISON, unit=UNIT) == [mine]
    assert new_school.refused(LIAISON, "search_people", unit=OTHER_UNIT).code == "not_found"


def test_a_cursor_belongs_to_its_question(new_school):
    for n in range(3):
        new_school.register(name=f"王虚构{n}")
    cursor = new_school.do(OPERATOR, "search_people", institution=SCHOOL, text="王", limit=1)["next_cursor"]
    refusal = new_school.refused(OPERATOR, "search_people", institution=SCHOOL, text="王虚", cursor=cursor)
    assert list(refusal.details["fields"]) == ["cursor"]


@pytest.mark.parametrize("method", ["search_people", "search_files"])
def test_pages_go_on_where_the_one_before_ended(new_school, method):
    made = [new_school.register(name=f"王虚构{n}", memberships=[{"party": "05"}]) for n in range(3)]
    assert new_school.found(OPERATOR, method, institution=SCHOOL, text="王", limit=1) == made


@pytest.mark.slow
def test_a_page_ends_where_nearly_nobody_fits_and_its_cursor_goes_on_to_whoever_does(new_school):
    rows = [{"name": f"王虚构{n}", "staff_number": str(n), "joined": "2020"} for n in range(3000)]
    for start in range(0, len(rows), 500):
        arguments = {"institution": SCHOOL, "batch": new_id(), "rows": rows[start : start + 500]}
        new_school.do(OPERATOR, "import_roster", **arguments)
    known = new_school.register(name="王虚构先", joined="2001")
    for asked in ({}, {"text": "王"}, {"text": "王虚"}):
        page = new_school.do(OPERATOR, "search_people", institution=SCHOOL, as_of="2010-01-01", **asked)
        assert page["items"] == []
        assert page["next_cursor"]
        assert new_school.found(institution=SCHOOL, as_of="2010-01-01", **asked) == [known]
        assert new_school.found(institution=SCHOOL, as_of="1999-01-01", **asked) == []
        assert len(new_school.found(institution=SCHOOL, limit=200, **asked)) == len(rows) + 1


def test_all_look_ups_must_find_a_person_whichever_of_them_finds_the_fewest(any_school):
    titled, belonging = {"titles": [{"name": "研究馆员"}]}, {"units": [{"unit": UNIT}]}
    made = {
        "both": any_school.register(name="鲍虚构", **titled, **belonging),
        "titled": any_school.register(name="鲍虚构", **titled),
        "belonging": any_school.register(name="鲍虚构", **belonging),
        "another": any_school.register(name="虞虚构", **titled, **belonging),
    }
    for asked, found in (
        ({"text": "鲍", "words": "研究馆员", "unit": UNIT}, ["both"]),
        ({"text": "bao", "words": "馆员"}, ["both", "titled"]),
        ({"words": "研究", "unit": UNIT}, ["both", "another"]),
    ):
        assert any_school.found(institution=SCHOOL, **asked) == [made[one] for one in found]
        assert any_school.found(EVERY_OPERATOR, **asked) == [made[one] for one in found]
    nobody = {"text": "鲍虚构", "unit": UNIT, "party": "11"}
    assert any_school.found(OPERATOR, "search_files", institution=SCHOOL, **nobody) == []


def test_a_changed_name_is_found_by_the_new_one_only(new_school):
    person = new_school.register(name="虚构旧")
    new_school.do(OPERATOR, "amend_person", person_id=person, name="尉迟新")
    assert new_school.found(institution=SCHOOL, text="虚构旧") == []
    assert new_school.found(institution=SCHOOL, text="yuchi") == [person]
    assert new_school.different() == {}
