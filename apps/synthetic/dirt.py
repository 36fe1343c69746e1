"""Every kind of bad row that a mailbox kept in Excel has been seen to hold, and what is to be said of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from kernel.instants import to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from apps.synthetic.letters import LetterDict

REF, SUBMITTER, TITLE, RECEIVED, BODY, REPLY, REPLIED = HEADERS = (
    "留言编号",
    "留言用户",
    "留言主题",
    "留言时间",
    "留言详情",
    "答复意见",
    "答复时间",
)


class Form(Enum):
    """How a cell is written that is not plainly text, a number, a truth value or a date-time."""

    DATE = "yyyy/m/d"
    TIME = "hh:mm"
    ERROR = "error"
    UNCALCULATED = "formula"
    MERGED = "merged"
    EARLIER_REF = "earlier"


class Special(NamedTuple):
    """A cell with its form; `value` is what a date or a time of day needs."""

    form: Form
    value: datetime | None = None


Cell = str | int | float | bool | datetime | Special


class Dirt(NamedTuple):
    """A kind of bad row: the faulty column, the code that names it, and what stands in it instead.

    `besides` says what else the row needs so that this, and nothing else, is wrong with it.
    """

    column: str
    code: str
    cell: Cell | Callable[[LetterDict], Cell]
    besides: Mapping[str, Cell] = {}


_DAY = datetime(2019, 1, 8)  # noqa: DTZ001 - a spreadsheet's wall clock has no offset
_DATE = Special(Form.DATE, _DAY)
_ERROR = Special(Form.ERROR)


def _before(letter: LetterDict) -> str:
    wall = to_datetime(letter["received_at"]).astimezone(UTC) + timedelta(hours=8, minutes=-1)
    return wall.strftime("%Y-%m-%d %H:%M:%S")


DIRT: Mapping[str, Dirt] = {
    "missing_number": Dirt(REF, "missing_number", ""),
    "number_with_fraction": Dirt(REF, "unreadable_number", 190337.5),
    "number_rounded_by_excel": Dirt(REF, "unreadable_number", 1.23456789012346e17),
    "number_in_scientific_text": Dirt(REF, "unreadable_number", "1.23457E+17"),
    "number_became_a_date": Dirt(REF, "became_a_date", _DATE),
    "number_repeated": Dirt(REF, "number_repeated", Special(Form.EARLIER_REF)),
    "submitter_became_a_date": Dirt(SUBMITTER, "became_a_date", _DATE),
    "submitter_too_long": Dirt(SUBMITTER, "submitter_too_long", "合成用户" * 51),
    "submitter_is_an_error": Dirt(SUBMITTER, "error_cell", _ERROR),
    "empty_title": Dirt(TITLE, "empty_title", ""),
    "blank_title": Dirt(TITLE, "empty_title", " \n\t　\u200b"),
    "title_too_long": Dirt(TITLE, "title_too_long", "长" * 201),
    "title_became_a_date": Dirt(TITLE, "became_a_date", _DATE),
    "title_is_a_fraction": Dirt(TITLE, "inexact_number", 3.1),
    "title_is_an_error": Dirt(TITLE, "error_cell", _ERROR),
    "title_is_error_text": Dirt(TITLE, "error_cell", "#REF!"),
    "title_not_calculated": Dirt(TITLE, "formula_without_value", Special(Form.UNCALCULATED)),
    "no_received_time": Dirt(RECEIVED, "no_received_time", ""),
    "received_date_text": Dirt(RECEIVED, "no_time_of_day", "2019年1月8日"),
    "received_date_cell": Dirt(RECEIVED, "no_time_of_day", _DATE),
    "received_time_of_day": Dirt(RECEIVED, "no_date", Special(Form.TIME, _DAY + timedelta(hours=9))),
    "received_words": Dirt(RECEIVED, "unreadable_time", "去年冬天"),
    "received_short_year": Dirt(RECEIVED, "unreadable_time", "19-1-8 9:05"),
    "received_half_day": Dirt(RECEIVED, "unreadable_time", "2019/1/8 上午9:05"),
    "received_bare_number": Dirt(RECEIVED, "unreadable_time", 43473.3785532407),
    "received_impossible_date": Dirt(RECEIVED, "impossible_time", "2019-02-30 09:05"),
    "received_impossible_hour": Dirt(RECEIVED, "impossible_time", "2019/1/8 24:05:07"),
    "received_long_ago": Dirt(RECEIVED, "year_out_of_range", "1900-01-08 09:05:07"),
    "received_in_the_future": Dirt(RECEIVED, "in_the_future", "2999/1/8 9:05:07", {REPLY: "", REPLIED: ""}),
    "received_is_true": Dirt(RECEIVED, "boolean_cell", True),  # noqa: FBT003 - the cell is TRUE
    "empty_body": Dirt(BODY, "empty_body", ""),
    "body_of_tags_only": Dirt(BODY, "empty_body", "<p>&nbsp;</p>\n<br/>"),
    "body_too_long": Dirt(BODY, "body_too_long", "长" * 10_001),
    "body_is_true": Dirt(BODY, "boolean_cell", True),  # noqa: FBT003 - the cell is TRUE
    "body_with_control": Dirt(BODY, "control_character", "合成\x02控制字符"),
    "answer_without_time": Dirt(REPLIED, "answer_without_time", ""),
    "time_without_answer": Dirt(REPLY, "time_without_answer", ""),
    "reply_too_long": Dirt(REPLY, "reply_too_long", "长" * 10_001),
    "reply_became_a_date": Dirt(REPLY, "became_a_date", _DATE),
    "reply_is_an_error": Dirt(REPLY, "error_cell", _ERROR, {REPLIED: ""}),
    "reply_swallowed_by_merge": Dirt(REPLY, "merged_cell", Special(Form.MERGED)),
    "reply_before_letter": Dirt(REPLIED, "reply_before_letter", _before),
    "replied_date_text": Dirt(REPLIED, "no_time_of_day", "2019/1/8"),
    "replied_date_cell": Dirt(REPLIED, "no_time_of_day", _DATE),
    "replied_words": Dirt(REPLIED, "unreadable_time", "已电话答复"),
    "replied_in_the_future": Dirt(REPLIED, "in_the_future", "2999-01-08 09:05"),
}
