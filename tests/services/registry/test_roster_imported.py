"""A roster says what is so today: known people by staff number, history kept, one step back."""

from __future__ import annotations

import pytest

from kernel import instants
from tests.services.registry.school import OPERATOR, OTHER_UNIT, SCHOOL, STRANGE_OPERATOR, UNIT
from tests.support.at_work import new_id


@pytest.fixture
def school(new_school):
    return new_school


def row(number="001", **said):
    return {"staff_number": number, "name": "虚构甲"} | said


def bring(school, *rows, batch=None, **more):
    arguments = {"institution": SCHOOL, "batch": batch or new_id(), "rows": list(rows)} | more
    return school.do(OPERATOR, "import_roster", **arguments)


def counts(answer):
    return {name: answer[name] for name in ("new", "changed", "unchanged")} | {
        "refused": len(answer["refused"])
    }


def only(school):
    (person_id,) = school.found(institution=SCHOOL)
    return person_id


def today():
    return instants.shanghai(instants.now()).date().isoformat()


def test_the_same_rows_again_change_nothing_and_write_nothing(school):
    leads = {"kind": "leadership", "post": "副校长", "level": "school", "portfolio": [UNIT, OTHER_UNIT]}
    whole = {
        "units": [{"unit": UNIT}],
        "memberships": [{"party": "05", "since": "2009"}],
        "tenures": [leads],
        "education": [{"level": "11", "degree": "doctor"}],
        "studies_abroad": [{"since": "2012", "until": "2013"}],
    }
    rows = [row("001", birth="1980-02", titles=[{"name": "讲师", "since": "2010"}], **whole), row("002")]
    assert counts(bring(school, *rows)) == {"new": 2, "changed": 0, "unchanged": 0, "refused": 0}
    before = school.counts()
    assert counts(bring(school, *rows)) == {"new": 0, "changed": 0, "unchanged": 2, "refused": 0}
    assert school.counts()["event"] == before["event"]


def test_a_dry_run_tells_the_same_and_writes_nothing(school):
    told = bring(school, row(), row("002"), dry_run=True)
    assert school.found(institution=SCHOOL) == []
    assert bring(school, row(), row("002")) == told


def test_people_are_known_by_number_and_never_by_name(school):
    bring(school, row("001"), row("002"))
    answer = bring(school, row("003"), row("001", name="改名者"))
    assert counts(answer) == {"new": 1, "changed": 1, "unchanged": 0, "refused": 0}
    assert len(school.found(institution=SCHOOL, text="虚构甲")) == 2
    assert len(school.found(institution=SCHOOL, text="改名者")) == 1


def test_a_number_is_the_same_however_it_is_typed(school):
    assert counts(bring(school, row("1001")))["new"] == 1
    answer = bring(school, row("１００１ "), row("1001 "))
    assert counts(answer) == {"new": 0, "changed": 0, "unchanged": 1, "refused": 1}


def test_a_bad_row_is_refused_alone_with_row_and_field(school):
    rows = [
        {"row": 2} | row("001"),
        {"row": 3} | row("001", name="重号"),
        {"row": 4, "name": "无号"},
        {"row": 5} | row("005", units=[{"unit": "nowhere"}]),
        {"row": 6} | row("006", birth="1980-13"),
        {"row": 7} | row("007", religion="某教"),
        {"row": 9} | row("009", studies_abroad=[{"since": "2015", "until": "2012"}]),
        "no row at all",
    ]
    answer = bring(school, *rows)
    assert counts(answer) == {"new": 1, "changed": 0, "unchanged": 0, "refused": 7}
    told = [(one["row"], one["field"]) for one in answer["refused"]]
    assert sorted(told) == [
        (3, "staff_number"),
        (4, "staff_number"),
        (5, "units"),
        (6, "birth"),
        (7, "religion"),
        (8, "staff_number"),
        (9, "studies_abroad"),
    ]
    assert len(school.found(institution=SCHOOL)) == 1


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_row_with_a_login_that_is_somebody_elses_is_refused_alone(school, dry_run):
    bring(school, row("001", subject="q-1"))
    rows = [
        {"row": 2} | row("002", subject="q-1"),
        {"row": 3} | row("003", subject="q-2"),
        {"row": 4} | row("004", subject="q-2"),
        {"row": 5} | row("001", subject="q-1"),
    ]
    answer = bring(school, *rows, dry_run=dry_run)
    assert counts(answer) == {"new": 1, "changed": 0, "unchanged": 1, "refused": 2}
    assert [(one["row"], one["field"]) for one in answer["refused"]] == [(2, "subject"), (4, "subject")]
    assert len(school.found(institution=SCHOOL)) == (1 if dry_run else 2)


def test_a_new_standing_ends_the_one_before_it_and_keeps_it_as_history(school):
    bring(school, row(memberships=[{"party": "13"}]))
    bring(school, row(memberships=[{"party": "05", "since": "2024-03"}]))
    before, after = school.file(only(school))["memberships"]
    assert (before["party"], before["until"]) == ("13", "2024-03")
    assert (after["party"], after["since"], after.get("until")) == ("05", "2024-03", None)


def test_where_the_row_does_not_say_since_when_it_is_since_the_import(school):
    bring(school, row(units=[{"unit": "library"}]))
    bring(school, row(units=[{"unit": "personnel"}]))
    before, after = school.file(only(school))["units"]
    assert (before["unit"], before["until"]) == ("library", today())
    assert (after["unit"], after["since"]) == ("personnel", today())


def test_two_parties_at_once_are_kept_as_two(school):
    bring(school, row(memberships=[{"party": "01"}, {"party": "05"}]))
    assert counts(bring(school, row(memberships=[{"party": "05"}, {"party": "01"}])))["unchanged"] == 1
    assert [one["party"] for one in school.file(only(school))["memberships"]] == ["01", "05"]


def test_a_party_that_a_row_names_alone_ends_no_other_and_ends_that_there_was_none(school):
    bring(school, row("001", memberships=[{"party": "01"}]), row("002", memberships=[{"party": "13"}]))
    bring(school, row("001", memberships=[{"party": "05"}]), row("002", memberships=[{"party": "05"}]))
    first, second = (school.file(person)["memberships"] for person in school.found(institution=SCHOOL))
    assert [(one["party"], one.get("until")) for one in first] == [("01", None), ("05", None)]
    assert [(one["party"], one.get("until")) for one in second] == [("13", today()), ("05", None)]


def test_a_probationary_member_who_is_admitted_is_no_longer_one(school):
    bring(school, row(memberships=[{"party": "02", "since": "2023-06"}]))
    bring(school, row(memberships=[{"party": "01", "since": "2024-06"}]))
    told = [(one["party"], one.get("until")) for one in school.file(only(school))["memberships"]]
    assert told == [("02", "2024-06"), ("01", None)]


def test_a_day_is_never_made_less_exact_than_it_is_known(school):
    bring(school, row(joined="2012-09-01", birth="1980-02", titles=[{"name": "教授", "since": "2018-06-19"}]))
    less = row(joined="2012-09", birth="1980", titles=[{"name": "教授", "since": "2018"}])
    assert counts(bring(school, less))["unchanged"] == 1
    bring(school, row(birth="1980-02-17"))
    file = school.file(only(school))
    assert (file["joined"], file["birth"]) == ("2012-09-01", "1980-02-17")


def test_a_second_time_abroad_is_added_and_a_known_one_is_told_more_exactly(school):
    bring(school, row(studies_abroad=[{}]))
    bring(school, row(studies_abroad=[{"since": "2005", "until": "2007"}]))
    bring(school, row(studies_abroad=[{"since": "2012", "until": "2013"}]))
    assert counts(bring(school, row(studies_abroad=[{}])))["unchanged"] == 1
    told = [(one["since"], one["until"]) for one in school.file(only(school))["studies_abroad"]]
    assert told == [("2005", "2007"), ("2012", "2013")]


def test_a_degree_joins_the_level_that_it_belongs_to_and_a_new_level_stands_beside(school):
    bring(school, row(education=[{"level": "21"}]))
    bring(school, row(education=[{"level": "21", "degree": "bachelor"}]))
    bring(school, row(education=[{"level": "11", "degree": "doctor"}]))
    told = [(one["level"], one["degree"]) for one in school.file(only(school))["education"]]
    assert told == [("21", "bachelor"), ("11", "doctor")]


def test_what_a_row_does_not_say_stays(school):
    bring(school, row(phone="10020000001", titles=[{"name": "教授"}], education=[{"level": "11"}]))
    assert counts(bring(school, row(gender="2")))["changed"] == 1
    file = school.file(only(school))
    assert file["phone"] == "10020000001"
    assert [title["name"] for title in file["titles"]] == ["教授"]


def test_a_known_day_is_added_to_what_is_known_already(school):
    bring(school, row(titles=[{"name": "教授"}]))
    bring(school, row(titles=[{"name": "教授", "since": "2018-06", "rank": "senior"}]))
    (title,) = school.file(only(school))["titles"]
    assert (title["since"], title["rank"]) == ("2018-06", "senior")


def test_seats_and_party_posts_are_not_ended_by_a_new_post_in_the_leadership(school):
    seat = {"kind": "seat", "body": "cppcc", "level": "city", "post": "委员"}
    bring(school, row(tenures=[seat, {"kind": "leadership", "post": "副院长", "level": "middle"}]))
    bring(school, row(tenures=[{"kind": "leadership", "post": "院长", "level": "middle"}]))
    posts = {one["post"]: one.get("until") for one in school.file(only(school))["tenures"]}
    assert posts == {"委员": None, "副院长": today(), "院长": None}


def test_an_import_is_taken_back_in_one_step(school):
    first, second = new_id(), new_id()
    bring(school, row("001", titles=[{"name": "讲师"}]), batch=first)
    kept = school.file(only(school))
    bring(school, row("001", titles=[{"name": "副教授"}]), row("002"), batch=second)
    # When the second import is undone
    assert school.do(OPERATOR, "undo_import", batch=second) == {"undone": 2, "refused": []}
    # Then the changed person is as before, and the new one was never there
    assert school.file(only(school)) == kept
    assert school.found(institution=SCHOOL, text="虚构甲", left=True) == [only(school)]
    # And the first import can be undone too, and its number is free again
    assert school.do(OPERATOR, "undo_import", batch=first) == {"undone": 1, "refused": []}
    assert school.found(institution=SCHOOL) == []
    assert counts(bring(school, row("001")))["new"] == 1
    assert school.different() == {}


def test_whoever_was_changed_since_is_named_and_stays(school):
    batch = new_id()
    bring(school, row("001"), row("002"), batch=batch)
    person, other = school.found(institution=SCHOOL)
    school.do(OPERATOR, "amend_person", person_id=person, phone="10020000002")
    answer = school.do(OPERATOR, "undo_import", batch=batch)
    assert answer == {"undone": 1, "refused": [{"person_id": person, "code": "changed_since"}]}
    assert school.found(institution=SCHOOL) == [person]
    assert other != person


def test_whoever_a_later_import_changed_is_named_until_that_one_is_taken_back(school):
    first, second = new_id(), new_id()
    bring(school, row("001"), row("002"), batch=first)
    bring(school, row("001", phone="10020000001"), batch=second)
    changed, other = school.found(institution=SCHOOL)
    refused = [{"person_id": changed, "code": "changed_since"}]
    assert school.do(OPERATOR, "undo_import", batch=first) == {"undone": 1, "refused": refused}
    assert school.found(institution=SCHOOL) == [changed]
    # Asked again, it names whoever is left, and nobody twice
    assert school.do(OPERATOR, "undo_import", batch=first) == {"undone": 0, "refused": refused}
    school.do(OPERATOR, "undo_import", batch=second)
    assert school.do(OPERATOR, "undo_import", batch=first) == {"undone": 1, "refused": []}
    assert school.do(OPERATOR, "undo_import", batch=first) == {"undone": 0, "refused": []}
    assert school.found(institution=SCHOOL) == []
    assert school.different() == {}
    assert school.rebuild() > 0
    assert school.different() == {}
    assert other != changed


def test_another_institution_can_neither_import_nor_undo(school):
    batch = new_id()
    bring(school, row(), batch=batch)
    assert school.refused(STRANGE_OPERATOR, "undo_import", batch=batch).code == "not_found"
    arguments = {"institution": SCHOOL, "batch": new_id(), "rows": [row("009")]}
    assert school.refused(STRANGE_OPERATOR, "import_roster", **arguments).code == "not_found"


def test_nothing_of_a_row_stands_in_the_stored_answer(school):
    bring(school, row("00100200", name="虚构标记名", phone="10029876543"), {"name": "虚构无号标记"})
    assert "虚构标记名".encode() not in school.everything()
    assert "虚构无号标记".encode() not in school.everything()
    assert b"00100200" not in school.everything()
