"""The glossary has the words of the code, and the requirements the clauses that the code cites."""

from __future__ import annotations

import re

import pytest

from kernel.identity.actor import Role
from kernel.policy import Packs, describe, describe_clauses
from kernel.policy.pack import (
    AUDIENCES,
    FORCES,
    GROUP_KINDS,
    LEVELS,
    LIST_STEPS,
    SYMPOSIUM_KINDS,
    TREATMENTS,
    UNIT_KINDS,
)
from kernel.policy.titles import TITLES
from services.feedback.access import ACCESS
from services.feedback.domain.ticket.lifecycle import LIFECYCLE, LOCAL
from services.feedback.domain.ticket.stages import STAGES
from services.feedback.domain.ticket.states import Confidentiality, State
from tests.docs.pages import ROOT, read, section, tables, ticked

GLOSSARY = read("docs/glossary.md")
REQUIREMENTS = read("docs/requirements.md")
PACKS = Packs.load(ROOT / "policies")


PACK_WORDS = ["groups", "levels", "steps", "symposia", "audiences", "forces", "treatments", "sections"]


@pytest.mark.parametrize(
    "names",
    [
        [str(state) for state in State],
        [str(role) for role in Role],
        [str(kind) for kind in Confidentiality],
        UNIT_KINDS,
        GROUP_KINDS,
        LEVELS,
        LIST_STEPS,
        SYMPOSIUM_KINDS,
        AUDIENCES,
        FORCES,
        TREATMENTS,
        TITLES,
        [stage.name for stage in STAGES],
        sorted({step.command for step in LIFECYCLE} & set(ACCESS)),
        sorted({name for step in LIFECYCLE for name in step.events}),
        sorted({channel for name in PACKS.ids() for channel in PACKS.get(name).channels}),
    ],
    ids=[
        "states",
        "roles",
        "confidentiality",
        "units",
        *PACK_WORDS,
        "stages",
        "commands",
        "events",
        "channels",
    ],
)
def test_every_name_of_the_code_has_its_word(names):
    assert set(names) - set(ticked(GLOSSARY)) == set()


def test_every_word_of_the_express_line_is_a_documents_or_said_to_be_local():
    for table in tables(section(GLOSSARY, "The express line")):
        for term, _, note in table:
            known = term in DOCUMENTS_WORDS or re.search(r"[A-Z]{2}-\d", note) or "local" in note
            assert known, f"{term}: neither a word of the documents nor local"


# Words of the five documents, whose clauses stand in docs/requirements.md.
DOCUMENTS_WORDS = {"直通车", "信箱", "意见建议", "台账", "答复本人"}


def cited_by_packs() -> set[str]:
    return set(
        re.findall(r"'clause': '([A-Z]{2}-[^']+)'", str([describe(PACKS.get(name)) for name in PACKS.ids()]))
    )


def test_the_packs_cite_clauses_at_all():
    assert "DT-15.1" in cited_by_packs()


@pytest.mark.parametrize("clause", sorted(cited_by_packs() | {step.clause for step in LIFECYCLE} - {LOCAL}))
def test_every_clause_that_is_cited_stands_in_the_requirements(clause):
    rows = [row for table in tables(REQUIREMENTS) for row in table]
    assert any(clause in row[0].split(", ") for row in rows), clause


def test_every_institution_stands_in_the_requirements_with_its_document():
    rows = {row[0]: row[1] for row in tables(REQUIREMENTS)[0]}
    assert {code: ticked(name)[0] for code, name in rows.items()} == {
        PACKS.get(name).document: name for name in PACKS.ids()
    }
    for name in PACKS.ids():
        assert PACKS.get(name).name in rows[PACKS.get(name).document]


def test_every_declined_clause_says_what_is_not_built_and_what_is_kept():
    (rows,) = tables(section(REQUIREMENTS, "Declined"))
    assert len(rows) == 19
    assert all(len(row) == 3 and all(row) for row in rows)


def test_nothing_that_is_declined_as_a_whole_is_cited_as_built():
    rows = tables(section(REQUIREMENTS, "Declined"))[0]
    declined = {row[0].removesuffix(" (whole)") for row in rows if row[0].endswith(" (whole)")}
    assert len(declined) == 3
    assert declined & (cited_by_packs() | {step.clause for step in LIFECYCLE}) == set()


def test_the_declined_words_are_those_of_the_packs():
    told = {row[0].removesuffix(" (whole)"): row[1] for row in tables(section(REQUIREMENTS, "Declined"))[0]}
    assert told == {
        clause.id: clause.declined
        for name in PACKS.ids()
        for clause in PACKS.get(name).clauses.values()
        if clause.declined
    }


def test_the_parts_of_the_packs_stand_there_with_the_clauses_that_they_rest_on():
    used: dict[str, set[str]] = {}
    for name in PACKS.ids():
        for clause in describe_clauses(PACKS.get(name)):
            for place in clause["used_by"]:
                used.setdefault(place.partition(".")[0], set()).add(clause["id"])
    (rows,) = tables(section(REQUIREMENTS, "What the packs hold"))
    assert {ticked(row[1])[0]: set(row[0].split(", ")) for row in rows} == used
    for part, title in TITLES.items():
        assert [row[2] for row in rows if ticked(row[1]) == [part]] in ([], [title])


def test_the_changelog_knows_the_version():
    (project,) = re.findall(r'^version = "(.+)"$', read("pyproject.toml"), re.MULTILINE)
    assert f"\n## {project}\n" in read("CHANGELOG.md")
