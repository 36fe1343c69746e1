"""Which column of a sheet is which part of a letter.

The names are those of docs/interface.md, `import letters`; the aliases are what other mailboxes call the same.
All seven columns must be there, also where a mailbox leaves them empty: a header that we do not know would
otherwise turn answered letters into unanswered ones without a word.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.cli.letters.refusals import AmbiguousWorkbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMES: Mapping[str, tuple[str, ...]] = {
    "ref": ("留言编号", "编号", "信件编号", "来信编号", "留言ID", "信件ID", "序列号"),
    "submitter": ("留言用户", "用户", "留言人", "来信人", "写信人", "提交人", "姓名", "网友"),
    "title": ("留言主题", "主题", "标题", "留言标题", "信件主题", "信件标题"),
    "received_at": ("留言时间", "来信时间", "写信时间", "提交时间", "收信时间", "留言日期"),
    "body": ("留言详情", "详情", "内容", "留言内容", "信件内容", "来信内容", "正文"),
    "reply": ("答复意见", "答复", "答复内容", "回复", "回复内容", "回复意见"),
    "replied_at": ("答复时间", "回复时间", "答复日期", "回复日期"),
}
FIELDS = tuple(NAMES)
# A title line, a unit name and a date may stand above the header; more than that is not a table.
HEADER_WITHIN = 10
_ENOUGH = 3


def _plain(header: object) -> str:
    text = unicodedata.normalize("NFKC", str(header)).upper()
    return "".join(text.split()).strip("*:")


_FIELD_OF = {_plain(name): field for field, names in NAMES.items() for name in names}


@dataclass(frozen=True, slots=True)
class Columns:
    """The header of a mailbox sheet: its row (1-based), where each field stands, and the texts as they are."""

    row: int
    position: Mapping[str, int]
    headers: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """The names, as docs/interface.md has them, of the columns that are not there."""
        return [names[0] for field, names in NAMES.items() if field not in self.position]

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headers that mean nothing to the import."""
        used = set(self.position.values())
        return tuple(text for i, text in enumerate(self.headers) if text and i not in used)

    def header(self, field: str) -> str:
        """The header of a field as it stands in the file."""
        return self.headers[self.position[field]]


def find_columns(rows: Sequence[Sequence[object]]) -> Columns | None:
    """The header among the first rows, `None` where nothing looks like one; `AmbiguousWorkbook`."""
    best: Columns | None = None
    for number, cells in enumerate(rows[:HEADER_WITHIN], start=1):
        found = _read_header(number, cells)
        if len(found.position) >= _ENOUGH and (best is None or len(found.position) > len(best.position)):
            best = found
    return best


def _read_header(number: int, cells: Sequence[object]) -> Columns:
    headers = tuple(str(cell).strip() for cell in cells)
    position: dict[str, int] = {}
    for index, text in enumerate(headers):
        field = _FIELD_OF.get(_plain(text))
        if field is None:
            continue
        if field in position:
            raise AmbiguousWorkbook({"columns": [headers[position[field]], text]})
        position[field] = index
    return Columns(number, position, headers)
