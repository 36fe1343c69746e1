"""People are registered, amended, and leave: what may be said, what it makes, and once only."""

from __future__ import annotations

import pytest

from kernel.refusals import messages
from services.registry.domain.person.states import Person, State
from services.registry.storage.tables import METADATA, PERSON
from tests.services.registry.school import (
    AUDITOR,
    LEADER,
    NOBODY,
    OPERATOR,
    OTHER_SCHOOL,
    SCHOOL,
    STRANGE_OPERATOR,
    UNIT,
)
from tests.support.at_work import new_id

WHOLE = {
    "name": "虚构全",
    "gender": "2",
    "birth": "1980-05",
    "ethnicity": "01",
    "phone": "000-0000",
    "email": "invented@example.org",
    "post_kind": "teacher",
    "discipline": "虚构学",
    "joined": "2010",
    "units": [{"unit": UNIT, "since": "2010"}],
    "memberships": [{"party": "05", "since": "2012"}, {"party": "04"}],
    "tenures": [{"kind": "leadership", "post": "副馆长", "level": "middle", "role": "deputy", "unit": UNIT}],
    "titles": [{"name": "教授", "rank": "senior", "since": "2015"}],
    "education": [{"level": "11", "degree": "doctor"}],
    "studies_abroad": [{"since": "2005", "until": "2006"}],
}


def _plain(file):
    """A file without the ids of its entries."""
    return {
        name: [{key: cell for key, cell in entry.items() if key != "id"} for entry in value]
        if isinstance(value, list)
        else value
        for name, value in file.items()
    }


def test_what_is_registered_is_read_back_as_it_was_said(any_school):
    person_id = any_school.register(**WHOLE)
    told = any_school.get(person_id)
    assert (told["state"], told["version"], told["institution"]) == ("current", 1, SCHOOL)
    assert _plain(told["file"]) == WHOLE
    (event,) = any_school.history(person_id)
    assert event["type"] == "zhitongche.registry.person_registered"
    assert set(event["data"]) == {"person_id", "file"}
    assert any_school.different() == {}


def test_an_answer_tells_the_version_and_the_hash_of_the_newest_event(school):
    answer = school.do(OPERATOR, "register_person", institution=SCHOOL, name="虚构答")
    assert set(answer) == {"person_id", "version", "state", "event_hash"}
    ((digest,),) = school.rows(
        "SELECT event_hash FROM event WHERE stream_id = :s", s=f"person/{answer['person_id']}"
    )
    assert answer["event_hash"] == bytes(digest).hex()


def test_an_amendment_changes_what_it_names_and_keeps_the_rest(any_school):
    person_id = any_school.register(**WHOLE)
    before = any_school.file(person_id)
    answer = any_school.do(
        OPERATOR,
        "amend_person",
        person_id=person_id,
        phone="111-1111",
        titles=[{"name": "教授", "rank": "senior", "since": "2015"}, {"name": "博士生导师"}],
        clear=["email"],
        reason="（虚构）",
    )
    assert (answer["fields"], answer["version"]) == (["phone", "email", "titles"], 2)
    after = any_school.file(person_id)
    assert after["phone"] == "111-1111"
    assert "email" not in after
    # An entry that is given as it was keeps its id.
    assert after["titles"][0] == before["titles"][0]
    assert {name for name in before if before[name] != after.get(name)} == {"phone", "email", "titles"}
    event = any_school.history(person_id)[-1]
    assert event["data"]["fields"] == ["phone", "email", "titles"]
    assert any_school.different() == {}


def test_an_amendment_that_changes_nothing_is_no_event(school):
    person_id = school.register(name="虚构同")
    answer = school.do(OPERATOR, "amend_person", person_id=person_id, name="虚构同")
    assert (answer["fields"], answer["version"]) == ([], 1)
    assert len(school.history(person_id)) == 1


def test_an_amendment_meets_the_version_that_it_was_made_for_or_none(school):
    person_id = school.register(name="虚构版")
    for expected in (0, 2):
        refusal = school.refused(
            OPERATOR, "amend_person", person_id=person_id, name="虚构新", expected_version=expected
        )
        assert (refusal.code, refusal.details) == ("stale_version", {"version": 1})
    amended = school.do(OPERATOR, "amend_person", person_id=person_id, name="虚构新", expected_version=1)
    assert amended["version"] == 2


def test_who_retires_stays_known_and_who_leaves_is_out_from_that_day_on(any_school):
    retired, left = any_school.register(**WHOLE), any_school.register(**WHOLE)
    day = {"on": "2026-03-01"}
    answer = any_school.do(OPERATOR, "retire_person", person_id=retired, reason="retired", **day)
    assert answer["state"] == "current"
    answer = any_school.do(OPERATOR, "retire_person", person_id=left, reason="transferred", note="虚", **day)
    assert answer["state"] == "left"
    assert any_school.file(retired)["tenures"][0]["until"] == "2026-03-01"
    assert "until" not in any_school.file(retired)["units"][0]
    assert any_school.file(left)["units"][0]["until"] == "2026-03-01"
    for on, there in (("2026-02-28", True), ("2026-03-01", False)):
        found = any_school.found(as_of=on)
        assert (retired in found, left in found) == (True, there)
    assert left in any_school.found(as_of="2026-03-01", left=True)
    assert any_school.different() == {}


@pytest.mark.parametrize("method", ["register_person", "amend_person", "retire_person", "erase_person"])
def test_the_same_command_again_is_answered_alike_and_done_once(any_school, method):
    words = {"institution": SCHOOL, "name": "虚构次"}
    if method != "register_person":
        words = {"person_id": any_school.register(name="虚构次")}
    words |= {
        "amend_person": {"name": "虚构改"},
        "retire_person": {"reason": "resigned"},
        "erase_person": {"reason": "mistake"},
    }.get(method, {})
    command_id = new_id()
    first = any_school.do(OPERATOR, method, command_id=command_id, **words)
    counts = any_school.counts()
    assert any_school.do(OPERATOR, method, command_id=command_id, **words) == first
    assert any_school.counts() == counts
    other = {"name": "虚构别"} if "name" in words else {"reason": "unlawful" if "erase" in method else "other"}
    refusal = any_school.refused(OPERATOR, method, command_id=command_id, **words | other)
    assert refusal.code == "command_reused"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "名" * 101}, "name"),
        ({"name": "虚\x00构"}, "name"),
        ({"institution": "nowhere?"}, "institution"),
        ({"birth": "1980-13"}, "birth"),
        ({"birth": "80"}, "birth"),
        ({"birth": 1980}, "birth"),
        ({"gender": "x"}, "gender"),
        ({"ethnicity": "99"}, "ethnicity"),
        ({"post_kind": "spy"}, "post_kind"),
        ({"phone": "0" * 41}, "phone"),
        ({"units": [{"unit": "no-such-unit"}]}, "units"),
        ({"units": [{"unit": UNIT, "since": "soon"}]}, "units"),
        ({"units": {"unit": UNIT}}, "units"),
        ({"units": [{"unit": UNIT}] * 101}, "units"),
        ({"memberships": [{"party": "99"}]}, "memberships"),
        ({"memberships": [{}]}, "memberships"),
        ({"tenures": [{"kind": "leadership", "portfolio": ["no-such-unit"]}]}, "tenures"),
        ({"tenures": [{"kind": "king"}]}, "tenures"),
        ({"titles": [{"name": "教授", "country": "x"}]}, "titles"),
        ({"studies_abroad": [{"since": "2005", "country": "x"}]}, "studies_abroad"),
        ({"groups": [{"group": "no-such-group"}]}, "groups"),
        ({"birth": "2999"}, "birth"),
        ({"joined": "2020", "left": "2019-12"}, "left"),
        ({"units": [{"unit": UNIT, "since": "2020-05", "until": "2020-04-30"}]}, "units"),
        ({"memberships": [{"party": "05", "since": "2020", "until": "2019"}]}, "memberships"),
        ({"religion": "x"}, "religion"),
        ({"views": "x"}, "views"),
        ({"pools": []}, "pools"),
        ({"confirmations": []}, "confirmations"),
        ({"id_number": "x"}, "id_number"),
    ],
)
def test_wrong_words_are_refused_by_name_in_chinese_and_nothing_is_written(school, words, field):
    counts = school.counts()
    refusal = school.refused(OPERATOR, "register_person", **{"institution": SCHOOL, "name": "虚构误"} | words)
    assert (refusal.code, list(refusal.details["fields"])) == ("invalid_input", [field])
    assert set(refusal.details["fields"].values()) <= set(messages()["fields"].values())
    assert school.counts() == counts


@pytest.mark.parametrize(
    ("method", "words", "field"),
    [
        ("amend_person", {"name": "虚构误", "clear": ["name"]}, "clear"),
        ("amend_person", {"phone": "1", "clear": ["phone"]}, "phone"),
        ("amend_person", {"clear": ["units"]}, "clear"),
        ("amend_person", {"clear": ["religion"]}, "clear"),
        ("amend_person", {"reason": "字" * 2001, "name": "虚构误"}, "reason"),
        ("retire_person", {"reason": "dismissed"}, "reason"),
        ("retire_person", {"reason": "resigned", "on": "2026-02-30"}, "on"),
        ("erase_person", {"reason": "because"}, "reason"),
        ("erase_person", {}, "reason"),
    ],
)
def test_wrong_words_about_a_person_are_refused_and_nothing_is_written(school, method, words, field):
    person_id = school.register(name="虚构误")
    counts = school.counts()
    refusal = school.refused(OPERATOR, method, person_id=person_id, **words)
    assert (refusal.code, list(refusal.details["fields"])) == ("invalid_input", [field])
    assert school.counts() == counts


@pytest.mark.parametrize("field", ["staff_number", "subject"])
def test_a_number_and_a_login_are_one_however_they_are_typed(new_school, field):
    person_id = new_school.register(**{field: "ａ１００１　"})
    assert new_school.file(person_id)[field] == "a1001"
    for typed in ("a1001", "a1001 ", "ａ１００１"):
        arguments = {"institution": SCHOOL, "name": "虚构乙", field: typed}
        refusal = new_school.refused(OPERATOR, "register_person", **arguments)
        assert refusal.details == {"fields": {field: messages()["fields"]["taken"]}}
    assert new_school.different() == {}


def test_only_those_who_keep_the_registry_of_the_institution_write_in_it(school):
    person_id = school.register(name="虚构域")
    for method, words in (
        ("amend_person", {"name": "虚构改"}),
        ("retire_person", {"reason": "resigned"}),
        ("erase_person", {"reason": "mistake"}),
    ):
        assert school.refused(STRANGE_OPERATOR, method, person_id=person_id, **words).code == "not_found"
        assert school.refused(OPERATOR, method, person_id=NOBODY, **words).code == "not_found"
        for actor in (AUDITOR, LEADER):
            assert school.refused(actor, method, person_id=person_id, **words).code == "not_allowed"
    for institution in (OTHER_SCHOOL, "nowhere"):
        refusal = school.refused(OPERATOR, "register_person", institution=institution, name="虚构域")
        assert refusal.code == "not_found"
    assert school.refused(LEADER, "register_person", institution=SCHOOL, name="虚构域").code == "not_allowed"


def test_a_person_and_the_row_have_the_same_names():
    assert set(Person._fields) == set(PERSON.columns.keys())
    assert max(map(len, State)) <= PERSON.c.state.type.length


def test_the_migrated_database_has_the_tables_columns_and_indexes_of_the_code(new_school):
    from sqlalchemy import inspect

    found = inspect(new_school.database.engine)
    assert set(found.get_table_names()) - {"alembic_version"} == set(METADATA.tables)
    for name, table in METADATA.tables.items():
        columns = {column["name"]: column for column in found.get_columns(name)}
        assert set(columns) == set(table.columns.keys()), name
        assert set(found.get_pk_constraint(name)["constrained_columns"]) == set(
            table.primary_key.columns.keys()
        )
        for column in table.columns:
            assert columns[column.name]["nullable"] == column.nullable, (name, column.name)
    written = {index.name for table in METADATA.tables.values() for index in table.indexes}
    made = new_school.rows("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    assert {name for (name,) in made} == written
