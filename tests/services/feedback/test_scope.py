"""Who may call what, where: role and scope, every method, checked against the interface written out by hand."""

from __future__ import annotations

import itertools

import pytest

from kernel.identity.access import AccessTable, RouteWithoutPolicy
from kernel.identity.actor import Actor, Role
from kernel.refusals import Refusal
from services.feedback.access import ACCESS
from tests.services.feedback.line import ASSISTING, CHANNEL, LEAD, OPERATOR, OTHER_SCHOOL, SCHOOL, THIRD
from tests.support.at_work import new_id

_ALL = {"submitter", "operator", "handler", "leader", "liaison", "auditor", "admin", "service"}
_OWNERS = {"submitter", "leader", "liaison"}
# docs/interface.md: the column "who", and "Authorisation".
_WHO = {
    "submit_suggestion": _ALL - {"handler", "auditor", "admin"},
    "accept_ticket": {"operator"},
    "decline_ticket": {"operator"},
    "assign_ticket": {"operator"},
    "return_ticket": {"handler"},
    "claim_ticket": {"handler"},
    "release_ticket": {"handler"},
    "reply_ticket": {"handler", "operator"},
    "close_ticket": {"operator"},
    "withdraw_ticket": {"operator"} | _OWNERS,
    "close_tickets": {"operator"},
    "import_letters": {"operator"},
    "undo_import": {"operator"},
    "get_ticket": _ALL - {"admin"},
    "get_timeline": _ALL - {"admin"},
    "list_tickets": {"operator", "handler", "auditor", "service"},
    "list_department_queue": {"operator", "handler", "auditor", "service"},
    "get_latency": {"operator", "auditor", "leader", "service"},
    "list_units": _ALL,
    "list_channels": _ALL,
}
_WHOLE = {
    "import_calendar": {"operator", "admin"},
    "read_log": {"auditor", "service"},
}
_STATE = {"close_ticket": "replied", "accept_ticket": "submitted", "decline_ticket": "submitted"}
_LEADS_ONLY = {"return_ticket", "claim_ticket", "release_ticket", "reply_ticket"}
_WORDS = {
    "decline_ticket": {"reason": "重复"},
    "assign_ticket": {"lead": LEAD},
    "return_ticket": {"reason": "不属于我们"},
    "release_ticket": {"lease_token": 1},
    "reply_ticket": {"text": "好"},
}
_ON_A_TICKET = [method for method in _WHO if method.endswith("_ticket") or method == "get_timeline"]
_UNITS = (LEAD, ASSISTING, THIRD)
_PLACES = (SCHOOL, OTHER_SCHOOL, "*")


def _actors():
    for role, place in itertools.product(sorted(_ALL), _PLACES):
        units = _UNITS if role == "handler" else (None,)
        owns = (True, False) if role in _OWNERS else (False,)
        for unit, own in itertools.product(units, owns):
            if role == "handler" and place == "*":
                continue  # no such token: a handler belongs to one institution
            yield Actor("person-1" if own else "somebody-else", Role(role), place, unit)


def _expected(method, actor, state):
    """What the interface says of a call on a ticket of SCHOOL led by LEAD, of person-1."""
    role, inside = str(actor.role), actor.institution in {SCHOOL, "*"}
    if role == "handler":
        # Nobody handles a ticket that is assigned to nobody.
        inside = inside and state not in {"submitted", "accepted"} and actor.unit in {LEAD, ASSISTING}
    elif role in _OWNERS:
        inside = inside and actor.subject == "person-1"
    if not inside:
        return "not_found"
    if role not in _WHO[method] or (role == "handler" and method in _LEADS_ONLY and actor.unit != LEAD):
        return "not_allowed"
    return "allowed"


@pytest.mark.parametrize("method", _ON_A_TICKET)
def test_scope_comes_before_role_for_every_role_institution_and_unit_on_a_ticket(line, method):
    state = _STATE.get(method, "assigned")
    ticket_id = None
    for actor in _actors():
        # Nobody who is refused uses a ticket up.
        ticket_id = ticket_id or line.ticket(state, submitter={"person_id": "person-1"})
        counts = line.counts()
        outcome = _outcome(line, actor, method, ticket_id=ticket_id, **_WORDS.get(method, {}))
        expected = _expected(method, actor, state)
        # Releasing without a lease is refused by the lease, and only to whom it may be told.
        got = "allowed" if outcome in {"answered", "lease_lost"} else outcome
        assert got == expected, (actor, outcome)
        if expected == "allowed":
            ticket_id = None
        else:
            assert line.counts() == counts


_IN_AN_INSTITUTION = [
    "submit_suggestion",
    "close_tickets",
    "import_letters",
    "get_latency",
    "list_units",
    "list_channels",
    "list_tickets",
    "list_department_queue",
]


@pytest.mark.parametrize("method", _IN_AN_INSTITUTION)
def test_scope_comes_before_role_for_what_names_an_institution(line, method):
    letter = {"ref": "1", "title": "题", "body": "文", "received_at": "2026-03-05T09:00:00+08:00"}
    words = {
        "submit_suggestion": {"channel": CHANNEL, "title": "题", "body": "文"},
        "close_tickets": {"ticket_ids": []},
        "import_letters": {"channel": CHANNEL, "batch": new_id(), "rows": [letter]},
        "list_department_queue": {"unit": LEAD},
    }
    for actor in _actors():
        role = str(actor.role)
        inside = actor.institution in {SCHOOL, "*"}
        if method == "list_department_queue" and role == "handler":
            inside = inside and actor.unit == LEAD
        expected = "not_found" if not inside else "answered" if role in _WHO[method] else "not_allowed"
        got = _outcome(line, actor, method, institution=SCHOOL, **words.get(method, {}))
        assert got == expected, actor


def test_an_imported_batch_is_in_its_institutions_scope(line):
    batch = new_id()
    letter = {"ref": new_id(), "title": "题", "body": "文", "received_at": "2026-03-05T09:00:00+08:00"}
    line.do(OPERATOR, "import_letters", institution=SCHOOL, channel=CHANNEL, batch=batch, rows=[letter])
    for actor in _actors():
        inside = actor.institution in {SCHOOL, "*"}
        expected = "not_found" if not inside else "answered" if actor.role == "operator" else "not_allowed"
        assert _outcome(line, actor, "undo_import", batch=batch) == expected, actor


@pytest.mark.parametrize("method", sorted(_WHOLE))
def test_what_concerns_every_institution_needs_the_scope_of_all(line, method):
    words = {"import_calendar": {"year": 2026, "source": "合成数据", "off": [], "work": []}}.get(method, {})
    for actor in _actors():
        expected = "answered" if str(actor.role) in _WHOLE[method] else "not_allowed"
        if actor.institution != "*":
            expected = "not_found"
        assert _outcome(line, actor, method, **words) == expected, actor


def test_the_head_of_the_log_is_for_four_roles(line):
    for actor in _actors():
        named = str(actor.role) in {"auditor", "service", "operator", "admin"}
        assert _outcome(line, actor, "get_log_head") == ("answered" if named else "not_allowed"), actor


def test_no_method_but_two_is_answered_without_a_token(line):
    from tests.services.feedback.whole_words import KINDS, right

    for method in KINDS:
        outcome = _outcome(line, None, method, **right(method))
        assert outcome == {"get_health": "answered", "follow_receipt": "not_found"}.get(
            method, "not_authenticated"
        ), method


def test_the_token_is_asked_for_before_the_words_are_read(line):
    assert _outcome(line, None, "submit_suggestion", nonsense=1) == "not_authenticated"
    assert _outcome(line, None, "list_tickets", nonsense=1) == "not_authenticated"


def test_the_table_names_every_method_and_no_other():
    methods = {*_WHO, *_WHOLE, "follow_receipt", "get_health", "get_log_head"}
    assert set(ACCESS) == methods
    for method, who in (_WHO | _WHOLE).items():
        assert set(map(str, ACCESS[method])) == who, method


@pytest.mark.parametrize("change", [{"get_ticket"}, {"new_method"}], ids=["missing", "extra"])
def test_a_service_with_a_method_without_policy_or_a_policy_without_method_does_not_start(change):
    with pytest.raises(RouteWithoutPolicy, match=next(iter(change))):
        AccessTable(ACCESS, set(ACCESS) ^ change)


def _outcome(line, actor, method, **arguments):
    try:
        line.do(actor, method, **arguments)
    except Refusal as refusal:
        assert refusal.details == {} or refusal.code not in {"not_found", "not_allowed", "not_authenticated"}
        return refusal.code
    return "answered"
