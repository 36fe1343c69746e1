"""docs/registry.md says what the registry does: methods, arguments, roles, events."""

from __future__ import annotations

import re

import pytest

from kernel.settings import Settings
from services.registry.access import ACCESS
from services.registry.application import build
from services.registry.domain.person.file import LISTS, File
from services.registry.projections.rebuild import RELEASED
from tests.docs.arguments import of_schema, roles, written
from tests.docs.pages import ROOT, read, section, tables, ticked

PAGE = read("docs/registry.md")
(_COMMANDS,) = tables(section(PAGE, "Commands"))
(_QUERIES,) = tables(section(PAGE, "Queries"))
ROWS = {row[0].strip("`"): row[1:] for row in (*_COMMANDS, *_QUERIES)}
QUERIES = {row[0].strip("`") for row in _QUERIES}
ON_A_PERSON = {"person_id", "expected_version"}


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    home = tmp_path_factory.mktemp("registry")
    settings = Settings.from_environment(
        {"ZHITONGCHE_HOME": str(home), "ZHITONGCHE_POLICIES": str(ROOT / "policies")}
    )
    built = build(settings)
    yield built
    built.close()


@pytest.mark.parametrize("method", sorted(ACCESS))
def test_every_method_stands_there_with_its_arguments(application, method):
    route = application._commands.get(method) or application._queries[method]
    expected = of_schema(route.schema)
    if method not in QUERIES:
        assert expected.pop("command_id")[0]
        if expected.keys() >= ON_A_PERSON:
            assert [expected.pop(name)[0] for name in ("person_id", "expected_version")] == [True, False]
    assert set(written(ROWS[method][0])) >= set(expected)
    assert {name: written(ROWS[method][0])[name] for name in expected} == expected


def test_no_method_stands_there_that_is_not_built(application):
    assert set(ROWS) == application.commands | application.queries
    recorded = {method for method, route in application._commands.items() if route.reads}
    assert application.commands - recorded == set(ROWS) - QUERIES


@pytest.mark.parametrize("method", sorted(ACCESS))
def test_every_method_names_its_roles(method):
    cell = ROWS[method][-1].partition(", institution `*`")[0].replace(" (own)", "")
    assert roles(cell) == ACCESS[method]


def test_every_event_stands_there_and_no_other():
    assert set(re.findall(r"\b[a-z]+_[a-z_]+\b", section(PAGE, "Events").split("portfolio.")[1])) == set(
        RELEASED
    )


def test_every_field_and_entry_of_a_file_stands_there_and_no_other():
    told = section(PAGE, "A person's file")
    (singles,) = re.findall(r"Single fields: `([a-z_ \n]+)`", told)
    assert set(singles.split()) == set(File.__dataclass_fields__) - LISTS.keys()
    (rows,) = tables(told)
    for names, entry in rows:
        for name in ticked(names):
            words = set(re.findall(r"[a-z_]+", " ".join(ticked(entry))))
            assert set(LISTS[name]._fields) - {"id"} <= words, name
    assert {name for names, _ in rows for name in ticked(names)} == set(LISTS)
