"""Every refusal has its Chinese sentence, every sentence its refusal, and every code that is used exists."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest

import apps
import kernel
import services
from kernel import refusals
from kernel.refusals import InvalidInput, Refusal, StaleVersion, messages, sentence
from kernel.worktime import year as calendar_year

_ROOT = Path(__file__).parents[2]
_CORE = (
    "not_authenticated not_allowed not_found invalid_input too_large malformed_message wrong_state"
    " stale_version command_reused lease_held lease_lost not_eligible not_offered erased damaged"
    " deadline_passed unavailable internal_error"
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _load_everything():
    for package in (kernel, services, apps):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in found.name and not found.name.endswith("__main__"):
                importlib.import_module(found.name)


def _calls():
    """Every call in the source, with its place."""
    for package in ("kernel", "services", "apps"):
        for path in (_ROOT / package).rglob("*.py"):
            if "policy" in path.parts:
                continue  # a pack speaks to whoever keeps it, in sentences of its own
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield f"{path.relative_to(_ROOT)}:{node.lineno}", node


def _codes_used():
    """Codes given to `InvalidInput.of`, `ValidationError` and `error=`, with their places."""
    for place, node in _calls():
        name = ast.unparse(node.func)
        values = [keyword.value for keyword in node.keywords if keyword.arg == "error"]
        if name.endswith("InvalidInput.of"):
            values = [keyword.value for keyword in node.keywords if keyword.arg]
        elif name.endswith("ValidationError"):
            values = node.args[:1]
        for value in values:
            for constant in ast.walk(value):
                if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                    yield place, constant.value


def test_every_refusal_has_a_sentence_and_every_sentence_a_refusal():
    _load_everything()
    assert set(Refusal.registry) == set(messages()["refusals"])


def test_the_codes_of_the_core_are_those_of_the_interface():
    core = {code for code, kind in Refusal.registry.items() if kind.__module__ == refusals.__name__}
    assert core == set(_CORE.split())


def test_a_code_is_the_snake_case_of_its_class_and_says_when_it_is_used():
    for code, kind in Refusal.registry.items():
        assert "".join(word.title() for word in code.split("_")) == kind.__name__
        assert kind.__doc__


@pytest.mark.slow
def test_every_field_code_that_the_source_uses_has_a_sentence():
    used = list(_codes_used())
    assert len(used) > 20
    assert not [place for place, code in used if code not in messages()["fields"]]


def test_every_fault_of_an_imported_calendar_year_has_a_sentence():
    source = Path(calendar_year.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'CalendarFault\([^,]+, "([a-z_]+)"\)', source))
    assert len(codes) > 6
    assert codes <= set(messages()["fields"])


@pytest.mark.parametrize("group", sorted(messages()))
def test_every_sentence_is_chinese_and_ends_as_one(group):
    for code, words in messages()[group].items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", code), code
        assert _CHINESE.search(words), code
        assert words.endswith("。"), code


def test_a_refusal_travels_as_one_json_object():
    refusal = StaleVersion({"version": 7}, clause="DT-15")
    told = {"code": "stale_version", "message": refusal.message, "clause": "DT-15", "details": {"version": 7}}
    assert json.loads(str(refusal)) == json.loads(refusal.to_json()) == refusal.to_dict() == told


def test_without_clause_and_details_they_are_null_and_empty():
    assert (refusals.NotFound().to_dict()["clause"], refusals.NotFound().to_dict()["details"]) == (None, {})


def test_several_fields_are_refused_in_one_breath():
    refusal = InvalidInput.of(lead="unknown_unit", channel="unknown_channel")
    assert refusal.details == {"fields": {"lead": "没有这个承办部门。", "channel": "没有这个信箱。"}}


def test_a_code_without_a_sentence_is_an_error_of_ours():
    with pytest.raises(KeyError):
        sentence("fields", "no_such_code")
