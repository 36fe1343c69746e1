"""Everything that has a name here: where something about a person could be asked for, kept or shown."""

from __future__ import annotations

import ast
import json
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

import services.feedback.storage.tables
import services.registry.storage.tables
from kernel.identity.actor import EVERYWHERE, Actor, Role
from kernel.keys import keyring
from kernel.policy import Packs, describe
from kernel.policy.pack import CONDITIONS
from kernel.policy.schema import PackSchema
from kernel.refusals import messages
from services.feedback.projections import rebuild as feedback_events
from services.feedback.schemas.ticket import ImportedLetter
from services.registry.domain.person import entries
from services.registry.domain.person.fields import FIELDS
from services.registry.domain.person.file import LISTS, File
from services.registry.projections import rebuild as registry_events
from services.registry.schemas.roster import ImportedPerson
from tests.proofs.cells import Targets
from tests.proofs.rule import ACCESS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from marshmallow import Schema

    from tests.proofs.rule import Target
    from tests.proofs.town import Town

# By these names, a pack stands in `policy_adopted` and in what the questions about rules are answered.
_RULES = {"content", "order", "policy", "clauses"}
_OF_TICKETS = ("get_ticket", "get_timeline")
_OPENED = ("get_own_file", "explain_scope", "get_ratio", "list_pool", "list_members", "search_files")
ROOT = Path(__file__).parents[2]
# Of a pack, these hold the words of the document, or say why something is not built.
_QUOTED = {"quote", "reason", "text", "clause", "summary", "title", "of", "acts", "about", "what"}


def arguments(schemas: Iterable[Schema]) -> Iterator[str]:
    """The names that a caller may write, and the words to choose from, at any depth."""
    for schema in schemas:
        for name, field in schema.fields.items():
            yield name
            yield from _of_field(field)


def _of_field(field: fields.Field[Any]) -> Iterator[str]:
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            yield from map(str, rule.choices)
    inner = {"inner": getattr(field, "inner", None), "value": getattr(field, "value_field", None)}
    for one in inner.values():
        if isinstance(one, fields.Field):
            yield from _of_field(one)
    if isinstance(field, fields.Nested):
        yield from arguments([field.schema])


def columns(metadata: Iterable[Any]) -> Iterator[str]:
    """The names of tables and of their columns."""
    for one in metadata:
        for table in one.tables.values():
            yield table.name
            yield from (column.name for column in table.columns)


def keys(document: Any) -> Iterator[str]:
    """The names in an event or an answer, at any depth; what stands under them is data."""
    if isinstance(document, dict):
        for name, inner in document.items():
            yield name
            yield from keys(inner)
    elif isinstance(document, list):
        for inner in document:
            yield from keys(inner)


def of_file(kinds: Iterable[Any], table: Mapping[str, Any], words: Iterable[str]) -> Iterator[str]:
    """The fields of a file and of its entries, their labels and purposes, and the words to choose from."""
    for kind in kinds:
        yield from getattr(kind, "_fields", None) or [field.name for field in dataclass_fields(kind)]
    for field in table.values():
        yield from (field.label, field.purpose)
    yield from words


def told_in(catalogue: Any) -> Iterator[str]:
    """Every sentence of a catalogue, with its code."""
    for group in catalogue.values():
        for code, sentence in group.items():
            yield from (code, sentence)


def written_in(source: str) -> Iterator[str]:
    """The Chinese texts of a program; docstrings and comments are not shown to anybody."""
    tree = ast.parse(source)
    unshown = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in unshown else None
        if isinstance(text, str) and not text.isascii():
            yield text


def of_pack(value: Any, name: str = "") -> Iterator[str]:
    """The names and words of a pack's values that are ours, not the document's."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from of_pack(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from of_pack(inner, name)
    elif isinstance(value, str) and name not in _QUOTED:
        yield value


def word_lists() -> Iterator[str]:
    """What an entry of a file may say where it has a choice."""
    for name, words in vars(entries).items():
        if name.isupper() and isinstance(words, tuple):
            yield from words


def every(town: Town) -> dict[str, set[str]]:
    """By where it stands, everything that has a name."""
    routes = [
        route
        for service in (town.registry.application, town.line.application)
        for table in (service._commands, service._queries)
        for route in table.values()
    ]
    tables = [services.registry.storage.tables.METADATA, services.feedback.storage.tables.METADATA]
    samples = [json.loads(path.read_text()) for path in (ROOT / "tests/golden").rglob("*.json")]
    released = [*registry_events.RELEASED, *feedback_events.RELEASED]
    programs = [path for room in ("kernel", "services", "apps") for path in (ROOT / room).rglob("*.py")]
    packs = Packs.load(ROOT / "policies")
    told = [describe(pack) for name in packs.ids() if (pack := packs.get(name))]
    return {
        "arguments": set(arguments([*(route.schema for route in routes), ImportedLetter(), ImportedPerson()])),
        "columns": set(columns([*tables, keyring.METADATA])),
        "events": {*released, *(name for sample in samples for name in keys(_with_no_rules(sample)))},
        "answers": set(answers(town)),
        "files": set(of_file([File, *LISTS.values()], FIELDS, word_lists())),
        "messages": set(told_in(messages())),
        "programs": {text for path in programs for text in written_in(path.read_text("utf-8"))},
        "pack fields": {*arguments([PackSchema()]), *CONDITIONS},
        "packs": {text for one in told for text in of_pack(one["sections"])},
    }


def _with_no_rules(document: Any) -> Any:
    """An event or answer without the pack that it holds, whose names are looked through as a pack's."""
    if isinstance(document, dict):
        return {name: _with_no_rules(inner) for name, inner in document.items() if name not in _RULES}
    return [_with_no_rules(inner) for inner in document] if isinstance(document, list) else document


def answers(town: Town) -> Iterator[str]:
    """The names in what both services answered while the town came to be, and answer to every question."""
    for known in town.known.values():
        yield from keys(known.answers)
        targets = Targets(town, known.institution)
        for service, table in ACCESS.items():
            for method, roles in table.items():
                if method in town.at(service).application.queries or method in _OPENED:
                    target = targets.make(method, "ticket" if method in _OF_TICKETS else "person")
                    actor = _who(sorted(roles), method, target)
                    told = town.ask(service, actor, method, targets.words(service, method, target) or {})
                    yield from keys(_with_no_rules(json.loads(told.text)) if told.kind == "answered" else {})


def _who(roles: list[Role], method: str, target: Target) -> Actor:
    role = Role.OPERATOR if Role.OPERATOR in roles or not roles else roles[0]
    everywhere = method == "read_log"
    subject = target.login if role is Role.SUBMITTER else "somebody"
    return Actor(subject, role, EVERYWHERE if everywhere else target.institution, target.unit)
