"""Several who write at once: a number and a login go to one, and nothing is lost between them."""

from __future__ import annotations

import threading

import pytest

from kernel.refusals import Refusal
from tests.services.registry.school import OPERATOR, SCHOOL, STRANGE_OPERATOR, School
from tests.support.at_work import new_id


@pytest.mark.parametrize("field", ["staff_number", "subject"])
def test_a_number_and_a_login_are_one_persons_of_an_institution(any_school, field):
    value = {field: new_id()[:30]}
    first = any_school.register(name="虚构一", **value)
    again = {"institution": SCHOOL, "name": "虚构二", **value}
    refusal = any_school.refused(OPERATOR, "register_person", **again)
    assert list(refusal.details["fields"]) == [field]
    other = any_school.register(name="虚构二")
    refusal = any_school.refused(OPERATOR, "amend_person", person_id=other, **value)
    assert list(refusal.details["fields"]) == [field]
    # In another institution it is another number, and who gives it back leaves it to others.
    assert any_school.register(STRANGE_OPERATOR, name="虚构二", **value)
    any_school.do(OPERATOR, "amend_person", person_id=first, clear=[field])
    assert any_school.do(OPERATOR, "amend_person", person_id=other, **value)["fields"] == [field]


@pytest.mark.parametrize("field", ["staff_number", "subject"])
def test_one_number_wanted_twice_in_a_batch_goes_to_one(any_school, field):
    wanted = {"institution": SCHOOL, "name": "虚构争", field: new_id()[:30]}
    calls = [any_school.call(OPERATOR, "register_person", wanted | {"command_id": new_id()}) for _ in range(3)]
    outcomes = any_school.batch(calls)
    assert [isinstance(outcome, Refusal) for outcome in outcomes] == [False, True, True]
    assert [list(outcome.details["fields"]) for outcome in outcomes[1:]] == [[field], [field]]


def test_one_number_wanted_by_eight_processes_at_once_goes_to_one(any_school):
    wanted = {"institution": SCHOOL, "name": "虚构争", "staff_number": new_id()[:30]}
    others = [School(any_school.settings) for _ in range(8)]
    start, outcomes = threading.Barrier(8), []

    def want(school):
        call = school.call(OPERATOR, "register_person", wanted | {"command_id": new_id()})
        start.wait()
        outcomes.extend(school.batch([call]))

    threads = [threading.Thread(target=want, args=(school,)) for school in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for school in others:
        school.close()
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert [refusal.code for refusal in refused] == ["invalid_input"] * 7
    assert any_school.different() == {}


def test_amendments_of_one_person_by_many_processes_are_all_kept_or_refused_by_name(any_school):
    person_id = any_school.register(name="虚构并")
    others = [School(any_school.settings) for _ in range(6)]
    start, outcomes = threading.Barrier(6), []

    def amend(place, school):
        words = {"command_id": new_id(), "person_id": person_id, "phone": f"{place}"}
        start.wait()
        outcomes.extend(school.batch([school.call(OPERATOR, "amend_person", words)]))

    threads = [threading.Thread(target=amend, args=one) for one in enumerate(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for school in others:
        school.close()
    refused = [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]
    assert set(refused) <= {"stale_version"}
    assert any_school.get(person_id)["version"] == 1 + len(outcomes) - len(refused)
    assert any_school.different() == {}
