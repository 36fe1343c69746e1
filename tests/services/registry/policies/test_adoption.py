"""Which rules are decided by: each change of a pack is one event, recorded by whoever loads it first."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import event

from kernel.policy import describe, describe_clauses
from services.registry.handlers.policies import MOST_TOLD, Adoption
from tests.services.registry.policies.rules import (
    REPLY,
    SHORTER,
    WHY,
    adopted,
    asked,
    dated,
    office_of,
    pack_of,
    today,
    write,
)
from tests.services.registry.school import OPERATOR, OTHER_SCHOOL, PARTS, SCHOOL


def test_the_first_start_records_the_rules_of_every_institution_and_the_next_one_nothing(start, settings):
    school = start()
    for institution in (SCHOOL, OTHER_SCHOOL):
        pack = pack_of(settings, institution)
        (event,) = school.events(f"policy/{institution}")
        assert (event["actor"], event["policy"], event["institution"]) == (
            "service:registry",
            pack.version,
            institution,
        )
        told = {name: event["data"][name] for name in ("version", "previous", "effective_from", "undated")}
        day = pack.versions[-1].effective_from.isoformat()
        assert told == {"version": pack.version, "previous": None, "effective_from": day, "undated": False}
        assert (event["data"]["changes"], event["data"]["difference"]) == (0, [])
    before = school.counts()
    assert before["policy"] == before["event"] == before["command"] == 2
    start()
    assert school.counts() == before
    school.seal()
    assert school.different() == {}


def test_a_start_at_which_nothing_changed_reads_once_and_writes_nothing(start, settings):
    school = start()
    office = office_of(school, settings)
    said = []

    @event.listens_for(school.database.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_):
        said.append(statement.split()[0])

    # Without a store it could not write.
    Adoption(office, None).adopt()
    assert [word for word in said if word not in {"BEGIN", "SET"}] == ["SELECT"]


def test_a_dated_change_is_told_with_its_day_its_words_and_each_value(start, settings):
    first, school = pack_of(settings), start()
    write(settings, REPLY, SHORTER)
    second = dated(settings, "2026-03-01", "（合成）答复时限改为七个工作日")
    start()
    _, data = adopted(school)
    assert (data["version"], data["previous"]) == (second.version, first.version)
    assert (data["effective_from"], data["undated"], data["changes"]) == ("2026-03-01", False, 2)
    assert data["summary"] == "（合成）答复时限改为七个工作日"
    assert [(row["section"], row["id"], row["field"], row["old"], row["new"]) for row in data["difference"]][
        1
    ] == (
        "clocks",
        "reply",
        "working_days",
        10,
        7,
    )
    assert len(adopted(school, OTHER_SCHOOL)) == 1
    school.rebuild()
    assert school.different() == {}


def test_a_change_that_no_dated_version_speaks_of_holds_from_today_and_is_marked(start, settings):
    school = start()
    write(settings, REPLY, SHORTER)
    start()
    _, data = adopted(school)
    assert (data["effective_from"], data["undated"], data["summary"]) == (today().isoformat(), True, None)
    (newest, first) = asked(school, "list_policies")["items"]
    assert (newest["undated"], first["undated"]) == (True, False)


def test_going_back_to_an_earlier_content_is_a_change_too(start, settings):
    first, school = pack_of(settings), start()
    write(settings, REPLY, SHORTER)
    start()
    write(settings, SHORTER, REPLY)
    start()
    assert [data["version"] for data in adopted(school)][::2] == [first.version] * 2
    assert adopted(school)[-1]["undated"]
    assert asked(school, version=first.version)["effective_from"] == today().isoformat()


def test_old_decisions_keep_the_version_they_were_made_by_and_it_can_be_read_for_ever(start, settings):
    first, school = pack_of(settings), start()
    unit = {"institution": SCHOOL, "name": "（合成）档案馆", "kind": "department"}
    school.do(OPERATOR, "register_unit", unit="archives", **unit)
    write(settings, REPLY, SHORTER)
    write(settings, "name: 教务处", "name: 教务部")
    second = dated(settings, "2026-03-01", "（合成）")
    school = start()
    school.do(OPERATOR, "register_unit", unit="museum", **unit)
    decided = [school.events(f"unit/{SCHOOL}/{name}")[0]["policy"] for name in ("archives", "museum")]
    assert decided == [first.version, second.version]
    for pack in (first, second):
        answer = asked(school, version=pack.version)
        assert answer["policy"] == describe(pack)
        assert answer["clauses"] == describe_clauses(pack)
    assert asked(school)["policy"] == describe(second)


def test_an_event_tells_of_200_changes_at_most_and_of_how_many_there_are(start, settings):
    school = start()
    days = [today() + timedelta(days=number) for number in range(MOST_TOLD + 1)]
    listed = "".join(f"\n  - date: {day}\n{WHY}".rstrip() for day in days)
    write(settings, "closed_days: []", f"closed_days:{listed}")
    start()
    _, data = adopted(school)
    assert (data["changes"], len(data["difference"])) == (MOST_TOLD + 1, MOST_TOLD)
    assert len(asked(school, "compare_policies")["changes"]) == MOST_TOLD + 1


def test_of_several_processes_that_start_at_once_one_records_a_change(start, settings):
    school = start()
    write(settings, REPLY, SHORTER)
    write(settings, "working_days: 10", "working_days: 8", institution=OTHER_SCHOOL)
    at_once, faults = threading.Barrier(4), []

    def begin():
        at_once.wait()
        try:
            PARTS.build(settings).close()
        except BaseException as fault:  # noqa: BLE001 - told by the test
            faults.append(fault)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [len(adopted(school, institution)) for institution in (SCHOOL, OTHER_SCHOOL)] == [2, 2]
    assert asked(school)["version"] == pack_of(settings).version
    assert school.different() == {}


class _Overtaken:
    """A store before whose first write another process starts."""

    def __init__(self, store, meanwhile):
        self._store, self._meanwhile = store, [meanwhile]

    def view(self, *asked_):
        return self._store.view(*asked_)

    def write(self, batch):
        while self._meanwhile:
            self._meanwhile.pop()()
        self._store.write(batch)


def test_a_process_that_was_overtaken_finds_its_rules_adopted(start, settings):
    school = start()
    second = write(settings, REPLY, SHORTER)
    office = office_of(school, settings)
    Adoption(office, _Overtaken(school.application._store, start)).adopt()
    assert [data["version"] for data in adopted(school)][1:] == [second.version]


def test_a_process_that_was_overtaken_by_one_with_other_rules_records_its_own_behind_them(start, settings):
    school = start()
    second = write(settings, REPLY, SHORTER)
    office = office_of(school, settings)
    third = write(settings, SHORTER, "working_days: 8")
    Adoption(office, _Overtaken(school.application._store, start)).adopt()
    chain = [(data["previous"], data["version"]) for data in adopted(school)][1:]
    assert chain == [(adopted(school)[0]["version"], third.version), (third.version, second.version)]


def test_where_the_database_is_not_ready_the_rules_are_recorded_with_the_first_commit(settings, start):
    school = start()
    write(settings, REPLY, SHORTER)
    school.change("ALTER TABLE policy RENAME TO aside")
    late = start()
    assert len(adopted(school)) == 1
    school.change("ALTER TABLE aside RENAME TO policy")
    late.register()
    assert len(adopted(school)) == 2


def test_where_the_last_rules_cannot_be_read_the_registry_works_on_and_adopts_none(start, settings):
    school = start()
    school.change("UPDATE event SET body = :b WHERE stream_id = :s", b=b"{}", s=f"policy/{SCHOOL}")
    write(settings, REPLY, SHORTER)
    late = start()
    assert late.register()
    assert asked(late, "list_policies")["items"][0]["previous"] is None
