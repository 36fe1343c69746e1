"""The file of `zhitongche import calendar FILE`: one year's arrangement, read or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kernel.refusals import InvalidInput, messages
from kernel.worktime import CalendarFault, CalendarYear
from kernel.worktime.plain_yaml import NotYaml, read

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 64 * 1024

# What is wrong with one part of the file and is said of no argument of a command.
SENTENCES: Final = {
    "file_unreadable": "文件不存在或无法读取。",
    "file_too_large": f"文件超过 {MAX_BYTES // 1024} KiB，不像一个年度的放假安排。",
    "not_utf8": "文件不是 UTF-8 文本。",
    "not_yaml": "第 {line} 行不是可读的 YAML。",
    "not_a_key": "第 {line} 行的项目名称不是文字。",
    "alias": "第 {line} 行引用了另一段内容，请直接写出日期。",
    "key_twice": "第 {line} 行的项目重复出现。",
    "not_a_year": "应为一个年度的 year、source、off、work 四项。",
    "outside_the_year": "日期不在该年度内。",
    "in_both_lists": "同一天不能既放假又上班。",
    "not_a_weekend": "调休上班日应为周六或周日。",
    "twice": "同一天写了两次。",
}


def read_calendar_file(path: Path) -> CalendarYear:
    """The year that a file `{year, source, off: [dates], work: [dates]}` holds.

    Raises `InvalidInput`: `details.fields` names `file`, or the part of it (`off[3]`), with a Chinese sentence.
    """
    document = _read(_text_of(path))
    if not isinstance(document, dict):
        raise _refusal("file", "not_a_year")
    try:
        return CalendarYear.from_mapping(document)
    except CalendarFault as fault:
        raise _refusal(fault.field, fault.code) from fault


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refusal("file", "file_unreadable") from error
    if len(content) > MAX_BYTES:
        raise _refusal("file", "file_too_large")
    try:
        return content.decode("utf-8-sig")  # Windows editors put a byte order mark before the text
    except UnicodeDecodeError as error:
        raise _refusal("file", "not_utf8") from error


def _read(text: str) -> Any:
    try:
        return read(text).value
    except NotYaml as fault:
        code = "key_twice" if fault.code == "twice" else fault.code
        raise _refusal("file", code, line=fault.line) from fault


def _refusal(field: str, code: str, **values: int) -> InvalidInput:
    text = SENTENCES.get(code) or messages()["fields"][code]
    return InvalidInput({"fields": {field: text.format(**values)}})
