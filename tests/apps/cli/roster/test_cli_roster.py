"""`import roster`, `import undo` and `export roster` as their user meets them; every person is invented."""

from __future__ import annotations

import json
import sqlite3
import uuid

import openpyxl
import pytest

from apps.synthetic.mailbox import write_mailbox
from tests.apps.cli.roster.conftest import GOOD
from tests.support.school import CHANNEL, SCHOOL

TO = ("--institution", SCHOOL)
KEYS = {"batch", "rows", "new", "changed", "unchanged", "refused", "errors", "changes"}
FIGURES = ("rows", "new", "changed", "unchanged", "refused")


def figures(said):
    return tuple(said.json[name] for name in FIGURES)


def count(home, table):
    with sqlite3.connect(home / "registry.db") as database:
        (rows,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    database.close()
    return rows


@pytest.fixture
def person_id(cli):
    """Who has a name that nobody else has."""

    def found(name):
        asked = {"institution": SCHOOL, "text": name}
        (item,) = cli("call", "registry.search_people", json.dumps(asked)).json["items"]
        return item["person_id"]

    return found


@pytest.fixture
def file_of(cli, person_id):
    """The file that the registry has of a name that nobody else has."""

    def found(name):
        asked = {"person_id": person_id(name)}
        return cli("call", "registry.get_person", json.dumps(asked)).json["file"]

    return found


OTHER = {"工号": "001002", "姓名": "乙虚构", "登录名": "yi"}


@pytest.mark.slow
def test_good_rows_are_imported_bad_ones_told_and_a_dry_run_says_the_same_and_writes_nothing(cli, home, roster):
    path = roster({}, OTHER, {"工号": "3", "出生年月": "85.6"})
    dry = cli("import", "roster", path, *TO, "--dry-run", "--json")
    assert (dry.code, dry.json["batch"], figures(dry)) == (1, None, (3, 2, 0, 0, 1))
    assert count(home, "person") == 0
    said = cli("import", "roster", path, *TO, "--json")
    assert set(said.json) == KEYS
    assert uuid.UUID(said.json["batch"])
    assert {name: said.json[name] for name in KEYS - {"batch"}} == {
        name: dry.json[name] for name in KEYS - {"batch"}
    }
    assert said.json["errors"] == [
        {
            "row": 4,
            "column": "出生年月",
            "code": "unreadable_date",
            "message": "日期无法识别，请写成 2019.6、2019-06 或 2019-06-01 的样式。",
        }
    ]
    assert [(change["row"], change["verdict"]) for change in said.json["changes"]] == [(2, "new"), (3, "new")]
    assert count(home, "person") == 2


@pytest.mark.slow
def test_what_was_read_is_what_the_registry_has(cli, roster, file_of):
    assert cli("import", "roster", roster({}), *TO).code == 0
    file = file_of("甲虚构")
    told = ("staff_number", "gender", "birth", "ethnicity", "phone", "email", "post_kind", "joined", "subject")
    assert [file[name] for name in told] == [
        *("001001", "2", "1980-05", "01", "13000000001", "a@example.org", "teacher", "2012-09", "jia"),
    ]
    assert [one["party"] for one in file["memberships"]] == ["05"]
    assert [one["unit"] for one in file["units"]] == ["library"]
    assert "studies_abroad" not in file


@pytest.mark.slow
def test_again_nothing_changes_and_a_change_names_its_fields_and_no_value(cli, roster):
    cli("import", "roster", roster({}, OTHER), *TO)
    again = cli("import", "roster", roster({}, OTHER), *TO, "--json")
    assert (again.code, again.json["batch"], figures(again)) == (0, None, (2, 0, 0, 2, 0))
    said = cli("import", "roster", roster({"手机": "13000000009", "职称": "研究员"}, OTHER), *TO, "--dry-run")
    assert said.out.splitlines() == [
        "只检查，未写入。共 2 行：新增 0，变更 1，不变 1，退回 0",
        "  第 2 行变更：手机、职称",
    ]


@pytest.mark.slow
def test_a_column_that_is_not_there_and_an_empty_cell_change_nothing(cli, roster, file_of):
    cli("import", "roster", roster({}), *TO)
    before = file_of("甲虚构")
    blank = dict.fromkeys(GOOD, "") | {"工号": "001001", "姓名": "甲虚构"}
    for path in (roster({}, headers=["工号", "姓名", "性别"]), roster(blank)):
        assert figures(cli("import", "roster", path, *TO, "--json")) == (1, 0, 0, 1, 0)
    assert file_of("甲虚构") == before


def test_two_people_of_one_name_are_two_people(cli, home, roster):
    namesake = OTHER | {"姓名": "甲虚构"}
    assert figures(cli("import", "roster", roster({}, namesake), *TO, "--json")) == (2, 2, 0, 0, 0)
    assert figures(cli("import", "roster", roster(namesake), *TO, "--json")) == (1, 0, 0, 1, 0)
    assert count(home, "person") == 2


@pytest.mark.slow
def test_what_the_registry_refuses_stands_at_its_column_and_comes_back_in_the_report(cli, roster, tmp_path):
    cli("import", "roster", roster({}), *TO)
    report = tmp_path / "退回.xlsx"
    said = cli(
        "import", "roster", roster(OTHER, {"工号": "3", "登录名": "jia"}), *TO, "--report", report, "--json"
    )
    (error,) = said.json["errors"]
    assert (error["row"], error["column"]) == (3, "登录名")
    assert error["message"].endswith("。")
    assert figures(said) == (2, 1, 0, 0, 1)
    header, row = openpyxl.load_workbook(report).active.values
    told = dict(zip(header, row, strict=True))
    assert (told["原行号"], told["登录名"]) == (3, "jia")
    assert told["错误说明"] == f"登录名：{error['message']}"


def test_people_read_the_figures_the_faults_and_what_was_left_out(cli, roster, tmp_path):
    path = roster(
        {"工号": "示例0001"},
        {"所在单位": "后勤", "备注": "无"},
        {"工号": "5", "性别": "？"},
        headers=[*GOOD, "备注"],
    )
    said = cli("import", "roster", path, *TO, "--report", tmp_path / "退回.xlsx")
    first, batch, fault, last = said.out.splitlines()
    assert first == "共 2 行：新增 1，变更 0，不变 0，退回 1"
    assert batch.startswith("批次 ")
    assert fault == "  第 4 行 性别：性别无法识别，请写“男”或“女”。 [unknown_gender]"
    assert "退回.xlsx" in last
    assert said.err.splitlines() == [
        "以下列与花名册无关，未导入：备注",
        "以下简称按唯一可能的单位认定，请核对：后勤 → 后勤处",
        "已跳过样例 1 行。",
    ]


@pytest.mark.slow
def test_an_import_is_undone_by_the_service_that_made_it(cli, home, roster, tmp_path):
    mailbox = write_mailbox(tmp_path / "信箱.xlsx", seed=8, good=3, answered=0.0).path
    letters = cli("import", "letters", mailbox, *TO, "--channel", CHANNEL, "--json").json["batch"]
    people = cli("import", "roster", roster({}, OTHER), *TO, "--json").json["batch"]
    assert cli("import", "undo", people).out == "已撤销 2 人，未撤销 0 人\n"
    assert figures(cli("import", "roster", roster({}), *TO, "--json")) == (1, 1, 0, 0, 0)
    assert cli("import", "undo", letters).out == "已撤销 3 件，未撤销 0 件\n"
    assert cli("import", "undo", str(uuid.uuid4())).refusal == "not_found"
    for service in ("registry", "feedback"):
        assert cli("log", "diff", service).code == 0


@pytest.mark.slow
def test_a_person_who_was_changed_since_stays_when_an_import_is_undone(cli, roster, person_id):
    batch = cli("import", "roster", roster({}, OTHER), *TO, "--json").json["batch"]
    changed = {"command_id": str(uuid.uuid4()), "person_id": person_id("甲虚构"), "phone": "13000000009"}
    assert cli("call", "registry.amend_person", json.dumps(changed)).code == 0
    said = cli("import", "undo", batch)
    assert (said.code, said.out) == (1, "已撤销 1 人，未撤销 1 人\n")


def test_a_template_names_the_units_of_the_institution_and_can_be_filled_in(cli, tmp_path):
    out = tmp_path / "模板.xlsx"
    said = cli("import", "roster", *TO, "--template", out)
    assert (said.code, said.out) == (0, f"模板已写入 {out}\n")
    book = openpyxl.load_workbook(out)
    assert "图书馆" in {cell.value for row in book["选项"].iter_rows() for cell in row}
    page = book["花名册"]
    for cell in page[1]:
        page.cell(2, cell.column, GOOD[cell.value])
    book.save(out)
    assert figures(cli("import", "roster", out, *TO, "--json")) == (1, 1, 0, 0, 0)
    assert cli("import", "roster", *TO, "--template", out, "--json").json == {"template": str(out)}


def test_wrong_places_are_refused_before_anything_is_written(cli, home, roster, tmp_path):
    path = roster({})
    before = path.read_bytes()
    wrong = {
        "unreadable_file": [tmp_path / "无.xlsx", *TO],
        "missing_columns": [roster({}, headers=["姓名", "性别"], name="缺.xlsx"), *TO],
        "unwritable_report": [path, *TO, "--report", path],
        "not_found": [path, "--institution", "nosuch"],
    }
    for code, words in wrong.items():
        assert cli("import", "roster", *words).refusal == code
    assert cli("import", "roster", *TO, "--template", tmp_path).refusal == "unwritable_report"
    assert path.read_bytes() == before
    assert count(home, "person") == 0


@pytest.fixture
def three(cli, roster):
    """Two people of a party in the library, one of another in the logistics."""
    rows = [{}, OTHER, {"工号": "3", "姓名": "=丙虚构", "政治面貌": "民革", "所在单位": "后勤处", "登录名": ""}]
    assert cli("import", "roster", roster(*rows), *TO).code == 0


def test_an_export_holds_what_a_search_finds_in_its_order(cli, three, tmp_path):
    out = tmp_path / "导出.xlsx"
    said = cli("export", "roster", out, *TO)
    assert (said.code, said.out) == (0, f"已导出 3 人：{out}\n")
    mark, header, *rows = openpyxl.load_workbook(out)["花名册"].iter_rows()
    assert mark[0].value.startswith("导出人 cli　导出时间 20")
    assert [cell.value for cell in header] == ["姓名", "所在单位", "职称", "职务", "状态"]
    items = cli("call", "registry.search_people", json.dumps({"institution": SCHOOL})).json["items"]
    assert [row[0].value for row in rows] == [item["name"] for item in items]
    assert {row[1].value for row in rows} == {"图书馆", "后勤处"}
    assert {row[4].value for row in rows} == {"在校"}
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n"}


def test_an_export_is_under_the_filter_that_it_names(cli, three, tmp_path):
    out = tmp_path / "导出.xlsx"
    for words, people in ((["--party", "民盟"], 2), (["--unit", "logistics"], 1), (["--text", "jxg"], 1)):
        assert cli("export", "roster", out, *TO, *words, "--json").json == {"out": str(out), "people": people}
    said = dict(openpyxl.load_workbook(out)["说明"].values)
    assert said["筛选"] == f"单位：{SCHOOL}；姓名：jxg"


def test_an_export_that_is_refused_leaves_an_older_file_as_it_was(cli, three, tmp_path):
    out = tmp_path / "导出.xlsx"
    cli("export", "roster", out, *TO)
    before = out.read_bytes()
    for words in (["--institution", "nosuch"], [*TO, "--as-of", "x"], [*TO, "--party", "无此党"]):
        assert cli("export", "roster", out, *words).refusal in ("not_found", "invalid_input")
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.glob(".part-*")) == []


@pytest.mark.slow
def test_an_export_of_many_pages_leaves_nobody_out(cli, roster, tmp_path):
    people = [{"工号": f"{n:05d}", "姓名": f"虚构{n}", "登录名": f"u{n}"} for n in range(430)]
    assert cli("import", "roster", roster(*people), *TO).code == 0
    assert cli("export", "roster", tmp_path / "导出.xlsx", *TO, "--json").json["people"] == 430
    rows = openpyxl.load_workbook(tmp_path / "导出.xlsx")["花名册"].iter_rows(min_row=3, values_only=True)
    assert len({row[0] for row in rows}) == 430
