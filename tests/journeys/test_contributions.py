"""From a suggestion to its maker's file: two services, told of by events, on both runtimes."""

from __future__ import annotations

import uuid

import pytest

from tests.journeys.test_registry import Scholar
from tests.support.school import SCHOOL, UNIT
from tests.support.waiting import until

GIVEN = {"kind": "建议献策", "title": "（虚构）二层会议室", "consent": True}


def adopted(system, login, **changed):
    """The ticket of a suggestion that was answered as adopted, and closed."""
    who = {"role": "submitter", "institution": SCHOOL, "subject": login}
    words = {"title": "（合成）座位", "body": "（合成）座位不够。", "channel": "office_mailbox"}
    asked = {"institution": SCHOOL} | words | changed
    ticket_id = system.call("submit_suggestion", asked, **who)["ticket_id"]
    system.call("assign_ticket", {"ticket_id": ticket_id, "lead": UNIT})
    system.handle("reply_ticket", ticket_id, text="（合成）已开放。", outcome="adopted")
    system.call("close_ticket", {"ticket_id": ticket_id})
    return ticket_id


@pytest.fixture
def scholar(system):
    return Scholar(system)


def waiting(scholar):
    return [one["ticket_id"] for one in scholar.call("list_adopted", institution=SCHOOL, limit=200)["items"]]


def test_an_adopted_suggestion_reaches_the_registry_and_with_consent_the_file(system, scholar):
    withheld = adopted(system, scholar.login, confidentiality="withheld")
    ticket_id = adopted(system, scholar.login)
    until(lambda: ticket_id in waiting(scholar))
    assert withheld not in waiting(scholar)
    # Somebody else is not credited with it
    asked = GIVEN | {"source": ticket_id}
    stranger = Scholar(system)
    words = {"person_id": stranger.person_id, "command_id": str(uuid.uuid4())}
    assert stranger.registry.refused("record_contribution", asked | words).code == "invalid_input"
    # Who made it is
    scholar.call("record_contribution", person_id=scholar.person_id, **asked)
    (entry,) = scholar.ask("get_own_file")["file"]["contributions"]
    assert (entry["source"], entry["title"]) == (ticket_id, GIVEN["title"])
    assert ticket_id not in waiting(scholar)
