from __future__ import annotations

import uuid

import openpyxl
import orjson
import pytest

from apps.cli.letters import import_letters
from apps.cli.workbooks import sending
from apps.cli.workbooks.refusals import ImportInterrupted, UnreadableWorkbook, UnwritableReport
from apps.synthetic.mailbox import HEADERS, write_mailbox
from kernel.instants import parse
from kernel.refusals import NotAllowed, Unavailable


class Mailroom:
    """Answers as `feedback.import_letters` is documented to: rows by number, a command id once."""

    def __init__(self):
        self.rows, self.answers, self.calls, self.trouble = {}, {}, [], []

    def __call__(self, method, arguments):
        assert method == "feedback.import_letters"
        self.calls.append(arguments)
        if self.trouble and (trouble := self.trouble.pop(0)) is not None:
            lost_answer, fault = trouble
            if lost_answer:
                self._once(arguments)
            raise fault
        return self._once(arguments)

    def _once(self, arguments):
        if arguments["command_id"] not in self.answers:
            self.answers[arguments["command_id"]] = self._apply(arguments["rows"], dry_run=arguments["dry_run"])
        return self.answers[arguments["command_id"]]

    def _apply(self, rows, *, dry_run):
        answer = {"imported": 0, "duplicates": 0, "refused": []}
        for row in rows:
            known = self.rows.get(row["ref"])
            if known is None:
                answer["imported"] += 1
                if not dry_run:
                    self.rows[row["ref"]] = row
            elif known == row:
                answer["duplicates"] += 1
            else:
                answer["refused"].append({"ref": row["ref"], "code": "import_conflict", "field": "ref"})
        return answer


@pytest.fixture
def mailroom(monkeypatch):
    monkeypatch.setattr(sending, "PAUSES", (0.0, 0.0))
    return Mailroom()


@pytest.fixture
def run(mailroom):
    def start(path, *, dry_run=False, report=None, notice=None):
        return import_letters(
            mailroom, path, "datong", "president_mailbox", dry_run=dry_run, report=report, notice=notice
        )

    return start


@pytest.fixture(scope="module")
def nine_hundred(tmp_path_factory):
    """A mailbox that is sent in several chunks."""
    return write_mailbox(tmp_path_factory.mktemp("mailbox") / "信箱.xlsx", seed=2, good=900).path


def test_good_rows_are_sent_and_the_answer_is_what_the_interface_promises(tmp_path, run, mailroom):
    plan = write_mailbox(tmp_path / "信箱.xlsx", seed=1, good=60, dirt=50)
    answer = run(plan.path)
    errors = answer.pop("errors")
    assert uuid.UUID(answer.pop("batch"))
    assert answer == {"rows": 110, "imported": 60, "duplicates": 0, "refused": 50}
    assert [(e["row"], e["column"], e["code"]) for e in errors] == [
        (f.row, f.column, f.code) for f in plan.faults
    ]
    assert all(e["message"].endswith("。") for e in errors)
    assert orjson.dumps(errors)


def test_a_row_on_the_wire_has_text_times_and_nothing_else(workbook, good, run, mailroom):
    run(workbook(good(), good(留言编号="1002", 留言用户=None, 答复意见=None, 答复时间=None)))
    [call] = mailroom.calls
    assert {key: call[key] for key in ("institution", "channel", "dry_run")} == {
        "institution": "datong",
        "channel": "president_mailbox",
        "dry_run": False,
    }
    assert call["command_id"] == str(uuid.uuid5(uuid.UUID(call["batch"]), "0"))
    assert call["rows"] == [
        {
            "ref": "1001",
            "submitter": "合成用户0001",
            "title": "图书馆座位",
            "body": "座位不够。",
            "received_at": "2019-01-08T01:05:07.000000Z",
            "reply": "已增加。",
            "replied_at": "2019-01-09T02:00:00.000000Z",
        },
        {
            "ref": "1002",
            "submitter": None,
            "title": "图书馆座位",
            "body": "座位不够。",
            "received_at": "2019-01-08T01:05:07.000000Z",
            "reply": None,
            "replied_at": None,
        },
    ]
    assert parse(call["rows"][0]["received_at"])


def test_the_same_file_again_imports_nothing_and_counts_duplicates(tmp_path, run):
    plan = write_mailbox(tmp_path / "信箱.xlsx", seed=1, good=30)
    run(plan.path)
    assert run(plan.path) == {
        "batch": None,
        "rows": 30,
        "imported": 0,
        "duplicates": 30,
        "refused": 0,
        "errors": [],
    }


def test_a_dry_run_counts_and_has_no_batch(tmp_path, run, mailroom):
    plan = write_mailbox(tmp_path / "信箱.xlsx", seed=1, good=30)
    answer = run(plan.path, dry_run=True)
    assert (answer["batch"], answer["imported"], mailroom.rows) == (None, 30, {})
    assert mailroom.calls[0]["dry_run"] is True


def test_what_the_service_refuses_stands_among_the_errors_by_row_and_in_the_report(
    workbook, good, run, tmp_path
):
    run(workbook(good()))
    path = workbook(
        good(留言编号="1000", 留言主题=""), good(留言主题="另一主题"), good(留言编号="1002", 留言时间="无")
    )
    answer = run(path, report=tmp_path / "报告.xlsx")
    assert [(e["row"], e["column"], e["code"]) for e in answer["errors"]] == [
        (2, "留言主题", "empty_title"),
        (3, "留言编号", "import_conflict"),
        (4, "留言时间", "unreadable_time"),
    ]
    assert answer["refused"] == 3
    assert [row[7] for row in openpyxl.load_workbook(tmp_path / "报告.xlsx").active.values] == [
        "原行号",
        2,
        3,
        4,
    ]


def test_a_row_with_two_faults_is_one_refused_row(workbook, good, run):
    answer = run(workbook(good(留言主题="", 留言详情="")))
    assert (answer["refused"], len(answer["errors"])) == (1, 2)


@pytest.mark.slow
def test_chunks_keep_to_rows_and_bytes_and_leave_nothing_out(tmp_path, run, mailroom):
    plan = write_mailbox(tmp_path / "信箱.xlsx", seed=2, good=1_300)
    assert run(plan.path)["imported"] == 1_300
    sizes = [(len(call["rows"]), len(orjson.dumps(call["rows"]))) for call in mailroom.calls]
    assert sum(rows for rows, _ in sizes) == 1_300
    assert max(rows for rows, _ in sizes) <= 500
    assert max(size for _, size in sizes) <= 700 * 1024
    assert len(mailroom.calls) >= 3
    assert len({call["command_id"] for call in mailroom.calls}) == len(mailroom.calls)
    assert len({call["batch"] for call in mailroom.calls}) == 1


@pytest.mark.parametrize("lost_answer", [True, False])
@pytest.mark.parametrize("fault", [Unavailable(), ConnectionResetError(), TimeoutError()])
def test_a_chunk_without_answer_is_sent_again_under_its_own_command_id(
    nine_hundred, run, mailroom, lost_answer, fault
):
    # Given an answer that is lost after, or a request that is lost before the service has done its part
    mailroom.trouble = [None, (lost_answer, fault)]
    answer = run(nine_hundred)
    first, again = mailroom.calls[1], mailroom.calls[2]
    assert first == again
    assert (answer["imported"], answer["duplicates"], len(mailroom.rows)) == (900, 0, 900)


def test_after_a_break_the_same_file_again_imports_the_rest(nine_hundred, run, mailroom):
    mailroom.trouble = [None, *[(True, Unavailable())] * 3]
    with pytest.raises(ImportInterrupted) as refusal:
        run(nine_hundred)
    acknowledged = len(mailroom.calls[0]["rows"])
    assert refusal.value.details == {
        "batch": mailroom.calls[0]["batch"],
        "imported": acknowledged,
        "duplicates": 0,
        "code": "unavailable",
    }
    answer = run(nine_hundred)
    assert answer["imported"] + answer["duplicates"] == 900
    assert answer["duplicates"] >= acknowledged
    assert len(mailroom.rows) == 900


def test_a_refusal_of_the_whole_import_is_passed_on_and_one_in_its_middle_says_what_was_done(
    nine_hundred, run, mailroom
):
    mailroom.trouble = [(False, NotAllowed())]
    with pytest.raises(NotAllowed):
        run(nine_hundred)
    mailroom.trouble = [None, (False, NotAllowed())]
    with pytest.raises(ImportInterrupted) as refusal:
        run(nine_hundred)
    assert refusal.value.details["code"] == "not_allowed"
    assert refusal.value.details["imported"] == len(mailroom.rows) > 0


def test_nothing_is_sent_for_a_bad_file_or_a_report_that_cannot_be_written(
    tmp_path, workbook, good, run, mailroom
):
    (tmp_path / "坏.xlsx").write_bytes(b"not a spreadsheet")
    with pytest.raises(UnreadableWorkbook):
        run(tmp_path / "坏.xlsx")
    with pytest.raises(UnwritableReport):
        run(workbook(good()), report=tmp_path / "无" / "报告.xlsx")
    assert mailroom.calls == []


def test_columns_that_mean_nothing_are_told_to_the_person_who_looks_on(workbook, good, run):
    told = []
    run(workbook([*good(), "甲"], header=[*HEADERS, "处理人"]), notice=told.append)
    assert told == ["以下列与信件无关，未导入：处理人"]
