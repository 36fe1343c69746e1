"""A clause that the code names is in a pack and proven by a test; what is not built is said in one place."""

from __future__ import annotations

import pytest

from tests.proofs.clauses import (
    CLAUSE,
    NOT_BUILT,
    cited,
    cited_in_code,
    every_clause,
    in_registry_parts,
    marked,
    marks_of,
)

EVERY = every_clause()
CITED = cited_in_code("kernel", "services", "apps")
IN_REGISTRY = set(cited_in_code("services/registry"))
# A test of the rules alone shows what the rules say; only one of the service shows that somebody is told so.
MARKED = marked("tests")
BY_DOMAIN = marked("tests/services/registry/domain")
BY_SERVICE = {
    clause: files - BY_DOMAIN.get(clause, set()) for clause, files in marked("tests/services").items()
}
PROVEN = {clause for clause, files in BY_SERVICE.items() if files}
# What a room shows to whoever writes a pack: any clause would do.
EXAMPLES = {"kernel/policy/schema/pieces.py"}


def test_every_clause_that_the_code_names_stands_in_a_pack():
    assert {clause: files for clause, files in CITED.items() if clause not in EVERY} == {}
    assert len(CITED) > 20


def test_every_clause_that_a_test_is_marked_with_stands_in_a_pack():
    assert {clause: files for clause, files in MARKED.items() if clause not in EVERY} == {}


def test_no_code_and_no_test_names_as_its_ground_what_is_declined_or_asks_for_nothing():
    def grounds(found):
        return {one for one in found if one in EVERY and EVERY[one].treatment in {"declined", "background"}}

    assert grounds(CITED) == grounds(MARKED) == set()


def test_every_clause_of_a_part_of_the_registry_is_proven_by_the_service_or_said_not_to_be_built():
    assert in_registry_parts() - PROVEN - set(NOT_BUILT) == set()
    assert len(in_registry_parts()) > 50


def test_every_clause_that_a_service_names_is_proven_by_a_test_or_said_not_to_be_built():
    named = {clause for clause, files in cited_in_code("services").items() if files - EXAMPLES}
    assert named - set(MARKED) - set(NOT_BUILT) == set()
    # And what the registry names, by a test of the service itself.
    assert IN_REGISTRY - PROVEN - set(NOT_BUILT) == set()


@pytest.mark.parametrize("clause", sorted(NOT_BUILT))
def test_what_is_said_not_to_be_built_is_not_built_and_says_why(clause):
    assert clause in EVERY
    assert len(NOT_BUILT[clause].split()) >= 2
    assert clause in in_registry_parts() | IN_REGISTRY, "nobody asks for it any more"
    assert clause not in PROVEN, f"{BY_SERVICE.get(clause)} prove it"
    # And nothing but the purpose of a field names it.
    assert CITED.get(clause, set()) <= {"services/registry/domain/person/fields.py"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the share (DT-13.2), and YS-2.2.1.", {"DT-13.2", "YS-2.2.1"}),
        ("DT-四.2 and YS-5.1b", {"DT-四.2", "YS-5.1b"}),
        ("UTF-8, MY-X, ABCF-5, A-DT-7a1", set()),
    ],
)
def test_a_clause_is_seen_in_any_text(text, found):
    assert cited(text) == found


@pytest.mark.parametrize(
    "source",
    [
        '@pytest.mark.clause("DT-1")\ndef test_a(): ...',
        'pytestmark = pytest.mark.clause("DT-1")',
        'P = pytest.param(1, marks=clause("DT-1", "DT-1"))',
        'T = {"DT-1": 1}\n@parametrize("c", [param(c, marks=clause(c)) for c in T])\ndef test_a(c): ...',
    ],
)
def test_a_mark_is_seen_however_it_is_written(source):
    assert marks_of(source) == {"DT-1"}


def test_a_clause_that_nobody_marks_is_not_seen():
    assert marks_of('X = {"DT-1": 1}\n# DT-1\ndef test_dt_1():\n    assert X["DT-1"]\n') == set()
    assert CLAUSE.fullmatch("DT-13.2")
