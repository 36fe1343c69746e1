"""Words and numbers of single cells: names, codes, addresses. An empty cell is `None`: it changes nothing."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from apps.cli.roster.dates import NOTHING
from apps.cli.workbooks.cells import CellFault, ref_of, text_of
from apps.cli.workbooks.formats import zeros
from kernel.codes import table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from apps.cli.roster.dates import Cell

LIMIT = 200
POST_KINDS = {
    "teacher": "专任教师",
    "administrator": "管理",
    "technician": "专业技术",
    "worker": "工勤",
    "other": "其他",
}
DEGREES = {"doctor": "博士", "master": "硕士", "bachelor": "学士", "none": "无"}
LEVELS = {"school": "校级", "middle": "中层"}
_POST_KIND_WORDS = {
    **dict.fromkeys(("专任教师", "教师", "专任", "教学", "教学科研"), "teacher"),
    **dict.fromkeys(("管理", "行政", "行政管理", "党政管理", "管理干部"), "administrator"),
    **dict.fromkeys(("专业技术", "其他专业技术", "专技", "教辅", "实验技术"), "technician"),
    **dict.fromkeys(("工勤", "工勤技能"), "worker"),
    "其他": "other",
}
_LEVEL_WORDS: Mapping[str, tuple[str, str | None]] = {
    **dict.fromkeys(("校级", "校领导", "校级领导"), ("school", None)),
    **dict.fromkeys(("中层", "中层干部", "中层领导"), ("middle", None)),
    **dict.fromkeys(("校级正职", "校级正", "正校级"), ("school", "head")),
    **dict.fromkeys(("校级副职", "校级副", "副校级"), ("school", "deputy")),
    **dict.fromkeys(("中层正职", "中层正"), ("middle", "head")),
    **dict.fromkeys(("中层副职", "中层副"), ("middle", "deputy")),
}
_POST_KIND_END = re.compile("(?:人员|岗位|岗)$")
_DEGREE = re.compile("(?!名誉|荣誉).{0,8}?(博士|硕士|学士)(?:学位)?")
_DEGREE_CODES = {label: code for code, label in DEGREES.items()} | {"无学位": "none", "没有": "none"}
_TITLES = re.compile(r"[、,，;；/／|\n]")
_DOTS = re.compile(r"\s*[•・‧∙⋅･·]\s*")
_CHINESE_SPACE = re.compile(
    r"(?<=[\u3400-\u9fff\U00020000-\U0003ffff])\s+(?=[\u3400-\u9fff\U00020000-\U0003ffff])"
)
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()} | {
    0x3000: " "
}
_PHONE = re.compile(r"\+?\d[\d-]{4,18}\d")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")


def staff_number_of(cell: Cell) -> str | None:
    """The number as the sheet shows it: zeros on its left stay, also those that only its format shows."""
    number = ref_of(cell.value)
    if not isinstance(cell.value, str):
        return number.zfill(zeros(cell.number_format))
    # An apostrophe in front is how Excel is told that digits are a text.
    return "".join(unicodedata.normalize("NFKC", number).split()).removeprefix("'") or None


def name_of(cell: Cell) -> str | None:
    """A name in one spelling: no spaces between Chinese characters (张　三), one dot between its parts."""
    text = _one_line(cell).translate(_HALF_WIDTH)
    return _DOTS.sub("·", _CHINESE_SPACE.sub("", " ".join(text.split()))) or None


def words_of(cell: Cell) -> str | None:
    """A short text as it stands, and nothing for a word that says nothing."""
    text = _one_line(cell)
    return None if _bare(text) in NOTHING else text


def phone_of(cell: Cell) -> str | None:
    """One number, digits and hyphens as they stand."""
    return _matching(cell, _PHONE, "unreadable_phone")


def email_of(cell: Cell) -> str | None:
    """One address."""
    return _matching(cell, _EMAIL, "unreadable_email")


def login_of(cell: Cell) -> str | None:
    """A login name, in which there are no spaces."""
    return _matching(cell, re.compile(r"\S+"), "unreadable_login")


def coded(name: str, code: str) -> Callable[[Cell], str | None]:
    """The reader of a code table: its code for what people write, the fault `code` for anything else."""

    def read(cell: Cell) -> str | None:
        text = text_of(cell.value)
        found = table(name).code(text)
        if found is None and _bare(text) not in NOTHING:
            raise CellFault(code)
        return found

    return read


def parties_of(cell: Cell) -> list[str] | None:
    """Codes of political standing; two at once are legal."""
    found = table("political_status").codes(text_of(cell.value))
    if found is None:
        raise CellFault("unknown_party")
    return found or None


def titles_of(cell: Cell) -> list[dict[str, str]] | None:
    """Titles by code where the table has them, else by name; the rank where it is certain."""
    text = text_of(cell.value)
    if _bare(text) in NOTHING:
        return None
    if table("title").code(text) is not None:
        return [_title(text)]
    return [_title(part.strip()) for part in _TITLES.split(text) if part.strip()]


@lru_cache(maxsize=5_000)
def _title(text: str) -> dict[str, str]:
    titles = table("title")
    code, rank = titles.code(text), titles.rank(text)
    if len(text) > LIMIT:
        raise CellFault("too_long")
    named = {"code": code, "name": text if code is None else titles.label(code), "rank": rank}
    return {key: value for key, value in named.items() if value is not None}


def post_kind_of(cell: Cell) -> str | None:
    """The kind of post."""
    text = _bare(text_of(cell.value))
    return (
        None if text in NOTHING else _known(_POST_KIND_WORDS, _POST_KIND_END.sub("", text), "unknown_post_kind")
    )


def degree_of(cell: Cell) -> str | None:
    """The degree; 无 says that there is none, which is not an empty cell."""
    text = _bare(text_of(cell.value))
    if not text:
        return None
    found = _DEGREE.fullmatch(text)
    return _known(_DEGREE_CODES, found[1] if found else text, "unknown_degree")


def level_of(cell: Cell) -> tuple[str, str | None] | None:
    """The level of a leader, and the role where the word says it."""
    text = _bare(text_of(cell.value))
    found: tuple[str, str | None] | None = (
        None if text in NOTHING else _known(_LEVEL_WORDS, text, "unknown_level")
    )
    return found


def _known(words: Mapping[str, Any], text: str, code: str) -> Any:
    if text not in words:
        raise CellFault(code)
    return words[text]


def _one_line(cell: Cell) -> str:
    text = text_of(cell.value)
    if "\n" in text:
        raise CellFault("line_break")
    if len(text) > LIMIT:
        raise CellFault("too_long")
    return text


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _matching(cell: Cell, pattern: re.Pattern[str], code: str) -> str | None:
    """A cell without spaces, in half width."""
    text = _bare(text_of(cell.value))
    if text in NOTHING:
        return None
    if len(text) > LIMIT or not pattern.fullmatch(text):
        raise CellFault(code)
    return text
