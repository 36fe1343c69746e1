"""A fault planted in a copy of a real pack is told with its code, file and line, and nothing else is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kernel.policy import PackFault, Packs, check
from kernel.refusals import messages
from tests.kernel.policy.planted import PLANTED as IN_PARTS
from tests.kernel.policy.planted_together import TOGETHER
from tests.kernel.policy.test_pack_faults import BAD

PLANTED = IN_PARTS | TOGETHER
POLICIES = Path(__file__).parents[3] / "policies"


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_told_with_its_code_file_and_line(tmp_path, planted):
    # Given a real pack, changed in one place
    pack, name, old, new, told, where, code = planted
    packs = Path(shutil.copytree(POLICIES / pack, tmp_path / pack))
    file = packs / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    # When
    faults = check(packs)
    # Then that fault is told, and no other
    other, _, marker = told.rpartition("yaml:")
    place = packs / (f"{other}yaml" if other else name)
    assert [(f.file, f.line, f.where, f.code) for f in faults] == [
        (str(place), line_of(place, marker), where, code)
    ]
    assert faults[0].message == (messages()["packs"].get(code) or messages()["fields"][code])
    # And no institution runs under it
    with pytest.raises(PackFault):
        Packs.load(packs)


def line_of(file: Path, marker: str) -> int:
    """The line on which the first such text ends."""
    text = file.read_text(encoding="utf-8")
    end = text.index(marker) + len(marker.rstrip("\n"))
    return text.count("\n", 0, end) + 1


def test_every_fault_of_a_pack_has_a_sentence_and_every_sentence_a_planted_fault():
    told = {code for *_, code in [*BAD, *PLANTED.values()]}
    told |= {"unreadable", "no_packs", "not_utf8", "too_large"}
    assert set(messages()["packs"]) <= told
    assert told - set(messages()["packs"]) <= set(messages()["fields"])
