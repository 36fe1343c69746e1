"""Units and groups stand in forms that hold from a day on; as of any day."""

from __future__ import annotations

import pytest

from kernel.refusals import messages
from tests.services.registry.school import AUDITOR, NOBODY, OPERATOR, SCHOOL, STRANGE_OPERATOR, SUBMITTER


@pytest.fixture
def school(new_school):
    return new_school


def unit(school, unit_id, **changed):
    arguments = {"institution": SCHOOL, "unit": unit_id, "name": "新学院", "kind": "college"} | changed
    return school.do(OPERATOR, "register_unit", **arguments)


def units(school, **more):
    return {one["id"]: one for one in school.do(SUBMITTER, "list_units", institution=SCHOOL, **more)["items"]}


def group(school, group_id, **changed):
    arguments = {"institution": SCHOOL, "group": group_id, "name": "民盟支部", "kind": "party_branch"} | changed
    return school.do(OPERATOR, "register_group", **arguments)


def groups(school, actor=OPERATOR, **more):
    return school.do(actor, "list_groups", institution=SCHOOL, **more)


def test_the_units_of_the_pack_are_there_before_anything_is_registered(school):
    assert units(school)["library"]["name"] == "图书馆"


def test_a_unit_has_the_name_and_place_of_the_day_that_is_asked_about(school):
    unit(school, "physics", name="物理系", kind="department", since="2010")
    unit(school, "physics", name="物理学院", since="2018-09")
    assert "physics" not in units(school, as_of="2009-12-31")
    assert units(school, as_of="2018-08-31")["physics"]["name"] == "物理系"
    assert units(school, as_of="2018-09-01")["physics"]["name"] == "物理学院"


def test_a_unit_that_was_dissolved_is_gone_from_that_day_on(school):
    unit(school, "old", since="2000", until="2020-07-01")
    assert "old" in units(school, as_of="2020-06-30")
    assert "old" not in units(school, as_of="2020-07-01")


def test_saying_the_same_again_writes_no_second_event(school):
    first, again = unit(school, "law"), unit(school, "law")
    assert first == again
    assert len(school.events(f"unit/{SCHOOL}/law")) == 1


def test_a_form_of_the_packs_unit_keeps_what_the_pack_says_beside_it(school):
    unit(school, "library", name="图书与信息中心", kind="affiliated")
    assert units(school)["library"]["name"] == "图书与信息中心"
    assert "machine_queue" in units(school)["library"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"parent": "nowhere"}, "parent"),
        ({"parent": "arts"}, "parent"),
        ({"head": NOBODY}, "head"),
        ({"kind": "faculty"}, "kind"),
        ({"form": "committee"}, "form"),
        ({"since": "2019-13"}, "since"),
        ({"since": "2020", "until": "2010"}, "until"),
        ({"unit": "Arts!"}, "unit"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(school, changed, field):
    unit(school, "arts")
    before = school.counts()
    arguments = {"institution": SCHOOL, "unit": "arts", "name": "艺术学院", "kind": "college"} | changed
    assert list(school.refused(OPERATOR, "register_unit", **arguments).details["fields"]) == [field]
    assert school.counts() == before


def test_no_unit_stands_under_itself_through_others(school):
    unit(school, "a")
    unit(school, "b", parent="a")
    unit(school, "c", parent="b")
    refusal = school.refused(
        OPERATOR, "register_unit", institution=SCHOOL, unit="a", name="甲", kind="college", parent="c"
    )
    assert list(refusal.details["fields"]) == ["parent"]


def test_no_unit_stands_under_itself_on_a_day_to_come(school):
    unit(school, "a")
    unit(school, "b")
    unit(school, "b", parent="a", since="2998")
    arguments = {"institution": SCHOOL, "unit": "a", "name": "甲", "kind": "college", "parent": "b"}
    refusal = school.refused(OPERATOR, "register_unit", **arguments)
    assert refusal.details == {"fields": {"parent": messages()["fields"]["under_itself"]}}
    # Until then it may
    school.do(OPERATOR, "register_unit", **arguments, since="2020", until="2997")


@pytest.mark.parametrize("since", ["1999", "2010-02", "2998"])
def test_a_unit_stands_under_one_that_there_is_when_it_begins(school, since):
    unit(school, "a", since="2000-09", until="2010")
    arguments = {"institution": SCHOOL, "unit": "b", "name": "乙", "kind": "college", "parent": "a"}
    refusal = school.refused(OPERATOR, "register_unit", **arguments, since=since)
    assert refusal.details == {"fields": {"parent": messages()["fields"]["no_such_unit"]}}
    school.do(OPERATOR, "register_unit", **arguments, since="2000")


def test_a_group_does_not_end_before_it_began(school):
    arguments = {"institution": SCHOOL, "group": "g", "name": "支部", "kind": "party_branch"}
    refusal = school.refused(OPERATOR, "register_group", **arguments, since="2020-02", until="2020-01")
    assert list(refusal.details["fields"]) == ["until"]


@pytest.mark.parametrize("party", ["01", "02", "03", "12", "13"])
def test_a_party_branch_is_one_of_a_democratic_party(school, party):
    arguments = {"institution": SCHOOL, "group": "g", "name": "支部", "kind": "party_branch", "party": party}
    refusal = school.refused(OPERATOR, "register_group", **arguments)
    assert (refusal.code, list(refusal.details["fields"])) == ("invalid_input", ["party"])


def test_another_institution_has_units_of_its_own(school):
    unit(school, "ours")
    arguments = {"institution": SCHOOL, "unit": "theirs", "name": "他校", "kind": "college"}
    assert school.refused(STRANGE_OPERATOR, "register_unit", **arguments).code == "not_found"
    theirs = school.do(STRANGE_OPERATOR, "list_units", institution="mianyang")["items"]
    assert "ours" not in {one["id"] for one in theirs}


@pytest.mark.clause("SD-5.7")
def test_members_of_a_group_are_listed_apart_from_pools_and_few_are_not_counted_out(school):
    group(school, "minmeng", party="05")
    (none,) = groups(school, AUDITOR)["items"]
    assert (none["members"], none["suppressed"]) == (None, True)
    places = [{"group": "minmeng", "role": "officer", "post": "主委"}]
    people = [school.register(name=f"虚构成员{n}", groups=places) for n in range(4)]
    (one,) = groups(school, AUDITOR)["items"]
    assert (one["members"], one["suppressed"]) == (None, True)
    (one,) = groups(school)["items"]
    assert (one["members"], one["suppressed"]) == (4, False)
    people.append(school.register(name="虚构成员五", groups=places))
    (one,) = groups(school, AUDITOR)["items"]
    assert (one["members"], one["suppressed"]) == (5, False)
    listed = school.do(OPERATOR, "list_members", institution=SCHOOL, group="minmeng")["items"]
    assert [item["person_id"] for item in listed] == people
    assert {item["post"] for item in listed} == {"主委"}
    assert all(school.reads(person)[0]["method"] == "list_members" for person in people)


@pytest.mark.clause("DT-19.2")
def test_it_is_told_how_many_base_committees_have_a_study_group(school):
    for name in ("one", "two"):
        unit(school, name, name=f"{name}党委", kind="party_department", form="committee")
    unit(school, "branch", name="总支", kind="party_department", form="general_branch")
    group(school, "study", name="学习实践小组", kind="study_group", unit="one")
    assert groups(school)["study_groups"] == {"with_study_group": 1, "base_committees": 2}


@pytest.mark.clause("DT-12.2")
def test_trainings_are_listed_newest_first_page_by_page_and_rate_nobody(school):
    for month in range(1, 8):
        school.do(
            OPERATOR,
            "record_training",
            institution=SCHOOL,
            kind="session",
            audience="scholar",
            title=f"第{month}期",
            held_on=f"2026-{month:02}",
        )
    titles, cursor = [], None
    while True:
        page = school.do(OPERATOR, "list_trainings", institution=SCHOOL, limit=3, cursor=cursor)
        titles += [one["title"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert titles == [f"第{month}期" for month in range(7, 0, -1)]
    early = school.do(OPERATOR, "list_trainings", institution=SCHOOL, as_of="2026-03-31")["items"]
    assert {one["held_on"] for one in early} == {"2026-01", "2026-02", "2026-03"}


@pytest.mark.clause("CF-8")
def test_only_a_selection_for_a_course_goes_into_the_files_of_those_selected(school):
    chosen, other = school.register(), school.register(name="虚构乙")
    for kind, people in (("session", [chosen, other]), ("selection", [chosen])):
        answer = school.do(
            OPERATOR,
            "record_training",
            institution=SCHOOL,
            kind=kind,
            audience="representative",
            title="进修班",
            organiser="省委党校",
            held_on="2026-05",
            attendees=people,
        )
        assert answer["attended"] == len(people)
    (course,) = school.file(chosen)["courses"]
    assert (course["name"], course["organiser"], course["since"]) == ("进修班", "省委党校", "2026-05")
    assert "courses" not in school.file(other)


def test_forms_and_trainings_are_what_the_log_says(school):
    unit(school, "physics", since="2010")
    unit(school, "physics", name="物理学院", since="2018")
    group(school, "minmeng", party="05")
    assert school.different() == {}
