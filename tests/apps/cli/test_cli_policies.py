"""`policy check` and `policy show`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.apps.cli.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PACKS = ["chifeng", "datong", "hunan-first-normal", "mianyang", "shanghai-dianji"]


@pytest.fixture
def packs(tmp_path, monkeypatch) -> Path:
    """A copy of the packs that may be spoilt."""
    folder = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", folder)
    monkeypatch.setenv("ZHITONGCHE_POLICIES", str(folder))
    return folder


def test_the_packs_that_ship_pass(cli, home):
    assert cli("policy", "check").out.endswith("\n政策包全部通过检查。\n")
    answer = cli("policy", "check", "datong", "mianyang", "--json").json
    assert (answer["ok"], answer["faults"]) == (True, [])
    assert [(pack["id"], pack["clauses"], pack["operative"]) for pack in answer["packs"]] == [
        ("datong", 76, 72),
        ("mianyang", 37, 30),
    ]
    assert not home.exists()


def test_a_check_lists_the_22_indicators_of_datong_with_39_items_and_their_parties(cli):
    (pack,) = cli("policy", "check", "datong", "--json").json["packs"]
    assert (len(pack["indicators"]), pack["items"]) == (22, 39)
    assert pack["indicators"][17] == {
        "number": 18,
        "responsible": ["党委组织部", "党委统战部"],
        "items": [],
    }
    shown = cli("policy", "check", "datong").out
    assert "  创建指标 22 项，具体要求 39 条\n" in shown
    assert "   6  具体要求 1 条  责任单位：各民主党派、各基层党委\n" in shown


@pytest.mark.parametrize("pack", PACKS)
def test_the_clauses_of_a_pack_are_shown_word_for_word_with_what_is_made_of_each(cli, pack):
    answer = cli("policy", "clauses", pack, "--json").json
    shown = cli("policy", "clauses", pack).out
    for row in answer["clauses"]:
        assert row["id"] in shown
        assert row["quote"] in shown
        assert bool(row["used_by"]) or row["treatment"] in {"declined", "background"}
        assert row["treatment"] != "declined" or row["used_by"] == []
        for words in (row["declined"], row["kept"], row["reason"]):
            assert words is None or words in shown
    assert cli("policy", "clauses", "nowhere").refusal == "usage"


def test_the_schema_for_editors_is_one_json_document(cli):
    assert cli("policy", "schema").json == cli("policy", "schema", "--json").json
    assert "clauses" in cli("policy", "schema").json["properties"]


def test_a_value_without_source_is_named_with_file_and_line(cli, packs):
    file = packs / "datong" / "pack.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if "clause:" in line)
    lines[at] = lines[at].replace("clause:", "claws:")
    file.write_text("\n".join(lines), encoding="utf-8")
    said = cli("policy", "check")
    assert said.code == 1
    assert f"{file}:" in said.out
    answer = cli("policy", "check", "datong", "--json")
    assert answer.code == 1
    assert not answer.json["ok"]
    assert all(set(row) == {"file", "line", "where", "code", "message"} for row in answer.json["faults"])
    assert cli("policy", "check", "mianyang").code == 0
    assert cli("units").refusal == "policy_pack"


@pytest.mark.parametrize("pack", PACKS)
def test_a_shown_pack_gives_every_value_and_what_it_rests_on(cli, pack):
    answer = cli("policy", "show", pack, "--json").json
    assert answer["id"] == pack
    shown = cli("policy", "show", pack).out
    assert answer["name"] in shown
    for row in [*answer["channels"], *answer["units"]]:
        assert f"{row['id']}  {row['name']}" in shown
    for section in answer["sections"]:
        assert section["title"] in shown
        assert all(f"{row['id']}  {row['name']}" in shown for row in section["values"])
    for row in [answer["hours"], *answer["clocks"], *answer["channels"], *answer["units"]]:
        assert f"依据：{row['clause'] or row['reason']}" in shown.replace("本地设定，", "")
