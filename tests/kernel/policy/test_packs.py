"""The five packs that ship, and what every pack promises."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from kernel.policy import Packs, check, describe
from kernel.worktime import CalendarYear, OfficeHours, WorkCalendar

POLICIES = Path(__file__).parents[3] / "policies"
INSTITUTIONS = {
    "chifeng": ("赤峰工业职业技术学院", "CF"),
    "datong": ("山西大同大学", "DT"),
    "hunan-first-normal": ("湖南第一师范学院", "YS"),
    "mianyang": ("绵阳职业技术学院", "MY"),
    "shanghai-dianji": ("上海电机学院", "SD"),
}
PACKS = Packs.load(POLICIES)


@pytest.fixture
def own_packs(tmp_path):
    """A copy of the shipped packs that a test may change."""
    return Path(shutil.copytree(POLICIES, tmp_path / "policies"))


def test_the_five_institutions_are_there_under_their_names():
    assert check(POLICIES) == []
    assert {i: (PACKS.get(i).name, PACKS.get(i).document) for i in PACKS.ids()} == INSTITUTIONS
    assert PACKS.ids() == tuple(INSTITUTIONS)
    assert PACKS.get("nowhere") is None


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_each_pack_has_the_three_mailboxes_the_three_units_and_one_machine_queue(institution):
    pack = PACKS.get(institution)
    assert {i: channel.name for i, channel in pack.channels.items()} == {
        "secretary_mailbox": "书记信箱",
        "president_mailbox": "校长信箱",
        "office_mailbox": "统战部信箱",
    }
    assert {"academic-affairs", "logistics", "library"} <= set(pack.units)
    assert [unit.id for unit in pack.units.values() if unit.machine_queue] == ["logistics"]
    assert pack.hours == OfficeHours()
    assert pack.closed_days == ()


@pytest.mark.clause("DT-15.1")
def test_the_three_mailboxes_are_a_rule_of_datong_and_local_everywhere_else():
    for institution in INSTITUTIONS:
        cited = {channel.cites.clause for channel in PACKS.get(institution).channels.values()}
        assert cited == ({"DT-15.1"} if institution == "datong" else {None})


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_no_limit_in_working_days_is_shown_as_a_rule_of_a_document(institution):
    reply = PACKS.get(institution).clocks["reply"]
    assert reply.working_days == 10
    assert (reply.local, reply.clause) == (True, None)
    assert reply.reason


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_every_value_cites_its_own_document_or_says_why_it_is_local(institution):
    told = describe(PACKS.get(institution))
    for value in [told["hours"], *told["channels"], *told["units"], *told["clocks"]]:
        assert value["local"] == (value["clause"] is None) == bool(value["reason"])
        assert value["local"] or value["clause"].startswith(INSTITUTIONS[institution][1] + "-")
    assert json.loads(json.dumps(told)) == told


def test_a_pack_says_what_it_is():
    told = describe(PACKS.get("datong"))
    assert told["hours"]["spans"] == ["08:30-12:00", "14:00-17:30"]
    assert told["hours"]["minutes"] == 420
    assert told["units"][0] == {
        "id": "party-office",
        "name": "党委办公室",
        "kind": "party_department",
        "machine_queue": False,
        "clause": "DT-1",
        "local": False,
        "reason": "",
    }


def test_the_version_follows_the_content_and_not_the_way_it_is_written(own_packs):
    file = own_packs / "datong" / "pack.yaml"
    before = PACKS.get("datong").version
    assert re.fullmatch(r"[0-9a-f]{12}", before)
    # When only a comment changes, then the version stays
    file.write_text("# 说明\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert Packs.load(own_packs).get("datong").version == before
    # When a value changes, then the version does
    file.write_text(
        file.read_text(encoding="utf-8").replace("working_days: 10", "working_days: 11"), encoding="utf-8"
    )
    assert Packs.load(own_packs).get("datong").version != before


def test_versions_of_different_institutions_differ():
    assert len({PACKS.get(institution).version for institution in PACKS.ids()}) == len(INSTITUTIONS)


def test_a_closed_day_is_dated_reasoned_and_felt_by_the_clock(own_packs):
    # Given a school that closes on a working Thursday
    file = own_packs / "mianyang" / "pack.yaml"
    closed = "closed_days:\n  - date: 2026-03-05\n    local: true\n    reason: 合成：校庆\n"
    file.write_text(file.read_text(encoding="utf-8").replace("closed_days: []\n", closed), encoding="utf-8")
    pack = Packs.load(own_packs).get("mianyang")
    # Then
    assert pack.closed_days == (date(2026, 3, 5),)
    assert describe(pack)["closed_days"] == [{"date": "2026-03-05", "local": True, "reason": "合成：校庆"}]
    assert not pack.work_clock(WorkCalendar.standard()).calendar.is_working_day(date(2026, 3, 5))
    assert PACKS.get("mianyang").work_clock(WorkCalendar.standard()).calendar is WorkCalendar.standard()


def test_a_work_clock_is_made_once_per_pack_and_calendar():
    pack, standard = PACKS.get("chifeng"), WorkCalendar.standard()
    imported = standard.with_year(CalendarYear(2027, "合成数据"))
    assert pack.work_clock(standard) is pack.work_clock(standard)
    assert pack.work_clock(imported) is not pack.work_clock(standard)
    assert pack.work_clock(imported).calendar.is_published(2027)


def test_what_a_pack_holds_cannot_be_changed():
    pack = PACKS.get("datong")
    with pytest.raises(TypeError):
        pack.units["library"] = None
    with pytest.raises(AttributeError):
        pack.name = "另一所学校"
    assert hash(pack) == hash(Packs.load(POLICIES).get("datong"))


def test_the_values_of_a_pack_need_neither_yaml_nor_marshmallow():
    # Domain code imports them, and must not pull in what reads files.
    program = (
        "import sys\n"
        "from kernel.policy.pack import Pack\n"
        "import kernel.worktime\n"
        "print(sorted({'yaml', 'marshmallow', 'orjson'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
