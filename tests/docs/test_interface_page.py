"""docs/interface.md says what the code does, from arguments and roles to events and commands."""

from __future__ import annotations

import ast
import re

import pytest
import typer

from apps.cli.workbooks import refusals as workbook_refusals
from kernel import refusals
from kernel.identity.actor import Role
from kernel.keys.keyring import SEALED
from kernel.settings import Settings
from services.feedback.access import ACCESS
from services.feedback.domain.ticket.lifecycle import LIFECYCLE
from services.feedback.domain.ticket.stages import STAGES
from services.feedback.domain.ticket.states import State
from services.feedback.schemas.ticket import ImportedLetter
from tests.docs.arguments import of_schema, roles, written
from tests.docs.pages import ROOT, read, section, tables, ticked

PAGE = read("docs/interface.md")
COMMANDS = {row[0].strip("`"): row[1:] for row in tables(section(PAGE, "Commands"))[0]}
QUERIES = {row[0].strip("`"): row[1:] for row in tables(section(PAGE, "Queries"))[0]}
EVENTS = {row[0].strip("`"): row[1:] for row in tables(section(PAGE, "Events"))[0]}
EVERY_COMMAND, ON_A_TICKET = {"command_id": True}, {"ticket_id": True, "expected_version": False}
A = {"ticket_id", "version", "state", "round", "due", "event_hash"}


def is_sealed(value) -> bool:
    return isinstance(value, dict) and SEALED in value


@pytest.mark.parametrize("method", sorted(ACCESS))
def test_every_method_stands_there_with_its_arguments(line, method):
    application = line.application
    if method in application.commands:
        expected = of_schema(application._commands[method].schema)
        general = EVERY_COMMAND | (ON_A_TICKET if "ticket_id" in expected else {})
        assert {name: expected.pop(name)[0] for name in general} == general
        assert written(COMMANDS[method][0]) == expected
    else:
        assert written(QUERIES[method][0]) == of_schema(application._queries[method].schema)


def test_no_method_stands_there_that_is_not_built(line):
    assert set(COMMANDS) == line.application.commands
    assert set(QUERIES) == line.application.queries


@pytest.mark.parametrize("method", sorted(ACCESS))
def test_every_method_names_its_roles(method):
    row = COMMANDS.get(method) or QUERIES[method]
    assert roles(row[-1].partition(", institution `*`")[0]) == ACCESS[method]


@pytest.mark.parametrize("method", sorted({step.command for step in LIFECYCLE}))
def test_every_step_of_a_command_stands_there(method):
    before, _, after = COMMANDS[method][1].partition(";")[0].partition(" → ")
    steps = {(str(step.state or "–"), str(step.to)) for step in LIFECYCLE if step.command == method}
    if before == "assigned, unchanged":
        assert steps == {("assigned", "assigned")}
        return
    words = set(re.findall(r"[a-z]+|–", before))
    assert {state for state, _ in steps} - {"submitted" if "import" in method else ""} <= words
    assert {to for _, to in steps} <= set(re.findall(r"[a-z]+", after))
    assert words <= {state for state, _ in steps}


@pytest.mark.parametrize("method", sorted(ACCESS))
def test_every_answer_has_the_names_that_the_page_gives(answers, method):
    cell = (COMMANDS.get(method) or QUERIES[method])[-2]
    named = set(re.findall(r'"(\w+)"', cell)) | set(ticked(cell))
    answer = answers[method]
    if cell == "the ticket":
        named = top_level(ticket_shape())
    elif cell.startswith("as [`latency`]"):
        named = set(re.findall(r'"(\w+)"', section(PAGE, "latency")))
    elif cell.startswith("A"):
        assert set(answer) == A | (named - {"A"})
        return
    assert set(answer) <= named
    for item in answer.get("items", ()):
        assert method == "list_tickets" or set(item) <= named


def ticket_shape() -> str:
    (shape,) = re.findall(r"^\*\*A ticket:\*\* `(.+)`\.$", PAGE, re.MULTILINE)
    return shape


def top_level(shape: str) -> set[str]:
    """The names at the first level of a shape."""
    depth, flat = 0, ""
    for character in shape:
        depth += character in "{["
        flat += character if depth == 1 else ""
        depth -= character in "}]"
    return set(re.findall(r'"(\w+)"', flat))


def test_a_ticket_has_every_name_of_its_shape(answers):
    assert set(answers["get_ticket"]) == top_level(ticket_shape())


def test_an_item_of_a_list_lacks_what_the_page_says_and_nothing_else(answers):
    (said,) = re.findall(r"An item of `list_tickets` is a ticket without (.+?)\. ", " ".join(PAGE.split()))
    (item, *_) = answers["list_tickets"]["items"]
    assert set(item) == top_level(ticket_shape()) - set(ticked(said))


def test_a_row_of_an_import_stands_there_with_its_arguments():
    (said,) = re.findall(r"A row of `import_letters`: (.+?);", PAGE, re.DOTALL)
    assert written(said) == of_schema(ImportedLetter())


def test_every_refusal_stands_there_and_no_other():
    codes = {kind.code for kind in refusals.Refusal.__subclasses__() if kind.__module__ == "kernel.refusals"}
    assert {row[0].strip("`") for row in tables(section(PAGE, "Refusals"))[0]} == codes


def test_every_refusal_of_a_workbook_stands_there():
    codes = {kind.code for kind in vars(workbook_refusals).values() if isinstance(kind, type)} - {"refusal"}
    assert codes <= set(re.findall(r"\w+", section(PAGE, "import letters")))


def test_every_event_stands_there_and_no_other(data_of):
    names = {name for step in LIFECYCLE for name in step.events} | {"calendar_imported"}
    assert set(EVENTS) == names
    assert set(data_of) == names


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_the_data_of_every_event_are_what_the_page_says(data_of, name):
    always = {"ticket_id", "round", "institution", "channel", "lead", "assisting", "actor_unit"}
    clear, sealed = (set(ticked(cell)) for cell in EVENTS[name])
    seen = {field: value for data in data_of[name] for field, value in data.items()}
    assert {field for field, value in seen.items() if is_sealed(value)} == sealed
    assert {field for field, value in seen.items() if not is_sealed(value)} - always <= clear


def test_stages_in_an_event_have_the_fields_that_the_page_gives(data_of):
    (said,) = re.findall(r"`stages` = \[\{(.+?)\}\]", PAGE)
    assert set(data_of["ticket_closed"][0]["stages"][0]) == set(ticked(said))


def test_an_event_has_the_attributes_that_the_page_names(answers):
    page = section(PAGE, "Events")
    attributes = {name for event in answers["read_log"]["events"] for name in event}
    assert {name for name in attributes if f"`{name}`" not in page} == set()


def test_every_state_stage_and_role_stands_there():
    for name in [*State, *Role, *(stage.name for stage in STAGES)]:
        assert re.search(rf"\b{name}\b", PAGE), name


def test_every_setting_stands_there_and_no_other():
    asked = set()

    class Recording(dict[str, str]):
        def get(self, key, default=None):
            asked.add(key)
            return default

    Settings.from_environment(Recording())
    assert {row[0].strip("`") for row in tables(section(PAGE, "Settings"))[0]} == asked


def cli_commands() -> dict[str, set[str]]:
    """Every command of the command line with its options."""
    from apps.cli import commands, main

    assert commands.__all__
    found: dict[str, set[str]] = {}

    def walk(command, words):
        if hasattr(command, "commands"):
            for name, child in command.commands.items():
                walk(child, [*words, name])
            return
        options = {option for p in command.params for option in p.opts if option.startswith("--")}
        found[" ".join(words)] = options - {"--help"}

    walk(typer.main.get_command(main.app), [])
    return found


def test_every_command_stands_there_with_its_options_and_no_other():
    rows = {}
    for cell, options, _ in tables(section(PAGE, "Command line"))[0]:
        words = re.match(r"[a-z -]+[a-z]", cell.strip("`"))[0]
        rows[words] = set(re.findall(r"--[a-z-]+", options))
    assert rows == cli_commands()


def test_every_code_of_the_command_line_stands_there_and_no_other():
    codes = set()
    for name in ("faults", "main"):
        tree = ast.parse((ROOT / "apps" / "cli" / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            told = node.value.elts if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) else []
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "OUTPUT.failed":
                told = node.args
            codes |= {part.value for part in told[:1] if isinstance(part, ast.Constant)}
    assert {row[0].strip("`") for row in tables(section(PAGE, "Command line"))[1]} == codes


def test_every_kind_of_fault_that_verification_names_stands_there():
    tree = ast.parse((ROOT / "kernel" / "log" / "diagnosis.py").read_text(encoding="utf-8"))
    called = [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault"
        if isinstance(node.args[0], ast.Constant)
    ]
    (said,) = re.findall(r"kinds `([a-z_ ]+)`", PAGE)
    assert set(called) <= set(said.split())
    kinds = {
        row[0].strip("`")
        for row in tables(section(read("docs/operating.md"), "When verification finds a fault"))[0]
    }
    assert kinds == set(said.split())


def test_what_is_not_built_is_not_built(line):
    later = set(re.findall(r"\b[a-z]+_[a-z_]+\b", section(PAGE, "Not built yet")))
    assert later
    assert later & (line.application.commands | line.application.queries) == set()
