"""Role, institution and unit, for every method of both services: each cell is answered as the rule says."""

from __future__ import annotations

import pytest

from kernel.identity import tokens
from kernel.identity.access import AccessTable
from kernel.identity.actor import Actor, Role
from services.feedback.domain.ticket import decide
from services.registry.storage.office import Office
from tests.proofs.cells import Targets, actors
from tests.proofs.rule import ACCESS, OFFERED, about, expected
from tests.proofs.town import HERE, THERE

METHODS = [(service, method) for service, table in ACCESS.items() for method in sorted(table)]
# Let through by scope and role, and refused by whose lease it is.
_BY_LEASE = {"release_ticket": "lease_lost"}


def _schema(town, service, method):
    application = town.at(service).application
    route = application._commands.get(method) or application._queries[method]
    return route.schema


def _outcome(town, service, method, institution, known):
    """What is said once scope and role let it through; None for a method of which only that is known."""
    section, refused = OFFERED.get(method, ("", ""))
    if section and not town.known[institution].pack.section(section):
        return {refused}
    return {"answered", _BY_LEASE.get(method, "answered")} if known else None


def _matrix(town, service, method, institution, *, whole):
    """The cells that are answered otherwise than the rule says."""
    schema = _schema(town, service, method)
    sort, targets = about(service, method, schema), Targets(town, institution)
    writes, at_work = "command_id" in schema.fields, town.at(service)
    wrong, target = [], None
    # Made by one who is not asked for here, so that refused calls can be seen to change nothing.
    for actor, _owns in actors(targets.nobody(), whole=whole):
        target = target or targets.make(method, sort)
        stands = Actor(target.login, actor.role, actor.institution, actor.unit) if _owns else actor
        words = targets.words(service, method, target)
        counts = at_work.counts()
        told = town.ask(service, stands, method, words or _named(schema, target))
        rule = expected(service, method, sort, stands, target)
        fits = {rule} if rule != "through" else _outcome(town, service, method, institution, words is not None)
        if fits is None:
            fits = {told.kind} - {"not_found", "not_allowed", "not_authenticated", "internal_error"}
        if told.kind not in fits:
            wrong.append(f"{stands} of {target}: {told.kind}, should be {rule}")
        if rule != "through" and at_work.counts() != counts:
            wrong.append(f"{stands}: refused, and something was written")
        target = None if rule == "through" and writes else target
    return wrong


def _named(schema, target):
    names = ("person_id", "ticket_id", "correction_id", "batch", "institution")
    return {name: getattr(target, name) for name in names if name in schema.fields}


@pytest.mark.parametrize(("service", "method"), METHODS)
def test_each_role_in_each_institution_is_answered_as_the_rule_says(town, service, method):
    assert _matrix(town, service, method, HERE, whole=False) == []


@pytest.mark.slow
@pytest.mark.parametrize("institution", [HERE, THERE])
@pytest.mark.parametrize(("service", "method"), METHODS)
def test_each_role_institution_and_unit_is_answered_as_the_rule_says(town, service, method, institution):
    assert _matrix(town, service, method, institution, whole=True) == []


def test_what_never_was_is_found_by_nobody_whatever_the_role(town):
    targets, asked = Targets(town, HERE), 0
    nobody = targets.nobody()
    for service, method in METHODS:
        schema = _schema(town, service, method)
        sort = about(service, method, schema)
        if sort not in {"person", "ticket", "correction", "batch", "reads"}:
            continue
        for actor, _ in actors(nobody, whole=False):
            words = targets.words(service, method, nobody) or _named(schema, nobody)
            rule = expected(service, method, sort, actor, nobody)
            assert town.ask(service, actor, method, words).kind == rule, (method, actor)
            asked += rule == "not_found"
    assert asked > len(METHODS)


@pytest.mark.parametrize(("service", "method"), METHODS)
def test_wrong_words_are_refused_before_scope_and_role_and_after_the_token(town, service, method):
    targets, is_open = Targets(town, HERE), not ACCESS[service][method]
    words = (targets.words(service, method, targets.nobody()) or {}) | {"surprise": 1}
    for actor, _ in actors(targets.nobody(), whole=False):
        sound = actor.has_its_unit or is_open
        kind = town.ask(service, actor, method, words).kind
        assert kind == ("invalid_input" if sound else "not_authenticated"), actor


@pytest.mark.parametrize(("service", "method"), METHODS)
def test_without_a_token_of_ours_nothing_is_told_but_what_is_open(town, service, method):
    targets, at_work = Targets(town, HERE), town.at(service)
    words = targets.words(service, method, targets.nobody()) or {}
    operator = Actor("operator-1", Role.OPERATOR)
    late = tokens.sign(at_work.secrets, operator, ttl=-1)
    genuine = at_work.token(operator)
    forged = genuine[:-8] + ("A" * 8 if not genuine.endswith("A" * 8) else "B" * 8)
    for token in (None, "", late, forged, "not.a.token"):
        if ACCESS[service][method]:
            assert town.ask_with(service, token, method, words).kind == "not_authenticated"
        else:
            assert town.ask_with(service, token, method, words).kind == "answered"


PLANTED = {
    "a role that nobody asks for": ("registry", "amend_person", AccessTable, "check", lambda *_: None),
    "an institution that nobody asks for": ("registry", "get_person", Actor, "covers", lambda *_: True),
    "a unit that nobody asks for": ("registry", "get_person", Office, "in_unit_of", lambda *_: True),
    "a lead that nobody asks for": ("feedback", "reply_ticket", decide, "only_lead", lambda *_: None),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_hole_is_seen_in_the_matrix(town, monkeypatch, fault):
    service, method, owner, name, broken = PLANTED[fault]
    monkeypatch.setattr(owner, name, broken)
    assert _matrix(town, service, method, HERE, whole=True)


def test_the_matrix_speaks_of_every_method_that_a_service_has(town):
    for service, table in ACCESS.items():
        application = town.at(service).application
        assert application.commands | application.queries == set(table)
        for method in table:
            assert about(service, method, _schema(town, service, method))
