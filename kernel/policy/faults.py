"""What can be wrong with a policy pack, told to the person who edits it."""

from __future__ import annotations

from typing import Any, Final

# Sentences that only a pack needs; those of plain types stand in the group `fields` of the one catalogue.
SENTENCES: Final = {
    "no_packs": "没有找到任何政策包（应为 <单位>/pack.yaml）。",
    "unreadable": "文件不存在或无法读取。",
    "too_large": "文件超过 256 KiB，不像政策包。",
    "not_utf8": "文件不是 UTF-8 文本。",
    "not_yaml": "不是可读的 YAML。",
    "not_a_key": "项目名称应为文字。",
    "alias": "不能引用另一段内容，请直接写出。",
    "twice": "同一编号或项目重复出现。",
    "not_a_boolean": "应为 true 或 false。",
    "not_a_clause": "条款编号的格式应如 DT-15.1。",
    "uncited": "须注明条款（clause），或注明 local: true 并写明理由（reason）。",
    "cited_twice": "条款（clause）与 local 只能取其一。",
    "reason_missing": "local: true 须写明理由（reason）。",
    "reason_unneeded": "引用条款时不写理由（reason）。",
    "other_document": "所引条款不属于本单位的文件（document）。",
    "other_folder": "编号（id）应与所在文件夹同名。",
    "no_reply_clock": "缺少答复时限（clocks.reply）。",
    "hours_empty": "至少写一段办公时间。",
    "hours_unreadable": "办公时间应写作 08:30-12:00。",
    "hours_order": "办公时间须先后有序、互不重叠，并在 24:00 前结束。",
    "not_before_1992": "日期应在 1992 年至 2100 年之间。",
}


class PackFault(ValueError):
    """One fault of one pack.

    `file`, `line` (from 1), `where` (`units.library.kind`), `code` (stable), `message` (Chinese).
    """

    def __init__(self, file: str, line: int, where: str, code: str, message: str) -> None:
        super().__init__(f"{file} 第 {line} 行 {where + '：' if where else ''}{message}（{code}）")
        self.file = file
        self.line = line
        self.where = where
        self.code = code
        self.message = message

    def to_dict(self) -> dict[str, Any]:
        """`{"file","line","where","code","message"}`."""
        return {
            "file": self.file,
            "line": self.line,
            "where": self.where,
            "code": self.code,
            "message": self.message,
        }
