"""Two institutions on one line: whatever is asked, nothing of the other one comes back."""

from __future__ import annotations

import random

import orjson
import pytest

from kernel.identity.actor import Actor, Role
from kernel.refusals import Refusal
from tests.services.feedback.line import LEAD, OTHER_SCHOOL, SCHOOL, THIRD
from tests.services.feedback.whole_words import COMMANDS, KINDS, right
from tests.support.at_work import new_id

_PROBES = 1000
_UNITS = {SCHOOL: LEAD, OTHER_SCHOOL: THIRD}


@pytest.fixture
def _quick(monkeypatch):
    from services.feedback.queries import ticket

    monkeypatch.setattr(ticket, "_WRONG_RECEIPT_SECONDS", 0)


def _stock(line, school, count):
    """Tickets of one institution whose every text and name bears its mark."""
    operator, mark = Actor(f"op-{school}", Role.OPERATOR, school), f"mark-{school}"
    made = []
    for n in range(count):
        answer = line.submit(
            operator,
            title=f"{mark} {n}",
            body=f"{mark} body",
            submitter={"person_id": f"{mark}-person", "name": f"{mark} name"},
            category=f"only-{school}",
        )
        made.append(answer)
        if n % 2:
            line.do(operator, "assign_ticket", ticket_id=answer["ticket_id"], lead=_UNITS[school], note=mark)
    return made


@pytest.mark.slow
def test_random_probes_find_no_id_number_title_name_or_count_of_the_other_institution(new_line, _quick):
    stock = {school: _stock(new_line, school, 12) for school in (SCHOOL, OTHER_SCHOOL)}
    batch = new_id()
    chance = random.Random(20260305)
    known = {school: [answer["ticket_id"] for answer in answers] for school, answers in stock.items()}
    for _ in range(_PROBES):
        mine = chance.choice((SCHOOL, OTHER_SCHOOL))
        other = OTHER_SCHOOL if mine == SCHOOL else SCHOOL
        role = chance.choice(list(Role))
        actor = Actor(
            "nosy", role, mine, chance.choice(list(_UNITS.values())) if role is Role.HANDLER else None
        )
        method = chance.choice([name for name in KINDS if name != "follow_receipt"])
        arguments = _asked(chance, method, known[other], other, batch)
        text = _answer(new_line, actor, method, arguments)
        for answer in stock[other]:
            assert answer["number"] not in text, (actor, method, arguments)
            if answer["ticket_id"] not in repr(arguments):
                assert answer["ticket_id"] not in text, (actor, method, arguments)
        assert f"mark-{other}" not in text, (actor, method, arguments)
    # And nothing was changed by any of it.
    for school, answers in stock.items():
        operator = Actor(f"op-{school}", Role.OPERATOR, school)
        for n, answer in enumerate(answers):
            assert new_line.get(answer["ticket_id"], operator)["version"] == (3 if n % 2 else 1)


def _asked(chance, method, ids, other, batch):
    arguments = right(method)
    if "ticket_id" in arguments:
        arguments["ticket_id"] = chance.choice(ids)
        arguments.pop("expected_version", None)
    if "ticket_ids" in arguments:
        arguments["ticket_ids"] = chance.sample(ids, 3)
    if "institution" in KINDS[method] and method != "import_letters" and chance.random() < 0.7:
        arguments["institution"] = other
    if method == "list_tickets" and chance.random() < 0.5:
        arguments |= {"category": f"only-{other}"}
    if method == "list_department_queue":
        arguments["unit"] = _UNITS[other]
    if method == "undo_import":
        arguments["batch"] = batch
    return arguments


def _answer(line, actor, method, arguments):
    if method in COMMANDS:
        (outcome,) = line.batch([line.call(actor, method, arguments)])
    else:
        try:
            outcome = line.run(line.call(actor, method, arguments))
        except Refusal as refusal:
            outcome = refusal
    return outcome.to_json() if isinstance(outcome, Refusal) else orjson.dumps(outcome).decode()


def test_counts_of_the_other_institution_do_not_show_in_a_report(new_line):
    before = new_line.do(Actor("op", Role.OPERATOR, OTHER_SCHOOL), "get_latency")
    _stock(new_line, SCHOOL, 4)
    after = new_line.do(Actor("op", Role.OPERATOR, OTHER_SCHOOL), "get_latency")
    assert after["pending"]["count"] == before["pending"]["count"] == 0
    assert after["stages"] == before["stages"]


def test_a_cursor_of_one_institution_opens_nothing_in_the_hands_of_another(new_line):
    _stock(new_line, SCHOOL, 4)
    cursor = new_line.do(Actor("op", Role.OPERATOR, SCHOOL), "list_tickets", limit=2)["next_cursor"]
    page = new_line.do(Actor("op", Role.OPERATOR, OTHER_SCHOOL), "list_tickets", limit=2, cursor=cursor)
    assert page == {"items": [], "next_cursor": None}
