"""What the system declines to know is not there: under no name, in no place where a name could stand."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest
from marshmallow import fields
from sqlalchemy import Column, MetaData, Table, Text

from kernel.identity.actor import Role
from kernel.schemas import ArgumentSchema, choice, text
from services.registry.domain.person.entries import Confirmation, Contribution, StudyAbroad
from services.registry.domain.person.fields import FIELDS, Field, Sensitivity
from services.registry.domain.person.file import File
from services.registry.domain.person.found_by import found_by
from tests.proofs import surfaces
from tests.proofs.clauses import every_clause
from tests.proofs.notions import ALLOWED, NOTIONS, seen_in
from tests.proofs.town import HERE

DECLINED = {one.id: one for one in every_clause().values() if one.treatment in {"declined", "narrowed"}}
BY_CLAUSE = {clause: [name for name, one in NOTIONS.items() if clause in one.clauses] for clause in DECLINED}


@pytest.fixture(scope="module")
def named(town):
    return surfaces.every(town)


def called(named, notions):
    """What is called by one of the notions, but for what is allowed with a reason."""
    return {
        (where, name)
        for where, names in named.items()
        for name in names
        if set(seen_in(name)) & set(notions) and (where, name) not in ALLOWED
    }


def test_every_declined_clause_of_a_pack_has_its_notions_and_no_notion_names_another_clause():
    assert len(DECLINED) == 19
    assert {clause for clause, notions in BY_CLAUSE.items() if not notions} == set()
    assert {clause for one in NOTIONS.values() for clause in one.clauses} <= set(DECLINED)


@pytest.mark.parametrize("clause", sorted(DECLINED))
def test_what_a_clause_asks_and_is_declined_stands_nowhere(named, clause):
    assert called(named, BY_CLAUSE[clause]) == set(), DECLINED[clause].declined


@pytest.mark.parametrize("notion", [name for name, one in NOTIONS.items() if not one.clauses])
def test_what_no_document_asks_and_we_will_not_have_stands_nowhere(named, notion):
    assert called(named, [notion]) == set()


def test_the_surfaces_are_all_there_and_none_is_empty(named):
    assert {where: len(names) > 20 for where, names in named.items()} == dict.fromkeys(named, True)
    # Something that is surely there shows that each is really looked through.
    there = {"arguments": "staff_number", "columns": "person_token", "events": "pool_admitted", "files": "民族"}
    there |= {"answers": "next_cursor", "messages": "not_allowed", "pack fields": "talent_pools"}
    assert {where: name in named[where] for where, name in there.items()} == dict.fromkeys(there, True)


def test_every_exception_is_still_needed_and_says_why(named):
    assert {key for key in ALLOWED if key[1] not in named[key[0]] or not seen_in(key[1])} == set()
    assert all(len(reason.split()) > 3 for reason in ALLOWED.values())


def test_studies_abroad_have_no_country_and_a_contribution_has_no_number():
    assert set(StudyAbroad._fields) == {"id", "since", "until"}
    assert set(Contribution._fields) == {"id", "kind", "title", "on", "source", "consent"}


# Every argument of the registry that takes any text, and what it is for: none asks what somebody is like.
FREE_TEXTS = {
    "name": "what somebody, a unit or a group is called",
    "staff_number": "the number",
    "subject": "the login",
    "phone": "the number",
    "email": "the address",
    "discipline": "the subject taught",
    "post": "what a post is called",
    "body": "what a team or body is called",
    "place": "where somebody was recommended to",
    "kind": "what sort of contribution it was",
    "title": "what a training or contribution is called",
    "organiser": "who held a training",
    "nominated_by": "who nominated",
    "decided_by": "which body decided",
    "reason": "why a decision was taken",
    "note": "what was done and how, of a training or a leaving",
    "text": "a name that is looked for; what a person says is wrong in the own file",
    "words": "words that are looked for",
    "cursor": "where a list goes on",
}


def test_every_free_text_of_the_registry_has_its_purpose(town):
    application = town.registry.application
    routes = [*application._commands.values(), *application._queries.values()]
    assert set(free_texts(route.schema for route in routes)) == set(FREE_TEXTS)


def free_texts(schemas):
    for schema in schemas:
        for name, field in schema.fields.items():
            inner = getattr(field, "inner", field)
            if isinstance(inner, fields.Nested):
                yield from free_texts([inner.schema])
            elif isinstance(inner, fields.String) and not inner.validators:
                yield name


class Entry(NamedTuple):
    """An entry of a file with a field too many."""

    id: str
    thoughts: str = ""


class Views(ArgumentSchema):
    views = text(100)


class Nested(ArgumentSchema):
    deep = fields.List(fields.Nested(Views))


class Chosen(ArgumentSchema):
    fact = choice(("representative", "loyal"))


class Labelled(ArgumentSchema):
    country = text(100, optional=True)


def _column(name):
    metadata = MetaData()
    Table("person", metadata, Column(name, Text))
    return metadata


_LABEL = {"name": Field("家庭成员", "知道是谁", Sensitivity.DIRECTORY)}
_PURPOSE = {"name": Field("姓名", "了解思想动态", Sensitivity.DIRECTORY)}
_EVENT = {"data": {"person_id": "1", "performance": {"$sealed": "x"}}}
# By what is planted: how it would be seen, and the notion.
PLANTED = {
    "an argument": (surfaces.arguments([Views()]), "views"),
    "an argument deep inside": (surfaces.arguments([Nested()]), "views"),
    "a word to choose": (surfaces.arguments([Chosen()]), "views"),
    "an optional argument": (surfaces.arguments([Labelled()]), "ties abroad"),
    "a column": (surfaces.columns([_column("religion")]), "religion"),
    "a column of a sum": (surfaces.columns([_column("loyalty_score")]), "scores and labels"),
    "a field of an event": (surfaces.keys(_EVENT), "conduct at critical moments"),
    "a field of an answer": (surfaces.keys({"items": [{"familyName": 1, "riskLevel": 2}]}), "family"),
    "a field of an entry": (surfaces.of_file([File, Entry], FIELDS, ()), "views"),
    "a label": (surfaces.of_file([File], _LABEL, ()), "family"),
    "a purpose": (surfaces.of_file([File], _PURPOSE, ()), "views"),
    "a word of a list": (surfaces.of_file([File], FIELDS, ["core", "risk"]), "scores and labels"),
    "a message": (surfaces.told_in({"fields": {"x": "请填写政治表现。"}}), "conduct at critical moments"),
    "a heading in a program": (surfaces.written_in('COLUMNS = ("姓名", "宗教信仰")'), "religion"),
    "a part of a text in a program": (surfaces.written_in('f"{name} 的国籍：{x}"'), "ties abroad"),
    "a value of a pack": (
        surfaces.of_pack([{"id": "x", "name": "关键时刻的表现"}]),
        "conduct at critical moments",
    ),
    "a name in a pack": (surfaces.of_pack([{"ranking": 1}]), "scores and labels"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_name_that_must_not_be_is_seen_wherever_it_is_planted(fault):
    names, notion = PLANTED[fault]
    assert notion in {one for name in names for one in seen_in(name)}


@pytest.mark.parametrize("notion", NOTIONS)
def test_every_word_of_a_notion_is_seen_in_a_name_and_in_a_sentence(notion):
    for word in NOTIONS[notion].english:
        assert notion in seen_in(f"person_{word}_code")
        assert notion in seen_in(word)
    for word in NOTIONS[notion].chinese:
        assert notion in seen_in(f"请填写{word}。")


@pytest.mark.parametrize("clause", sorted(DECLINED))
def test_the_declined_words_themselves_would_be_seen(clause):
    assert set(seen_in(DECLINED[clause].declined)) & set(BY_CLAUSE[clause])


@pytest.mark.parametrize(
    "name", ["review", "interview", "overview", "reason", "country_code", "preview", "labels", "beliefs"]
)
def test_only_whole_words_are_seen(name):
    assert bool(seen_in(name)) == (name in {"country_code", "labels", "beliefs"})


# `rank` is an argument of a title.
STEMS = [word for one in NOTIONS.values() for word in one.english if word != "rank"]


def test_nobody_can_write_it_into_a_file_whatever_it_is_called(town):
    known = town.known[HERE]
    actor, person_id = known.actor(Role.OPERATOR), known.people[-1]
    before = town.registry.counts()
    for word in STEMS:
        for method, named in (
            ("register_person", {"institution": HERE, "name": "虚构甲", word: "合成"}),
            ("amend_person", {"person_id": person_id, word: "合成"}),
            ("add_tenure", {"person_id": person_id, "kind": "seat", word: "合成"}),
            ("confirm_fact", {"person_id": person_id, "fact": word, "reason": "合成"}),
        ):
            kind, told = town.ask("registry", actor, method, named)
            assert kind == "invalid_input", (method, word)
            assert list(json.loads(told)["details"]["fields"]) == ["fact" if method == "confirm_fact" else word]
    assert town.registry.counts() == before


def test_nobody_is_found_by_ethnicity_birth_or_what_was_confirmed_of_them():
    plain = File(name="虚构甲")
    told = {"ethnicity": "03", "birth": "1990", "gender": "2", "phone": "10020000000"}
    confirmed = (Confirmation("1", "representative", "合成"),)
    assert found_by(File(name="虚构甲", confirmations=confirmed, **told)) == found_by(plain)
