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
    assert cli("policy", "check").out == "政策包全部通过检查。\n"
    assert cli("policy", "check", "datong", "mianyang", "--json").json == {"ok": True, "faults": []}
    assert not home.exists()


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
    for row in [answer["hours"], *answer["clocks"], *answer["channels"], *answer["units"]]:
        assert f"依据：{row['clause'] or row['reason']}" in shown.replace("本地设定，", "")
