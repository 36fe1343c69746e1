"""A pack that is not right is refused with file, line, code and a Chinese sentence."""

from __future__ import annotations

from hashlib import sha256

import pytest

from kernel.policy import PackFault, Packs, check

# A synthetic institution; the lines are counted in the tests.
GOOD = """\
id: testing
name: 合成学院
document: DT
hours:
  spans: ["08:30-12:00", "14:00-17:30"]
  local: true
  reason: 合成
closed_days:
  - {date: 2026-03-05, local: true, reason: 合成}
channels:
  office_mailbox:
    name: 统战部信箱
    clause: DT-15.1
units:
  library:
    name: 图书馆
    kind: affiliated
    local: true
    reason: 合成
  logistics:
    name: 后勤处
    kind: department
    machine_queue: true
    local: true
    reason: 合成
clocks:
  reply:
    working_days: 10
    local: true
    reason: 合成
"""

SOURCE = "保证书记信箱、校长信箱、统战部信箱等交流渠道畅通。"
# What stands in another file of the same pack.
REST = f"""\
source:
  file: source.txt
  sha256: {sha256(SOURCE.encode()).hexdigest()}
  title: 合成文件
  quotes: [交流渠道]
versions:
  - {{effective_from: 2026-01-01, summary: 合成, local: true, reason: 合成}}
clauses:
  DT-15.1: {{quote: {SOURCE}, force: must, treatment: rule}}
feedback_duties:
  mailboxes: {{name: 信箱, clause: DT-15.1}}
"""

BAD = [
    # what is changed, into what, line, where, code
    ("document: DT\n", "document: DT\ncolour: red\n", 4, "colour", "unknown"),
    ("    kind: affiliated\n", "    kind: affiliated\n    head: 某人\n", 18, "units.library.head", "unknown"),
    ("  reply:", "  accept:", 26, "clocks", "no_reply_clock"),
    (GOOD[GOOD.index("clocks:") :], "", 1, "clocks", "required"),
    (GOOD[GOOD.index("clocks:") :], "clocks: {}\n", 26, "clocks", "empty"),
    ("    clause: DT-15.1\n", "", 11, "channels.office_mailbox", "uncited"),
    ("  local: true\n  reason: 合成\nclosed", "closed", 4, "hours", "uncited"),
    ("    clause: DT-15.1\n", "    local: false\n", 13, "channels.office_mailbox.local", "uncited"),
    ("    clause: DT-15.1\n", "    local: true\n", 13, "channels.office_mailbox.local", "reason_missing"),
    (
        "clause: DT-15.1\n",
        "clause: DT-15.1\n    local: true\n    reason: 合成\n",
        14,
        "channels.office_mailbox.local",
        "cited_twice",
    ),
    (
        "clause: DT-15.1\n",
        "clause: DT-15.1\n    reason: 合成\n",
        14,
        "channels.office_mailbox.reason",
        "reason_unneeded",
    ),
    ("DT-15.1", "第十五条", 13, "channels.office_mailbox.clause", "not_a_clause"),
    ("DT-15.1", "MY-5.4.3", 13, "channels.office_mailbox.clause", "other_document"),
    ("id: testing", "id: Testing", 1, "id", "not_an_id"),
    ("id: testing", "id: other", 1, "id", "other_folder"),
    ("  library:", "  Library 1:", 15, "units.Library 1", "not_an_id"),
    ("  library:", "  library_1:", 15, "units.library_1", "not_an_id"),
    ("  office_mailbox:", "  _mailbox:", 11, "channels._mailbox", "not_an_id"),
    ("  office_mailbox:", "  " + "m" * 41 + ":", 11, "channels." + "m" * 41, "not_an_id"),
    ("  logistics:", "  library:", 20, "", "twice"),
    ("name: 后勤处", "name: 图书馆", 21, "units.logistics.name", "twice"),
    ("name: 后勤处", "name: ' '", 21, "units.logistics.name", "empty"),
    ("name: 后勤处", f"name: {'长' * 101}", 21, "units.logistics.name", "too_long"),
    ("name: 后勤处", "name: 7", 21, "units.logistics.name", "not_a_string"),
    ("name: 后勤处", "name:", 21, "units.logistics.name", "not_null"),
    ("    name: 图书馆\n", "", 15, "units.library.name", "required"),
    ("kind: affiliated", "kind: team", 17, "units.library.kind", "not_a_choice"),
    ("machine_queue: true", "machine_queue: yes", 23, "units.logistics.machine_queue", "not_a_boolean"),
    ("machine_queue: true", "machine_queue: 1", 23, "units.logistics.machine_queue", "not_a_boolean"),
    ("working_days: 10", "working_days: 0", 28, "clocks.reply.working_days", "out_of_range"),
    ("working_days: 10", "working_days: 367", 28, "clocks.reply.working_days", "out_of_range"),
    ("working_days: 10", "working_days: true", 28, "clocks.reply.working_days", "not_an_integer"),
    ("working_days: 10", "working_days: '10'", 28, "clocks.reply.working_days", "not_an_integer"),
    ("working_days: 10", "working_days: 2.5", 28, "clocks.reply.working_days", "not_an_integer"),
    ('"14:00-17:30"', '"11:00-17:30"', 5, "hours.spans", "hours_order"),
    ('"14:00-17:30"', '"14:00-25:00"', 5, "hours.spans", "hours_unreadable"),
    ('["08:30-12:00", "14:00-17:30"]', "[]", 5, "hours.spans", "hours_empty"),
    ('["08:30-12:00", "14:00-17:30"]', "08:30-12:00", 5, "hours.spans", "not_a_list"),
    ("2026-03-05", "2026-02-30", 9, "closed_days.0.date", "not_a_date"),
    ("2026-03-05", "2026-3-5", 9, "closed_days.0.date", "not_a_date"),
    ("2026-03-05", "1991-03-05", 9, "closed_days.0.date", "not_before_1992"),
    ("2026-03-05, local: true", "2026-03-05, local: false", 9, "closed_days.0.local", "uncited"),
    (
        "  - {date",
        "  - {date: 2026-03-05, local: true, reason: 合成}\n  - {date",
        10,
        "closed_days.1.date",
        "twice",
    ),
    (GOOD[GOOD.index("units:") : GOOD.index("clocks:")], "units: [library]\n", 14, "units", "not_an_object"),
    (
        GOOD[GOOD.index("units:") : GOOD.index("clocks:")],
        "units: {library: 图书馆}\n",
        14,
        "units.library",
        "not_an_object",
    ),
    (GOOD, "- id: testing\n", 1, "", "not_an_object"),
    (GOOD, "", 1, "", "not_an_object"),
    ("name: 合成学院", "name: 合成: 学院", 2, "", "not_yaml"),
    ("name: 合成学院", "1: 合成学院", 2, "", "not_a_key"),
    (GOOD[GOOD.index("clocks:") :], "a: &a [1]\nclocks: *a\n", 27, "", "alias"),
]


@pytest.fixture
def policies(tmp_path):
    """A folder of packs with one synthetic pack of this content."""

    def write(content: str | bytes):
        folder = tmp_path / "policies" / "testing"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "source.txt").write_text(SOURCE, encoding="utf-8")
        (folder / "rest.yaml").write_text(REST, encoding="utf-8")
        (folder / "pack.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder.parent

    return write


def test_the_pack_that_the_others_are_made_from_is_right(policies):
    path = policies(GOOD)
    assert check(path) == []
    pack = Packs.load(path).get("testing")
    assert pack.units["library"].machine_queue is False
    assert pack.units["logistics"].machine_queue is True


@pytest.mark.parametrize("change", BAD)
def test_a_bad_pack_is_refused_naming_file_line_and_place(policies, change):
    # Given
    old, new, line, where, code = change
    assert old in GOOD
    path = policies(GOOD.replace(old, new, 1))
    # When
    faults = check(path)
    # Then that fault is told, and no other
    assert [(fault.line, fault.where, fault.code) for fault in faults] == [(line, where, code)]
    assert faults[0].file == str(path / "testing" / "pack.yaml")
    assert f"第 {line} 行" in str(faults[0])
    # And nothing is loaded
    with pytest.raises(PackFault) as refused:
        Packs.load(path)
    assert refused.value.to_dict() == faults[0].to_dict()


def test_all_faults_of_a_pack_are_told_in_the_order_of_their_lines(policies):
    path = policies(
        GOOD.replace("kind: affiliated", "kind: team").replace("2026-03-05", "bald").replace("10", "0")
    )
    assert [fault.line for fault in check(path)] == [9, 17, 28]


def test_one_pack_may_be_checked_by_its_folder_or_its_file(policies):
    path = policies(GOOD.replace("kind: affiliated", "kind: team"))
    for narrower in (path / "testing", path / "testing" / "pack.yaml"):
        assert [fault.code for fault in check(narrower)] == ["not_a_choice"]


def test_a_folder_without_a_pack_is_a_fault_not_an_institution_less(policies):
    path = policies(GOOD)
    (path / "forgotten").mkdir()
    assert [(fault.file, fault.code) for fault in check(path)] == [
        (str(path / "forgotten" / "pack.yaml"), "unreadable")
    ]


@pytest.mark.parametrize("there", [True, False])
def test_a_place_without_packs_is_refused(tmp_path, there):
    path = tmp_path / "policies"
    if there:
        path.mkdir()
    assert [fault.code for fault in check(path)] == ["no_packs"]
    with pytest.raises(PackFault):
        Packs.load(path)


def test_a_file_that_is_no_text_or_too_big_is_refused(policies):
    assert [(f.line, f.code) for f in check(policies(b"id: testing\nname: \xff\n"))] == [(2, "not_utf8")]
    assert [f.code for f in check(policies(b"#" * (256 * 1024 + 1)))] == ["too_large"]
