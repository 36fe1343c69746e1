"""What can be wrong with a policy pack, told to the person who edits it."""

from __future__ import annotations

from typing import Any


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
