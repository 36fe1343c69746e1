"""`import letters`, `import calendar`, `import undo` as their user meets them."""

from __future__ import annotations

import json
import sqlite3
import uuid

import pytest
import python_calamine

from apps.synthetic.mailbox import DIRT, write_mailbox
from tests.support.school import CHANNEL, SCHOOL

TO = ("--institution", SCHOOL, "--channel", CHANNEL)
KEYS = {"batch", "rows", "imported", "duplicates", "refused", "errors"}


@pytest.fixture
def dirty(tmp_path):
    """Every kind of bad row among 60 good ones."""
    return write_mailbox(tmp_path / "信箱.xlsx", seed=5, good=60, dirt=len(DIRT))


def count(home, table):
    with sqlite3.connect(home / "feedback.db") as database:
        (rows,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    database.close()
    return rows


def test_every_kind_of_bad_row_is_refused_alone_with_its_column_and_code(cli, home, dirty):
    assert len(DIRT) >= 20
    said = cli("import", "letters", dirty.path, *TO, "--json")
    answer = said.json
    assert said.code == 1
    assert set(answer) == KEYS
    assert [(row["row"], row["column"], row["code"]) for row in answer["errors"]] == [
        (fault.row, fault.column, fault.code) for fault in dirty.faults
    ]
    assert all(row["message"].endswith("。") for row in answer["errors"])
    figures = {"rows": dirty.rows, "imported": 60, "duplicates": 0, "refused": len(DIRT)}
    assert {name: answer[name] for name in figures} == figures
    assert uuid.UUID(answer["batch"])
    assert count(home, "ticket") == 60


def test_people_read_the_same_and_where_the_report_is(cli, dirty, tmp_path):
    report = tmp_path / "退回.xlsx"
    said = cli("import", "letters", dirty.path, *TO, "--report", report)
    assert said.code == 1
    first, batch, *rows, last = said.out.splitlines()
    assert first == f"共 {dirty.rows} 行：导入 60，重复 0，退回 {len(DIRT)}"
    assert batch.startswith("批次 ")
    assert len(rows) == len(DIRT)
    for line, fault in zip(rows, dirty.faults, strict=True):
        assert line.startswith(f"  第 {fault.row} 行 {fault.column}：")
        assert line.endswith(f"[{fault.code}]")
    assert str(report) in last
    cells = python_calamine.CalamineWorkbook.from_path(report).get_sheet_by_index(0).to_python()
    assert len(cells) == 1 + len(DIRT)
    assert [int(row[cells[0].index("原行号")]) for row in cells[1:]] == [fault.row for fault in dirty.faults]


def test_again_it_imports_nothing_and_counts_duplicates(cli, home, dirty):
    cli("import", "letters", dirty.path, *TO)
    events = count(home, "event")
    answer = cli("import", "letters", dirty.path, *TO, "--json").json
    assert (answer["batch"], answer["imported"], answer["duplicates"]) == (None, 0, 60)
    assert answer["refused"] == len(DIRT)
    assert count(home, "event") == events


def test_a_clean_mailbox_is_done_with_exit_code_0(cli, tmp_path):
    plan = write_mailbox(tmp_path / "clean.xlsx", seed=6, good=12)
    said = cli("import", "letters", plan.path, *TO)
    assert (said.code, said.out.splitlines()[0]) == (0, "共 12 行：导入 12，重复 0，退回 0")


def test_the_same_number_with_another_content_is_refused(cli, tmp_path):
    first = write_mailbox(tmp_path / "one.xlsx", seed=6, good=8)
    other = write_mailbox(tmp_path / "two.xlsx", seed=6, good=8, answered=0.0)
    cli("import", "letters", first.path, *TO)
    answer = cli("import", "letters", other.path, *TO, "--json").json
    assert answer["duplicates"] + answer["refused"] == 8
    assert answer["refused"] > 0
    assert {(row["column"], row["code"]) for row in answer["errors"]} == {("留言编号", "import_conflict")}


def test_a_dry_run_says_the_same_and_writes_nothing(cli, home, dirty):
    said = cli("import", "letters", dirty.path, *TO, "--dry-run")
    assert said.code == 1
    assert said.out.startswith(f"只检查，未写入。共 {dirty.rows} 行：导入 60")
    assert "批次" not in said.out
    assert (count(home, "ticket"), count(home, "event")) == (0, 0)
    assert cli("import", "letters", dirty.path, *TO, "--dry-run", "--json").json["batch"] is None


FILES = {
    "unreadable_file": None,
    "unreadable_workbook": b"not a spreadsheet",
}


@pytest.mark.parametrize("code", FILES)
def test_what_is_no_workbook_is_refused_as_a_whole(cli, tmp_path, code):
    path = tmp_path / "x.xlsx"
    if FILES[code] is not None:
        path.write_bytes(FILES[code])
    said = cli("import", "letters", path, *TO)
    assert said.refusal == code


def test_wrong_places_are_refused_before_anything_is_written(cli, home, tmp_path):
    path = write_mailbox(tmp_path / "clean.xlsx", seed=6, good=3).path
    before = path.read_bytes()
    wrong = {
        "unwritable_report": [*TO, "--report", tmp_path / "none" / "r.xlsx"],
        "invalid_input": ["--institution", SCHOOL, "--channel", "nosuch"],
        "not_found": ["--institution", "nosuch", "--channel", CHANNEL],
    }
    for code, words in wrong.items():
        said = cli("import", "letters", path, *words)
        assert said.refusal == code
    assert cli("import", "letters", path, *TO, "--report", path).refusal == "unwritable_report"
    assert path.read_bytes() == before
    assert count(home, "ticket") == 0


@pytest.mark.parametrize("place", ["none/r.xlsx", "/proc/r.xlsx", "."])
def test_a_report_that_cannot_be_made_is_refused_before_a_row_is_imported(cli, home, tmp_path, place):
    path = write_mailbox(tmp_path / "mailbox.xlsx", seed=3, good=2).path
    said = cli("import", "letters", path, *TO, "--report", tmp_path / place)
    assert said.refusal == "unwritable_report"
    assert count(home, "ticket") == 0


def test_a_file_without_rows_is_held_to_a_place_that_exists_too(cli, tmp_path):
    path = write_mailbox(tmp_path / "mailbox.xlsx", seed=3, good=0).path
    assert cli("import", "letters", path, *TO).code == 0
    for institution, channel, code in ((SCHOOL, "nosuch", "invalid_input"), ("nosuch", CHANNEL, "not_found")):
        said = cli("import", "letters", path, "--institution", institution, "--channel", channel)
        assert said.refusal == code


@pytest.mark.slow
def test_an_undone_answer_is_in_no_latency_report_after_the_command_that_undid_it(cli, tmp_path):
    plan = write_mailbox(tmp_path / "clean.xlsx", seed=8, good=10, answered=1.0)
    batch = cli("import", "letters", plan.path, *TO, "--json").json["batch"]
    for undone, counted in ((False, 10), (True, 0)):
        if undone:
            assert cli("import", "undo", batch).code == 0
        replies = cli("latency", "--institution", SCHOOL, "--json").json["stages"]["submit_to_reply"]
        assert replies["count"] == counted
    assert cli("log", "diff", "feedback").code == 0


@pytest.mark.slow
def test_an_undone_batch_is_withdrawn_once_and_leaves_worked_tickets_alone(cli, ask, home, tmp_path):
    plan = write_mailbox(tmp_path / "clean.xlsx", seed=8, good=10, answered=0.0)
    batch = cli("import", "letters", plan.path, *TO, "--json").json["batch"]
    ticket = ask("list_tickets", {"limit": 1})["items"][0]["ticket_id"]
    ask("accept_ticket", {"command_id": str(uuid.uuid4()), "ticket_id": ticket})
    said = cli("import", "undo", batch)
    assert (said.code, said.out) == (1, "已撤销 9 件，未撤销 1 件\n")
    assert len(ask("list_tickets", {"state": "withdrawn"})["items"]) == 9
    again = cli("import", "undo", batch, "--json")
    assert again.json["undone"] == 0
    assert cli("import", "undo", "x").refusal == "invalid_input"
    assert cli("import", "undo", str(uuid.uuid4())).refusal == "not_found"
    assert cli("log", "diff", "feedback").code == 0


CALENDAR = "year: 2027\nsource: 合成的安排\noff: [2027-01-01, 2027-10-01]\nwork: [2027-01-03]\n"


@pytest.mark.slow
def test_a_year_that_is_imported_is_no_longer_provisional(cli, ask, tmp_path):
    import time_machine

    file = tmp_path / "2027.yaml"
    file.write_text(CALENDAR, encoding="utf-8")
    suggestion = {"institution": SCHOOL, "channel": CHANNEL, "title": "（合成）", "body": "（合成）"}
    with time_machine.travel("2027-01-04T02:00:00Z", tick=False):

        def provisional():
            due = ask("submit_suggestion", suggestion | {"command_id": str(uuid.uuid4())})["due"]
            return due["reply"]["provisional"]

        assert provisional() is True
        said = cli("import", "calendar", file)
        assert (said.code, said.out) == (0, "2027 年工作日：已导入\n")
        assert provisional() is False
        assert cli("import", "calendar", file).out == "2027 年工作日：内容相同，未改动\n"
        assert cli("import", "calendar", file, "--json").json == {"year": 2027, "changed": False}
    assert cli("log", "verify").code == 0


BAD_YEARS = {
    "off: [2026-01-01]": "不在该年度内",
    "work: [2027-01-04]": "应为周六或周日",
    "off: [2027-01-01, 2027-01-01]": "写了两次",
    "off: [yesterday]": "应为日期",
    "year: x": "year",
    "more: 1": "more",
    "{": "YAML",
}


@pytest.mark.parametrize("change", BAD_YEARS)
def test_a_year_that_cannot_be_is_refused_with_what_is_wrong(cli, home, tmp_path, change):
    parts = dict(line.split(": ", 1) for line in CALENDAR.splitlines())
    name = change.partition(":")[0]
    parts.pop(name, None)
    file = tmp_path / "year.yaml"
    file.write_text("\n".join([*(f"{key}: {value}" for key, value in parts.items()), change]), encoding="utf-8")
    said = cli("import", "calendar", file)
    assert said.refusal == "invalid_input"
    assert BAD_YEARS[change] in said.line
    assert not home.exists()


def test_a_calendar_that_is_no_text_or_not_there_is_refused(cli, tmp_path):
    file = tmp_path / "year.yaml"
    assert cli("import", "calendar", file).refusal == "invalid_input"
    file.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in cli("import", "calendar", file).line
    file.write_bytes(b"# " + b"x" * 70_000)
    assert json.loads(cli("import", "calendar", file, "--json").out)["error"]["details"]["fields"]["file"]
