"""Adopted suggestions: listed without a name, and credited to whoever made them, with their consent."""

from __future__ import annotations

import uuid

import pytest

from kernel import instants
from kernel.identity.actor import Actor, Role
from kernel.identity.ownership import owner_mark
from kernel.log.upcasting import UnknownEventVersion
from tests.services.registry.heard import event
from tests.services.registry.school import (
    EVERY_OPERATOR,
    OPERATOR,
    OTHER_SCHOOL,
    PARTS,
    SCHOOL,
    STRANGE_OPERATOR,
    UNIT,
)

(LISTENING,) = PARTS.listens
AT = instants.parse("2026-03-05T16:30:00Z")
GIVEN = {"kind": "建议献策", "title": "（虚构）座位", "consent": True}


def hear(school, *events):
    apply = LISTENING.apply(school.settings)
    with school.database.write() as connection:
        apply(connection, [LISTENING.upcast(one) for one in events])


def adopted(school, subject, institution=SCHOOL, at=AT):
    """The ticket of a suggestion that somebody made, and that was closed as adopted."""
    ticket_id = str(uuid.uuid4())
    mark = owner_mark(school.secrets.owner_key, ticket_id, subject)
    where = {"ticket_id": ticket_id, "institution": institution}
    hear(
        school,
        event("ticket_submitted", owner=mark, **where),
        event("ticket_assigned", **where),
        event("ticket_replied", outcome="adopted", **where),
    )
    hear(school, event("ticket_closed", at=at, **where))
    return ticket_id


def listed(school, actor=OPERATOR, **more):
    return school.do(actor, "list_adopted", limit=200, **more)["items"]


def waits(school, ticket_id):
    return ticket_id in [one["ticket_id"] for one in listed(school)]


@pytest.mark.clause("DT-18")
def test_an_adopted_suggestion_is_listed_without_a_name_until_it_stands_in_its_makers_file(any_school):
    person_id = any_school.register()
    ticket_id = adopted(any_school, person_id)
    (one,) = [one for one in listed(any_school) if one["ticket_id"] == ticket_id]
    assert one == {"ticket_id": ticket_id, "institution": SCHOOL, "closed_at": instants.to_text(AT)}
    any_school.do(OPERATOR, "record_contribution", person_id=person_id, source=ticket_id, **GIVEN)
    (entry,) = any_school.file(person_id)["contributions"]
    # In Asia/Shanghai it was the next day.
    assert (entry["source"], entry["on"], entry["consent"]) == (ticket_id, "2026-03-06", True)
    assert not waits(any_school, ticket_id)
    assert person_id.encode() not in str(any_school.rows("SELECT * FROM suggestion")).encode()
    assert any_school.different() == {}


def test_it_is_known_to_be_somebodys_by_the_login_too(any_school):
    login = f"login-{uuid.uuid4()}"
    person_id = any_school.register(subject=login)
    ticket_id = adopted(any_school, login)
    any_school.do(OPERATOR, "record_contribution", person_id=person_id, source=ticket_id, **GIVEN)
    assert not waits(any_school, ticket_id)


def refused(school, person_id, ticket_id, **more):
    asked = GIVEN | {"person_id": person_id, "source": ticket_id} | more
    refusal = school.refused(OPERATOR, "record_contribution", **asked)
    assert refusal.code == "invalid_input"
    return list(refusal.details["fields"])


@pytest.mark.clause("DT-18")
def test_nobody_is_credited_with_what_another_made_twice_or_without_consent(school):
    person_id, other = school.register(), school.register()
    ticket_id = adopted(school, person_id)
    before = school.counts()
    assert refused(school, other, ticket_id) == ["source"]
    assert refused(school, person_id, str(uuid.uuid4())) == ["source"]
    assert refused(school, person_id, ticket_id, consent=False) == ["consent"]
    assert school.counts() == before
    assert waits(school, ticket_id)
    school.do(OPERATOR, "record_contribution", person_id=person_id, source=ticket_id, **GIVEN)
    assert refused(school, person_id, ticket_id) == ["source"]
    # Also within one batch
    again = adopted(school, person_id)
    calls = [
        school.call(
            OPERATOR,
            "record_contribution",
            GIVEN | {"command_id": str(uuid.uuid4()), "person_id": person_id, "source": again},
        )
        for _ in range(2)
    ]
    assert [getattr(answer, "code", None) for answer in school.batch(calls)] == [None, "invalid_input"]


def test_what_is_withheld_unanswered_or_not_adopted_is_nobodys_contribution(school):
    person_id = school.register()
    mark = {"owner": "0b" * 32}
    for changed, outcome in (({"confidentiality": "withheld"}, "adopted"), ({}, None), ({}, "explained")):
        where = {"ticket_id": str(uuid.uuid4())}
        hear(school, event("ticket_submitted", **mark, **changed, **where))
        hear(school, event("ticket_replied", outcome=outcome, **where), event("ticket_closed", **where))
        assert refused(school, person_id, where["ticket_id"]) == ["source"]
        assert school.rows("SELECT 1 FROM suggestion WHERE ticket_id = :t", t=where["ticket_id"]) == []


def test_where_no_rule_counts_contributions_nothing_is_kept(school):
    ticket_id = adopted(school, "somebody", OTHER_SCHOOL)
    assert school.rows("SELECT 1 FROM suggestion WHERE ticket_id = :t", t=ticket_id) == []


def test_the_list_is_read_page_by_page_by_operators_of_the_institution(new_school):
    made = [adopted(new_school, "x", at=AT + place) for place in (2, 0, 1)]
    first = new_school.do(OPERATOR, "list_adopted", limit=2)
    rest = new_school.do(OPERATOR, "list_adopted", limit=2, cursor=first["next_cursor"])
    ids = [one["ticket_id"] for one in [*first["items"], *rest["items"]]]
    assert (ids, rest["next_cursor"]) == ([made[1], made[2], made[0]], None)
    assert [one["ticket_id"] for one in listed(new_school, EVERY_OPERATOR)] == ids
    assert listed(new_school, STRANGE_OPERATOR) == []
    assert new_school.refused(STRANGE_OPERATOR, "list_adopted", institution=SCHOOL).code == "not_found"
    for role in set(Role) - {Role.OPERATOR}:
        assert new_school.refused(Actor("x-1", role, SCHOOL, UNIT), "list_adopted").code == "not_allowed"


def test_everything_heard_again_changes_nothing(new_school):
    person_id = new_school.register()
    ticket_id = str(uuid.uuid4())
    mark = owner_mark(new_school.secrets.owner_key, ticket_id, person_id)
    told = [
        event("ticket_submitted", ticket_id=ticket_id, owner=mark),
        event("ticket_replied", ticket_id=ticket_id, outcome="adopted"),
        event("ticket_closed", ticket_id=ticket_id, at=AT),
    ]
    hear(new_school, *told)
    before = new_school.rows("SELECT * FROM suggestion")
    hear(new_school, *told)
    assert new_school.rows("SELECT * FROM suggestion") == before
    new_school.do(OPERATOR, "record_contribution", person_id=person_id, source=ticket_id, **GIVEN)
    hear(new_school, *told)
    assert listed(new_school) == []


def test_an_event_newer_than_this_release_stops_the_listener_and_one_of_no_use_does_not():
    with pytest.raises(UnknownEventVersion):
        LISTENING.upcast(event("ticket_closed")._replace(schema_version=2))
    other = event("ticket_claimed")._replace(schema_version=9)
    assert LISTENING.upcast(other) is other
