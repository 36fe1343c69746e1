"""`policy history` and `policy diff`: which rules were decided by, and what changed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.apps.cli.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

DATED = """
  - effective_from: 2026-03-01
    summary: （合成）答复时限改为七个工作日
    local: true
    reason: （合成）

hours:"""


@pytest.fixture
def change(home, tmp_path, monkeypatch) -> Callable[..., None]:
    """Change the pack of Datong, which together with one other is all there is."""
    folder = tmp_path / "policies"
    for name in ("chifeng", "datong"):
        shutil.copytree(ROOT / "policies" / name, folder / name)
    monkeypatch.setenv("ZHITONGCHE_POLICIES", str(folder))

    def write(old: str, new: str) -> None:
        pack = folder / "datong" / "pack.yaml"
        text = pack.read_text()
        assert text.count(old) == 1
        pack.write_text(text.replace(old, new))

    return write


def versions(cli, *words):
    return [row["version"] for row in cli("policy", "history", *words, "--json").json["items"]]


def test_a_history_lists_each_version_with_its_day_and_a_diff_says_in_chinese_what_changed(cli, change):
    (first,) = versions(cli, "datong")
    change("working_days: 10", "working_days: 7")
    change("\nhours:", DATED)
    second, _ = versions(cli, "datong")
    shown = cli("policy", "history").out
    assert shown.index("chifeng\n") < shown.index("datong\n") < shown.index(second) < shown.index(first)
    assert f"  {second}  自 2026-03-01 起生效  （合成）答复时限改为七个工作日  （" in shown
    assert f"\n      较 {first} 改动 2 处\n" in shown
    told = cli("policy", "diff", "datong").out
    assert "\n  新增：版本 2026-03-01：（合成）答复时限改为七个工作日（本地设定，（合成））\n" in told
    assert "\n  时限 reply，工作日：10 → 7（本地设定，" in told
    assert told.endswith("\n共 2 处改动。\n")
    assert versions(cli, "datong", "--as-of", "2026-02-28") == [first]
    assert cli("policy", "history", "datong", "--as-of", "1999-01-01").out == "没有采用过的版本。\n"


def test_a_change_without_a_date_says_so(cli, change):
    (first,) = versions(cli, "datong")
    change("working_days: 10", "working_days: 7")
    assert "  未写新的版本日期，以载入之日为准  （" in cli("policy", "history", "datong").out
    second, _ = versions(cli, "datong")
    back = cli("policy", "diff", "datong", "--from", second, "--to", first, "--json").json
    assert [(row["old"], row["new"]) for row in back["changes"]] == [(7, 10)]


def test_the_first_version_differs_from_nothing(cli, change):
    assert change
    assert "（此前没有采用过的版本）" in cli("policy", "diff", "chifeng").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("history", "nowhere"), "not_found"),
        (("history", "NO"), "invalid_input"),
        (("history", "--as-of", "2026-02-30"), "invalid_input"),
        (("diff", "nowhere"), "not_found"),
        (("diff", "datong", "--from", "x"), "invalid_input"),
        (("diff", "datong", "--to", "000000000000"), "not_found"),
        (("diff",), "usage"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(cli, words, code):
    assert cli("policy", *words).refusal == code
