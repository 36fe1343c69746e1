"""Which column of a sheet is which part of a letter.

The names are those of docs/interface.md, `import letters`; the aliases are what other mailboxes call the same.
All seven columns must be there, also where a mailbox leaves them empty: a header that we do not know would
otherwise turn answered letters into unanswered ones without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.cli.workbooks.formats import shows_time
from apps.cli.workbooks.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

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
LAYOUT = Layout(
    names=NAMES,
    needed=frozenset(FIELDS),
    # A date at midnight reads as a bare date; only a format with hours makes it a time.
    doubted=frozenset({"received_at", "replied_at"}),
    tells=shows_time,
    formulas=True,
)
