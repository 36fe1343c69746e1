"""Erased is erased: no file, no look-up, no key; also when a process ends in between, or copies come back."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from kernel.keys import keyring
from kernel.log.store import StoreGone
from kernel.log.verify import verify
from kernel.refusals import messages
from services.registry.storage import erasure
from tests.services.registry.school import OPERATOR, SUBMITTER, UNIT, School
from tests.support.homes import ROOT

_WORDS = {"units": [{"unit": UNIT}], "staff_number": "E-1", "subject": "s-1"}


def _erase(school, person_id):
    return school.do(OPERATOR, "erase_person", person_id=person_id, reason="own_request")


def test_of_somebody_erased_nothing_can_be_read_looked_up_or_added(any_school):
    person_id = any_school.register(name="虚构抹", **_WORDS)
    key_id = any_school.row(person_id)["key_id"]
    assert _erase(any_school, person_id)["state"] == "erased"
    told = any_school.get(person_id)
    assert (told["state"], told["file"], told["masked"]) == ("erased", None, [])
    assert person_id not in any_school.found()
    assert any_school.found(text="虚构抹") == []
    assert any_school.refused(SUBMITTER, "get_own_file").code == "not_found"
    for method, arguments in (
        ("amend_person", {"name": "另一个"}),
        ("retire_person", {"reason": "resigned"}),
        ("erase_person", {"reason": "mistake"}),
        ("explain_scope", {}),
    ):
        refusal = any_school.refused(OPERATOR, method, person_id=person_id, **arguments)
        # The sentence is right of a question and of an erasure too, which write no text
        assert (refusal.code, refusal.message) == ("erased", messages()["refusals"]["erased"])
        assert "写入" not in refusal.message
    assert not any_school.key_is_there(key_id)
    row = any_school.row(person_id)
    assert (row["file"], row["sealed_in"], row["number_mark"], row["login_mark"]) == ("", "", None, None)
    assert any_school.rows("SELECT 1 FROM erasure") == []
    assert any_school.different() == {}


def test_the_log_of_somebody_erased_still_verifies_and_opens_nothing(any_school):
    person_id = any_school.register(name="虚构抹", **_WORDS)
    (registered,) = any_school.history(person_id)
    opened = any_school.keys.open(registered["data"]["file"], registered["id"], "file")
    assert "虚构抹" in opened
    _erase(any_school, person_id)
    fresh = keyring.KeyRing(any_school.key_database, any_school.secrets.wrapping_key)
    assert fresh.open(registered["data"]["file"], registered["id"], "file") is None
    any_school.seal()
    heads = any_school.settings.heads("registry")
    assert verify(any_school.database, "registry", any_school.secrets.head_key, heads)["ok"]


def test_number_and_login_of_somebody_erased_are_free_again(school):
    first = school.register(**_WORDS | {"staff_number": "E-9", "subject": "s-9"})
    _erase(school, first)
    assert school.register(**_WORDS | {"staff_number": "E-9", "subject": "s-9"}) != first


def test_the_wrapped_key_stands_in_no_file_any_more(new_school):
    person_id = new_school.register(**_WORDS)
    ((wrapped,),) = _keys(new_school, new_school.row(person_id)["key_id"])
    files = [path for path in new_school.settings.home.iterdir() if path.is_file()]
    assert any(wrapped in path.read_bytes() for path in files)
    _erase(new_school, person_id)
    files = [path for path in new_school.settings.home.iterdir() if path.is_file()]
    assert [path.name for path in files if wrapped in path.read_bytes()] == []


def _keys(school, key_id):
    with school.key_database.engine.connect() as connection:
        query = text("SELECT wrapped FROM data_key WHERE key_id = :k")
        return connection.execute(query, {"k": key_id}).all()


@pytest.mark.slow
def test_a_process_that_ends_between_event_and_key_leaves_it_to_the_next_start(new_school):
    # Given a program that is killed right after the commit of an erasure
    person_id, other = new_school.register(**_WORDS), new_school.register(name="虚构留")
    key_id, kept = (new_school.row(one)["key_id"] for one in (person_id, other))
    program = (
        "from apps.cli.session import Session; from kernel.settings import Settings;"
        "Session(Settings.from_environment()).call('registry.erase_person',"
        f" {{'command_id': '{person_id}', 'person_id': '{person_id}', 'reason': 'mistake'}})"
    )
    home = new_school.settings.home
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"ZHITONGCHE_HOME": str(home), "ZHITONGCHE_FAULT": "writer.committed"},
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    # Then the person is erased and the key is still there, and the comparison does not hide it
    assert new_school.row(person_id)["state"] == "erased"
    assert new_school.key_is_there(key_id)
    assert new_school.rows("SELECT person_id FROM erasure") == [(person_id,)]
    # When the service starts again, then it ends what was begun, and touches no other key
    again = School(new_school.settings)
    again.close()
    assert not new_school.key_is_there(key_id)
    assert new_school.key_is_there(kept)
    assert new_school.rows("SELECT 1 FROM erasure") == []
    assert new_school.file(other)["name"] == "虚构留"


def test_what_another_process_left_is_finished_by_the_upkeep_of_a_running_one(any_school):
    person_id = any_school.register(name="虚构抹")
    key_id = any_school.row(person_id)["key_id"]
    # Given a process whose key database went away behind the commit, and which never came back
    broken = School(any_school.settings)
    broken.application._keys.destroy = _gone
    broken.application._commands["erase_person"].handle.__self__.people.office.keys.destroy = _gone
    assert _erase(broken, person_id)["state"] == "erased"
    broken.close()
    assert any_school.key_is_there(key_id)
    erasure.upkeep(any_school.settings, any_school.database)
    assert not any_school.key_is_there(key_id)
    assert any_school.different() == {}


def _gone(*_):
    raise OperationalError("", {}, Exception())


def test_a_key_database_that_is_away_is_tried_again_with_the_next_command(new_school, caplog):
    person_id = new_school.register(name="虚构抹")
    key_id = new_school.row(person_id)["key_id"]
    keys = new_school.application._keys
    keys.destroy = _gone
    assert _erase(new_school, person_id)["state"] == "erased"
    assert new_school.key_is_there(key_id)
    assert "OperationalError" in caplog.text
    del keys.destroy
    new_school.register(name="虚构留")
    assert not new_school.key_is_there(key_id)


@pytest.mark.parametrize("committed", [True, False])
def test_where_the_answer_of_the_commit_is_lost_the_key_goes_exactly_if_it_was_committed(
    new_school, monkeypatch, committed
):
    person_id = new_school.register(name="虚构抹")
    key_id = new_school.row(person_id)["key_id"]
    store = type(new_school.application._store)
    original = store.write

    def write(this, batch):
        if committed:
            original(this, batch)
        raise StoreGone

    monkeypatch.setattr(store, "write", write)
    command = {"person_id": person_id, "reason": "mistake"}
    refused = new_school.refused(OPERATOR, "erase_person", command_id=person_id, **command)
    assert refused.code == "unavailable"
    monkeypatch.undo()
    new_school.register(name="虚构留")
    assert new_school.key_is_there(key_id) is not committed
    assert new_school.do(OPERATOR, "erase_person", command_id=person_id, **command)["state"] == "erased"
    assert not new_school.key_is_there(key_id)


def test_a_worklist_that_somebody_wrote_into_costs_nobody_a_key(any_school):
    person_id = any_school.register(name="虚构留")
    any_school.change("INSERT INTO erasure (person_id) VALUES (:p)", p=person_id)
    erasure.upkeep(any_school.settings, any_school.database)
    School(any_school.settings).close()
    assert any_school.key_is_there(any_school.row(person_id)["key_id"])
    assert any_school.different() == {"erasure": [person_id]}
    any_school.rebuild()
    assert any_school.different() == {}


def test_keys_that_an_old_copy_brings_back_are_named_and_destroyed_again_after_a_rebuild(new_school):
    # Given a copy of the key database from before an erasure
    person_id = new_school.register(name="虚构抹")
    key_id = new_school.row(person_id)["key_id"]
    ((wrapped,),) = _keys(new_school, key_id)
    _erase(new_school, person_id)
    path = new_school.settings.home / "registry_keys.db"
    with closing(sqlite3.connect(path)) as copy:
        copy.execute("UPDATE data_key SET wrapped = ? WHERE key_id = ?", (wrapped, key_id))
        copy.commit()
    # Then the comparison names the person, and a rebuild puts them on the worklist
    assert new_school.different() == {"erasure": [person_id]}
    new_school.rebuild()
    assert new_school.rows("SELECT person_id FROM erasure") == [(person_id,)]
    assert new_school.different() == {}
    erasure.upkeep(new_school.settings, new_school.database)
    assert not new_school.key_is_there(key_id)


@pytest.mark.parametrize("how", ["damaged", "without its key"])
def test_somebody_whose_file_cannot_be_read_can_be_erased_and_leaves_nothing_in_the_index(new_school, how):
    person_id, other = new_school.register(name="虚构坏"), new_school.register(name="虚构留")
    if how == "damaged":
        new_school.change("UPDATE person SET file = key_id || :b WHERE person_id = :p", p=person_id, b=":AAAA")
        assert new_school.refused(OPERATOR, "get_person", person_id=person_id).code == "damaged"
    else:
        new_school.keys.destroy(new_school.row(person_id)["key_id"])
        new_school.application._keys._opened.clear()
    assert _erase(new_school, person_id)["state"] == "erased"
    assert new_school.tokens(person_id) == set()
    assert new_school.tokens(other)
    assert new_school.different() == {}


def test_many_erasures_of_one_batch_are_all_finished(new_school, monkeypatch):
    monkeypatch.setattr(erasure, "_WAITING", erasure._WAITING.limit(3))
    ids = [new_school.register(name="虚构抹") for _ in range(8)]
    calls = [
        new_school.call(
            OPERATOR, "erase_person", {"command_id": one, "person_id": one, "reason": "purpose_ended"}
        )
        for one in ids
    ]
    assert {answer["state"] for answer in new_school.batch(calls)} == {"erased"}
    assert [one for one in ids if new_school.key_is_there(new_school.row(one)["key_id"])] == []
    assert new_school.rows("SELECT 1 FROM erasure") == []


def test_a_share_that_was_true_stays_true_and_says_in_no_event_whose_it_was(any_school):
    post = {"kind": "leadership", "level": "middle", "post": "副馆长", "unit": UNIT, "since": "2021-04-07"}
    party = [{"party": "05", "since": "2012"}]
    person_id = any_school.register(name="虚构抹", joined="2010", tenures=[post], memberships=party)
    asked = {"institution": "datong", "as_of": "2022-01-01"}
    before = any_school.do(OPERATOR, "get_ratio", **asked)
    _erase(any_school, person_id)
    after = any_school.do(OPERATOR, "get_ratio", **asked)
    figures = ("numerator", "denominator", "unknown", "percent")
    assert before["numerator"] >= 1
    assert [after[name] for name in figures] == [before[name] for name in figures]
    (event,) = [one for one in any_school.history(person_id) if one["type"].endswith("person_erased")]
    assert set(event["data"]) == {"person_id", "reason", "state", "residue"}
    assert set(event["data"]["residue"]) == {"$sealed"}
    assert b"2021-04-07" not in any_school.everything()
    any_school.rebuild()
    assert any_school.different() == {}
    assert any_school.do(OPERATOR, "get_ratio", **asked)["percent"] == before["percent"]


def test_of_whoever_counts_in_no_figure_nothing_is_kept(school):
    person_id = school.register(name="虚构抹", phone="000")
    _erase(school, person_id)
    assert set(school.history(person_id)[-1]["data"]) == {"person_id", "reason", "state"}
    assert school.row(person_id)["residue"] == ""


def test_a_list_and_a_count_of_delegates_stay_right_when_somebody_in_them_is_erased(any_school):
    tenures = [{"kind": "congress_delegate", "since": "2021"}]
    party = [{"party": "05", "since": "2012"}]
    person_id = any_school.register(name="虚构抹", tenures=tenures, memberships=party)
    words = {"person_id": person_id, "since": "2021-06"}
    any_school.do(OPERATOR, "confirm_fact", fact="representative", reason="认定", **words)
    place = {"reserve_list": "reserve_cadres", "reason": "推荐", "decided_by": "校党委"}
    any_school.do(OPERATOR, "admit_to_pool", **place, **words)

    def figures():
        told = []
        for day in ("2020-12-31", "2021-05-31", "2022-01-01"):
            asked = {"institution": "datong", "as_of": day}
            listed = any_school.do(OPERATOR, "list_pool", reserve_list="reserve_cadres", **asked)
            share = any_school.do(OPERATOR, "get_ratio", ratio="staff_congress", **asked)
            told.append((listed["count"], share["numerator"], share["denominator"]))
        return told, listed["erased"]

    before, erased = figures()
    _erase(any_school, person_id)
    assert figures() == (before, erased + 1)
    assert before[0] != before[1] != before[2]
