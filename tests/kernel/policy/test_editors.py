"""The schema for editors knows what the packs say, and forbids what the check refuses."""

from __future__ import annotations

import re

import pytest

from kernel.policy import editor_schema
from kernel.policy.files import read_files
from kernel.policy.pack import FORCES, TREATMENTS
from kernel.policy.schema import SECTIONS, PackSchema
from kernel.policy.titles import TITLES
from tests.kernel.policy.test_packs import INSTITUTIONS, POLICIES

SCHEMA = editor_schema()


def faults(schema, value, path=""):
    """What an editor would underline: the few words of JSON Schema that ours uses."""
    kind = schema.get("type")
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    if kind and not isinstance(value, kinds[kind]):
        yield f"{path}: no {kind}"
    elif kind == "object":
        yield from (f"{path}.{name} missing" for name in schema.get("required", ()) if name not in value)
        for name, inner in value.items():
            more = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            yield from faults(schema.get("propertyNames", {}), name, f"{path}.{name}")
            yield from faults(more, inner, f"{path}.{name}") if more else [f"{path}.{name} unknown"]
        bases = schema.get("oneOf", ())
        if bases and sum(all(name in value for name in basis["required"]) for basis in bases) != 1:
            yield f"{path}: no basis"
    elif kind == "array":
        for index, inner in enumerate(value):
            yield from faults(schema["items"], inner, f"{path}.{index}")
    elif value not in schema.get("enum", [value]) or not re.search(schema.get("pattern", ""), str(value)):
        yield f"{path}: {value}"


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_every_file_of_a_shipped_pack_follows_it(institution):
    assert list(faults(SCHEMA, read_files(POLICIES / institution).content)) == []


@pytest.mark.parametrize(
    "content",
    [
        {"colour": "red"},
        {"clauses": {"DT-1": {"quote": "合成", "force": "should", "treatment": "rule"}}},
        {"clauses": {"一": {"quote": "合成", "force": "must", "treatment": "rule"}}},
        {"talent_pools": {"all": {"name": "合成"}}},
        {"talent_pools": {"all": {"name": "合成", "clause": "DT-1", "local": True, "reason": "合成"}}},
        {"clocks": {"reply": {"working_days": "10", "local": True, "reason": "合成"}}},
    ],
)
def test_what_the_check_refuses_is_underlined(content):
    assert list(faults(SCHEMA, content))


def test_it_has_every_part_of_a_pack_and_every_section_its_title():
    assert set(SCHEMA["properties"]) == set(PackSchema().fields)
    assert tuple(TITLES) == SECTIONS
    clause = SCHEMA["properties"]["clauses"]["additionalProperties"]["properties"]
    assert clause["force"]["enum"] == list(FORCES)
    assert clause["treatment"]["enum"] == list(TREATMENTS)
