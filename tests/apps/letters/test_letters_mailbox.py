from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise

import openpyxl
import pytest
import xlsxwriter

from apps.cli.letters import read_mailbox
from apps.cli.letters.columns import NAMES
from apps.synthetic.mailbox import DIRT, letters, write_mailbox
from apps.synthetic.mailbox import HEADERS as HEADER
from kernel.instants import parse, to_text
from kernel.refusals import messages


def faults_of(mailbox):
    return [tuple(fault) for fault in mailbox.faults]


def without_row(letter):
    return {name: value for name, value in letter._asdict().items() if name != "row"}


@pytest.mark.parametrize("seed", [1, 2])
def test_every_kind_of_dirt_is_refused_alone_at_its_place_and_the_good_rows_are_read(tmp_path, now, seed):
    # Given three of each kind of bad row among good ones
    plan = write_mailbox(tmp_path / "信箱.xlsx", seed=seed, good=150, dirt=3 * len(DIRT))
    assert {fault.kind for fault in plan.faults} == set(DIRT)
    assert len(DIRT) >= 20
    # When
    mailbox = read_mailbox(plan.path, now)
    # Then
    assert faults_of(mailbox) == [(fault.row, fault.column, fault.code) for fault in plan.faults]
    assert [without_row(letter) for letter in mailbox.rows] == list(letters(seed, 150))
    assert (mailbox.total, mailbox.duplicates) == (plan.rows, 0)


@pytest.mark.parametrize("kind", DIRT)
def test_the_sentence_of_every_kind_of_dirt_stands_in_the_catalogue(kind):
    assert messages()["rows"][DIRT[kind].code].endswith("。")


def test_a_mailbox_is_the_same_for_the_same_seed_and_another_for_another(tmp_path):
    cells = [
        list(
            openpyxl.load_workbook(
                write_mailbox(tmp_path / f"{n}.xlsx", seed=seed, good=9, dirt=6).path
            ).active.values
        )
        for n, seed in enumerate([5, 5, 6])
    ]
    assert cells[0] == cells[1]
    assert cells[0] != cells[2]


def test_synthetic_letters_have_unique_numbers_and_replies_of_every_length():
    found = list(letters(7, 4_000, answered=0.5))
    lengths = [len(letter["reply"]) for letter in found if letter["reply"]]
    assert len({letter["ref"].lstrip("0") for letter in found}) == 4_000
    assert (min(lengths), max(lengths)) == (10, 7_000)
    assert 1_800 < len(lengths) < 2_200
    assert all(letter["replied_at"] > letter["received_at"] for letter in found if letter["reply"])
    assert all(letter["submitter"].startswith("合成用户") for letter in found)


def test_an_unanswered_row_is_a_letter_without_reply(workbook, good, now):
    mailbox = read_mailbox(workbook(good(答复意见="", 答复时间=None)), now)
    assert [(letter.reply, letter.replied_at) for letter in mailbox.rows] == [(None, None)]


def test_blank_rows_and_rows_outside_the_columns_of_a_letter_do_not_count(workbook, good, now):
    rows = [good(), [None] * 7, ["  "] * 7, [*[None] * 7, "仅备注"], good(留言编号="1002")]
    mailbox = read_mailbox(workbook(*rows, header=[*HEADER, "备注"]), now)
    assert [letter.row for letter in mailbox.rows] == [2, 6]
    assert (mailbox.total, mailbox.ignored) == (2, ("备注",))


def test_a_row_says_all_that_is_wrong_with_it_but_nothing_twice(workbook, good, now):
    path = workbook(good(留言编号=None, 留言主题=True, 留言时间="2019/1/8", 答复意见="", 答复时间="明天"))
    assert faults_of(read_mailbox(path, now)) == [
        (2, "留言编号", "missing_number"),
        (2, "留言主题", "boolean_cell"),
        (2, "留言时间", "no_time_of_day"),
        (2, "答复时间", "unreadable_time"),
    ]


def test_the_same_row_again_is_a_duplicate_and_the_same_number_with_other_content_a_fault(workbook, good, now):
    other_spelling = good(留言编号=1001, 留言时间="2019年1月8日 9:05:07", 留言详情="\n\t座位不够。\n")
    path = workbook(good(), other_spelling, good(留言主题="另一主题"))
    mailbox = read_mailbox(path, now)
    assert [letter.row for letter in mailbox.rows] == [2]
    assert (mailbox.total, mailbox.duplicates) == (3, 1)
    assert faults_of(mailbox) == [(4, "留言编号", "number_repeated")]


def test_a_refused_row_does_not_take_its_number(workbook, good, now):
    mailbox = read_mailbox(workbook(good(留言主题=""), good()), now)
    assert [letter.row for letter in mailbox.rows] == [3]


def test_nothing_may_have_happened_after_now_but_now_itself_is_fine(workbook, good):
    path = workbook(good(), good(留言编号="1002", 答复时间="2019-01-09 10:01"))
    mailbox = read_mailbox(path, parse("2019-01-09T10:00:00+08:00"))
    assert [letter.row for letter in mailbox.rows] == [2]
    assert faults_of(mailbox) == [(3, "答复时间", "in_the_future")]


def test_a_reply_in_the_second_of_its_letter_is_not_before_it(workbook, good, now):
    assert read_mailbox(workbook(good(答复时间="2019/1/8 9:05:07")), now).faults == []


@pytest.mark.parametrize(
    ("column", "limit"), [("留言主题", 200), ("留言用户", 200), ("留言详情", 10_000), ("答复意见", 10_000)]
)
def test_a_text_may_be_as_long_as_its_limit(workbook, good, now, column, limit):
    path = workbook(
        good(**{column: " " + "长" * limit + "\n"}), good(**{"留言编号": "1002", column: "长" * (limit + 1)})
    )
    mailbox = read_mailbox(path, now)
    assert [letter.row for letter in mailbox.rows] == [2]
    assert [fault.column for fault in mailbox.faults] == [column]


def test_midnight_counts_where_the_cell_shows_a_time_and_a_bare_date_does_not(workbook, good, now):
    midnight = datetime.fromisoformat("2019-01-08")
    path = workbook(good(留言时间=midnight), good(留言编号="1002", 留言时间=date(2019, 1, 8)))
    mailbox = read_mailbox(path, now)
    assert [to_text(letter.received_at) for letter in mailbox.rows] == ["2019-01-07T16:00:00.000000Z"]
    assert faults_of(mailbox) == [(3, "留言时间", "no_time_of_day")]


def test_midnight_is_told_from_a_date_in_a_workbook_of_another_writer(tmp_path, good, now):
    # Given built-in formats (22 shows a time, 14 does not) as openpyxl writes them
    book = openpyxl.Workbook()
    book.active.append(list(HEADER))
    for ref, number_format in (("1", "m/d/yy h:mm"), ("2", "mm-dd-yy"), ("3", 'yyyy"年"m"月"d"日" h"时"')):
        book.active.append(good(留言编号=ref, 留言时间=datetime.fromisoformat("2019-01-08")))
        book.active.cell(book.active.max_row, 4).number_format = number_format
    book.save(tmp_path / "信箱.xlsx")
    mailbox = read_mailbox(tmp_path / "信箱.xlsx", now)
    assert [letter.ref for letter in mailbox.rows] == ["1", "3"]
    assert faults_of(mailbox) == [(3, "留言时间", "no_time_of_day")]


def test_an_error_in_answer_and_answer_time_is_not_an_unanswered_letter(tmp_path, good, now):
    path = tmp_path / "信箱.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, good()[:5])
        page.write_formula(1, 5, "=Z1", None, "#REF!")
        page.write_formula(1, 6, "=Z1", None, "#N/A")
    assert faults_of(read_mailbox(path, now)) == [(2, "答复意见", "error_cell"), (2, "答复时间", "error_cell")]


def test_a_calculated_formula_is_its_value_and_one_without_value_is_refused(tmp_path, good, now):
    path = tmp_path / "信箱.xlsx"
    book = openpyxl.Workbook()
    book.active.append(list(HEADER))
    book.active.append(good(答复意见='="已" & "办"'))
    book.save(path)
    assert faults_of(read_mailbox(path, now)) == [(2, "答复意见", "formula_without_value")]
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, good())
        page.write_formula(1, 5, '="已" & "办"', None, "已办")
    assert read_mailbox(path, now).rows[0].reply == "已办"


def test_rows_below_a_merged_answer_are_refused_and_the_first_is_read(tmp_path, good, now):
    path = tmp_path / "信箱.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.merge_range("A1:G1", "校长信箱（合成）")
        page.write_row(1, 0, HEADER)
        for line, ref in enumerate(["1", "2", "3"], start=2):
            page.write_row(line, 0, good(留言编号=ref))
        page.merge_range("F3:F5", "一并答复")
    mailbox = read_mailbox(path, now)
    assert [(letter.row, letter.reply) for letter in mailbox.rows] == [(3, "一并答复")]
    assert faults_of(mailbox) == [(4, "答复意见", "merged_cell"), (5, "答复意见", "merged_cell")]


def test_columns_may_stand_in_any_order_under_any_known_name_below_a_title(workbook, good, now):
    header = [
        "序号",
        "回复时间",
        "回 复 内 容",
        "信件内容*",
        "来信时间",
        "标题",
        "来信人",
        "信件编号：",
        "处理人",
    ]
    row = ["1", *reversed(good()), "合成用户"]
    path = workbook(["校长信箱来信登记（合成）"], [None], header, row, header=None)
    mailbox = read_mailbox(path, now)
    assert without_row(mailbox.rows[0])["title"] == "图书馆座位"
    assert mailbox.rows[0].row == 4
    assert mailbox.headers["reply"] == "回 复 内 容"
    assert mailbox.ignored == ("序号", "处理人")


def test_no_alias_means_two_parts_of_a_letter():
    aliases = [alias for names in NAMES.values() for alias in names]
    assert len(aliases) == len(set(aliases))


def test_faults_come_in_sheet_order(tmp_path, now):
    plan = write_mailbox(tmp_path / "信箱.xlsx", seed=4, good=30, dirt=30)
    assert all(one.row <= two.row for one, two in pairwise(read_mailbox(plan.path, now).faults))
