"""Two institutions may use the same names, and whatever one does leaves the answers of the other."""

from __future__ import annotations

import pytest

from kernel.identity.actor import Role
from tests.proofs.probing import Prober, plain
from tests.proofs.settling import settle
from tests.proofs.town import HERE, THERE
from tests.support.at_work import new_id


def _operator(town, institution):
    return town.known[institution].actor(Role.OPERATOR)


def _asked(town, institution, service, method, /, **arguments):
    return town.ask(service, _operator(town, institution), method, arguments)


# What the caller gives a name to: the same name twice, once in each institution.
SAME = {
    "a unit": ("register_unit", {"unit": "same-1", "name": "虚构中心", "kind": "affiliated"}),
    "a group": ("register_group", {"group": "same-1", "name": "虚构小组", "kind": "association"}),
    "a staff number": ("register_person", {"name": "虚构甲", "staff_number": "same-1"}),
    "a login": ("register_person", {"name": "虚构甲", "subject": "same-1"}),
}


@pytest.mark.parametrize("what", SAME)
def test_the_same_name_in_both_institutions_is_taken_in_neither_by_the_other(town, what):
    method, words = SAME[what]
    told = [
        _asked(town, institution, "registry", method, institution=institution, **words).kind
        for institution in (HERE, THERE)
    ]
    assert told == ["answered", "answered"]


def test_a_batch_of_the_same_id_is_undone_for_the_own_people_alone(town):
    batch = new_id()
    for institution in (HERE, THERE):
        rows = [{"staff_number": "batch-1", "name": "虚构丙"}]
        asked = {"institution": institution, "batch": batch, "rows": rows}
        assert '"new":1' in _asked(town, institution, "registry", "import_roster", **asked).text
    assert _asked(town, HERE, "registry", "undo_import", batch=batch).text == '{"undone":1,"refused":[]}'
    # Then what the other institution imported is still there to be undone.
    assert _asked(town, THERE, "registry", "undo_import", batch=batch).text == '{"undone":1,"refused":[]}'


@pytest.mark.parametrize(
    ("service", "method", "words"),
    [
        ("registry", "register_person", {"name": "虚构丁"}),
        ("feedback", "submit_suggestion", {"channel": "office_mailbox", "title": "题", "body": "文"}),
    ],
)
def test_a_namesake_in_another_institution_is_not_given_the_stored_answer(town, service, method, words):
    # Given a command of somebody there, and somebody here whose login is the same
    there = town.known[THERE].actor(Role.OPERATOR, "same-login")
    here = town.known[HERE].actor(Role.OPERATOR, "same-login")
    asked = {"command_id": new_id(), "institution": THERE, **words}
    first = town.ask(service, there, method, asked)
    assert first.kind == "answered"
    # When both send the very same command again
    again, foreign = (town.ask(service, actor, method, asked) for actor in (there, here))
    # Then the one gets the answer again, and the other is told nothing of it
    assert again == first
    assert foreign.kind == "command_reused"


def _answers(town, institution):
    """Every question whose answer could count something, asked by those who may ask it."""
    known = town.known[institution]
    prober = Prober(town, 1)
    told = {}
    for (service, method), schema in prober.schemas.items():
        writes = "command_id" in schema.fields
        if writes or method in {"get_log_head", "get_health", "follow_receipt", "get_timeline"}:
            continue
        for role in sorted(town.at(service).application._access.rows[method]):
            asked = _words(known, method, schema)
            unit = "library" if role == "handler" else None
            kind, text = town.ask(service, known.actor(Role(role), unit=unit), method, asked)
            told[service, method, role] = kind, plain(text, [])
    return told


def _words(known, method, schema):
    words = {"institution": known.institution, "person_id": known.people[0], "ticket_id": known.tickets[0]}
    words |= {"unit": "library", "group": known.groups[0], "as_of": "2026-03-05"}
    words |= {"pool": next(iter(known.pack.section("talent_pools")), "none")}
    return {name: value for name, value in words.items() if name in schema.fields}


def test_whatever_happens_in_one_institution_every_answer_of_the_other_stays_as_it_was(town):
    before = _answers(town, HERE)
    assert sum(kind == "answered" for kind, _ in before.values()) > len(before) // 2
    # When a whole school more comes into being beside it
    settle(town, THERE, seed=8)
    # Then only who read what of the own people is new
    after = _answers(town, HERE)
    assert {key for key in before if before[key] != after[key]} <= {("registry", "list_reads", "operator")}
