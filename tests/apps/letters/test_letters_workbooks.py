from __future__ import annotations

import struct
import zipfile

import openpyxl
import pytest

from apps.cli.letters import read_mailbox
from apps.cli.workbooks.refusals import (
    AmbiguousWorkbook,
    EmptyWorkbook,
    EncryptedWorkbook,
    ErrorsInWorkbook,
    MissingColumns,
    UnreadableFile,
    UnreadableWorkbook,
    WorkbookTooLarge,
)
from apps.synthetic.mailbox import HEADERS
from kernel.refusals import sentence

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="信箱">{rows}</table:table></office:spreadsheet>'
    "</office:body></office:document-content>"
)
TEXT_CELL = '<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'


@pytest.fixture
def ods(tmp_path):
    def write(*rows, tail=""):
        cells = [[c if c[0] == "<" else TEXT_CELL.format(text=c, more="") for c in row] for row in rows]
        made = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in cells)
        path = tmp_path / "信箱.ods"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr("META-INF/manifest.xml", "<manifest/>")
            archive.writestr("content.xml", ODS.format(rows=made + tail))
        return path

    return write


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a spreadsheet",
        "留言编号,留言用户".encode("gbk"),
        b"PK\x03\x04",
        OLE + bytes(600),
        OLE + b"\xff" * 2000,
    ],
)
def test_what_is_not_a_spreadsheet_is_refused_whatever_its_name(tmp_path, now, content):
    path = tmp_path / "信箱.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableWorkbook):
        read_mailbox(path, now)


def test_an_archive_that_is_no_workbook_is_refused(tmp_path, now):
    with zipfile.ZipFile(tmp_path / "信箱.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    with pytest.raises(UnreadableWorkbook):
        read_mailbox(tmp_path / "信箱.xlsx", now)


def test_a_workbook_that_was_cut_off_is_refused(workbook, good, now):
    path = workbook(good())
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UnreadableWorkbook):
        read_mailbox(path, now)


def test_no_file_and_a_folder_are_refused(tmp_path, now):
    for path in (tmp_path / "无.xlsx", tmp_path):
        with pytest.raises(UnreadableFile):
            read_mailbox(path, now)


def test_a_workbook_with_a_password_says_so(tmp_path, now):
    path = tmp_path / "信箱.xlsx"
    path.write_bytes(OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(500))
    with pytest.raises(EncryptedWorkbook):
        read_mailbox(path, now)


def test_an_empty_workbook_and_one_whose_only_mailbox_is_hidden_are_refused(tmp_path, workbook, good, now):
    with pytest.raises(EmptyWorkbook):
        read_mailbox(workbook(header=None), now)
    book = openpyxl.load_workbook(workbook(good()))
    book.active.sheet_state = "hidden"
    book.create_sheet("空")
    book.active = 1
    book.save(tmp_path / "隐藏.xlsx")
    with pytest.raises(EmptyWorkbook):
        read_mailbox(tmp_path / "隐藏.xlsx", now)


def test_a_header_without_letters_is_a_mailbox_of_none(workbook, now):
    mailbox = read_mailbox(workbook(), now)
    assert (mailbox.rows, mailbox.faults, mailbox.total) == ([], [], 0)


@pytest.mark.parametrize("missing", HEADERS)
def test_a_missing_column_is_named(workbook, good, now, missing):
    with pytest.raises(MissingColumns) as refusal:
        read_mailbox(workbook(good(), header=[h for h in HEADERS if h != missing]), now)
    assert refusal.value.details == {"columns": [missing]}
    assert missing in refusal.value.message
    assert refusal.value.message.startswith(sentence("refusals", "missing_columns"))


def test_a_sheet_of_something_else_lacks_every_column(workbook, now):
    with pytest.raises(MissingColumns) as refusal:
        read_mailbox(workbook(["姓名", "学院"], ["合成", "合成"], header=None), now)
    assert sorted(refusal.value.details["columns"]) == sorted(HEADERS)


def test_two_mailboxes_in_one_workbook_are_refused_and_other_sheets_are_not(tmp_path, workbook, good, now):
    book = openpyxl.load_workbook(workbook(good()))
    book.create_sheet("说明", 0).append(["填表说明"])
    book.save(tmp_path / "一.xlsx")
    assert len(read_mailbox(tmp_path / "一.xlsx", now).rows) == 1
    book.copy_worksheet(book["Sheet1"]).title = "2019年"
    book.save(tmp_path / "二.xlsx")
    with pytest.raises(AmbiguousWorkbook) as refusal:
        read_mailbox(tmp_path / "二.xlsx", now)
    assert refusal.value.details == {"sheets": ["Sheet1", "2019年"]}
    assert "2019年" in refusal.value.message


def test_two_columns_that_mean_the_same_are_refused(workbook, good, now):
    with pytest.raises(AmbiguousWorkbook) as refusal:
        read_mailbox(workbook([*good(), "甲"], header=[*HEADERS, "标题"]), now)
    assert refusal.value.details == {"columns": ["留言主题", "标题"]}


def test_a_space_in_the_last_cell_of_a_sheet_is_refused_before_it_fills_the_memory(
    tmp_path, workbook, good, now
):
    book = openpyxl.load_workbook(workbook(good()))
    book.active["XFD1048576"] = " "
    book.save(tmp_path / "远.xlsx")
    with pytest.raises(WorkbookTooLarge):
        read_mailbox(tmp_path / "远.xlsx", now)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<c r="XFD1048576"', b'<c t="n" r="XFD1048576"'),
        (b'<c r="XFD1048576"', b"<c r='XFD1048576'"),
        (b'<c r="X', b'<c  r = "X'),
    ],
)
def test_a_far_cell_is_found_however_its_tag_is_written(tmp_path, workbook, good, old, new):
    book = openpyxl.load_workbook(workbook(good()))
    book.active["XFD1048576"] = 1
    book.save(tmp_path / "远.xlsx")
    path = _rewritten(tmp_path / "远.xlsx", "xl/worksheets/sheet1.xml", old, new)
    with pytest.raises(WorkbookTooLarge):
        read_mailbox(path, 0)


def test_a_style_without_content_in_the_last_cell_harms_nobody(tmp_path, workbook, good, now):
    book = openpyxl.load_workbook(workbook(good()))
    book.active["XFD1048576"].number_format = "0.00"
    book.save(tmp_path / "远.xlsx")
    assert len(read_mailbox(tmp_path / "远.xlsx", now).rows) == 1


def _rewritten(path, part, old, new):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_a_file_over_the_limit_is_refused_unread(tmp_path, now):
    path = tmp_path / "大.xlsx"
    with path.open("wb") as file:
        file.truncate(50 * 2**20 + 1)
    with pytest.raises(WorkbookTooLarge):
        read_mailbox(path, now)


@pytest.mark.parametrize(("declared", "refusal"), [(501 * 2**20, WorkbookTooLarge), (10, UnreadableWorkbook)])
def test_an_archive_that_unpacks_to_too_much_or_lies_about_it_is_refused(
    workbook, good, now, declared, refusal
):
    path = workbook(good())
    content = bytearray(path.read_bytes())
    # The central directory's entry of the sheet: signature, name at 46, unpacked size at 24.
    name_at = content.rindex(b"xl/worksheets/sheet1.xml")
    assert content[name_at - 46 : name_at - 42] == b"PK\x01\x02"
    struct.pack_into("<I", content, name_at - 22, declared)
    path.write_bytes(content)
    with pytest.raises(refusal):
        read_mailbox(path, now)


def test_an_ods_mailbox_is_read_like_an_xlsx(ods, good, now):
    stamp = '<table:table-cell office:value-type="date" office:date-value="2019-01-08T00:00:00"/>'
    day = '<table:table-cell office:value-type="date" office:date-value="2019-01-08"/>'
    blank = '<table:table-cell table:number-columns-repeated="1024"/>'
    tail = f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>'
    mailbox = read_mailbox(
        ods(HEADERS, good(留言时间=stamp), good(留言编号="1002", 留言时间=day), tail=tail), now
    )
    assert [letter.row for letter in mailbox.rows] == [2]
    assert [tuple(fault) for fault in mailbox.faults] == [(3, "留言时间", "no_time_of_day")]


def test_an_ods_with_formula_errors_or_endless_repetition_is_refused(ods, good, now):
    error = TEXT_CELL.format(text="#REF!", more=' calcext:value-type="error"')
    with pytest.raises(ErrorsInWorkbook):
        read_mailbox(ods(HEADERS, good(答复意见=error)), now)
    wide = TEXT_CELL.format(text="x", more=' table:number-columns-repeated="16384"')
    tail = f'<table:table-row table:number-rows-repeated="1000000">{wide}</table:table-row>'
    with pytest.raises(WorkbookTooLarge):
        read_mailbox(ods(HEADERS, good(), tail=tail), now)
