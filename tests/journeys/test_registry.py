"""A person's file from its first line to its erasure, on both runtimes, beside a running express line.

All people here are invented.
"""

from __future__ import annotations

import json
import uuid

import pytest

from tests.journeys.listening import listening
from tests.support.school import SCHOOL, UNIT

STRANGER = {"role": "operator", "institution": "mianyang"}


class Scholar:
    """An invented person of one test: a name and a login that nobody else has."""

    def __init__(self, system):
        self.registry = system.of("registry")
        self.name, self.login = "虚构" + uuid.uuid4().hex[:12], f"scholar-{uuid.uuid4()}"
        file = {"name": self.name, "subject": self.login, "phone": "000-1111"}
        file |= {"memberships": [{"party": "06", "since": "2012"}], "units": [{"unit": UNIT}]}
        self.person_id = self.call("register_person", institution=SCHOOL, **file)["person_id"]

    def call(self, method, **arguments):
        """A call of the school's operator."""
        return self.registry.call(method, arguments, subject="keeper", institution=SCHOOL)

    def ask(self, method, **arguments):
        """A call of the person."""
        who = {"role": "submitter", "subject": self.login, "institution": SCHOOL}
        return self.registry.call(method, arguments, **who)

    def found(self, **who):
        """The ids that a search for the name answers."""
        asked = {"institution": SCHOOL, "text": self.name}
        return [one["person_id"] for one in self.registry.call("search_people", asked, **who)["items"]]

    def readers(self):
        """Who read the file, and for what, newest first."""
        reads = self.ask("list_reads")["items"]
        return [(read["reader"]["role"], read["reader"]["subject"], read["purpose"]) for read in reads]


@pytest.fixture
def scholar(system):
    return Scholar(system)


def test_a_registered_person_is_found_and_who_reads_the_file_is_written_down(scholar):
    assert scholar.found() == [scholar.person_id]
    shown = scholar.call("get_person", person_id=scholar.person_id, purpose="contact")
    assert (shown["file"]["name"], shown["file"]["phone"]) == (scholar.name, "000-1111")
    assert ("operator", "keeper", "contact") in scholar.readers()


def test_a_person_reads_their_own_file_and_nobody_elses(scholar):
    assert scholar.ask("get_own_file")["file"]["phone"] == "000-1111"
    who = {"role": "submitter", "subject": "somebody-else", "institution": SCHOOL}
    assert scholar.registry.refused("get_own_file", **who).code == "not_found"
    # Nor is anybody told that there is such a person
    for other in (who, STRANGER):
        asked = {"person_id": scholar.person_id}
        assert scholar.registry.refused("get_person", asked, **other).code == "not_found"


def test_an_amended_file_says_the_new_and_the_same_command_again_changes_nothing(scholar):
    amendment = {"person_id": scholar.person_id, "phone": "000-2222", "command_id": str(uuid.uuid4())}
    first = scholar.call("amend_person", **amendment)
    assert scholar.call("amend_person", **amendment) == first
    assert scholar.ask("get_own_file")["file"]["phone"] == "000-2222"


def test_of_an_erased_person_nothing_is_found_and_the_log_is_whole(scholar):
    scholar.call("erase_person", person_id=scholar.person_id, reason="own_request")
    assert scholar.found() == []
    assert scholar.call("get_person", person_id=scholar.person_id)["file"] is None
    scholar.registry.await_sealed()
    assert scholar.registry.verify()["ok"]
    assert scholar.registry.diff()["ok"]


def test_both_logs_are_whole_and_neither_holds_an_event_of_the_other(system, scholar):
    # Given work in both services
    ticket_id = system.assigned(UNIT)
    for service in (system, scholar.registry):
        events = service.log()
        # Then each log tells of its own service alone, verifies, and is what its tables were made from
        assert {event["source"] for event in events} == {f"/zhitongche/{service.service}"}
        assert [event["position"] for event in events] == list(range(1, len(events) + 1))
        report = service.verify()
        assert (report["ok"], report["faults"]) == (True, [])
        assert service.diff()["ok"]
        subjects = {event["subject"] for event in events}
        assert (f"ticket/{ticket_id}" in subjects) == (service is system)
        assert (f"person/{scholar.person_id}" in subjects) == (service is not system)


def test_what_others_hear_of_a_person_names_nobody(distributed):
    with listening(distributed.settings.amqp_uri, "registry") as ears:
        scholar = Scholar(distributed)
        scholar.call("amend_person", person_id=scholar.person_id, reason="虚构理由", discipline="虚构学科")
        scholar.call("get_person", person_id=scholar.person_id)

        def told(messages):
            return [message for message in messages if scholar.person_id in str(message.body)]

        heard = told(ears.wait(lambda messages: len(told(messages)) >= 3))
    names = [json.loads(message.body)["type"].rpartition(".")[2] for message in heard]
    assert names == ["person_registered", "person_amended", "person_read"]
    for message in heard:
        assert message.delivery_info["exchange"] == "registry.events"
        text = json.dumps(json.loads(message.body), ensure_ascii=False)
        assert not any(word in text for word in (scholar.name, scholar.login, "虚构", "000-1111"))
