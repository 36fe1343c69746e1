"""How the command line speaks: one JSON document with `--json`, Chinese for people, refusals as one line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import orjson

from apps.cli.wording import PERSON_STATES, STATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from kernel.refusals import Refusal

_WORDS = STATES | PERSON_STATES
DONE, REFUSED, MISUSED = 0, 1, 2
_NARROW = 80
# Details that tell a person what to do next, beside `fields`.
_TELLING = {
    "state": "当前状态",
    "version": "当前版本",
    "position": "位置",
    "correlation_id": "关联编号",
    "batch": "批次",
    "imported": "已导入",
}


class Output:
    """Where answers go. `as_json` is set once, from the command's words."""

    as_json = False

    def answer(self, document: Any, show: Callable[[Any], None] | None = None) -> None:
        """Print an answer: as JSON, or by `show` for people."""
        if self.as_json or show is None:
            _write(document)
        else:
            show(document)
        sys.stdout.flush()

    def refused(self, refusal: Refusal) -> None:
        """Print a refusal: the JSON error on stdout, or one line on stderr."""
        self.failed(refusal.code, refusal.message, refusal.clause, refusal.details)

    def failed(
        self, code: str, message: str, clause: str | None = None, details: dict[str, Any] | None = None
    ) -> None:
        """Print why nothing was done."""
        # The words of a command may hold line breaks, and bytes that are no text.
        message = " ".join(message.encode("utf-8", "replace").decode().split())
        if self.as_json:
            _write({"error": {"code": code, "message": message, "clause": clause, "details": details or {}}})
        else:
            told = "；".join([*([clause] if clause else []), *_told(details or {})])
            sys.stderr.write(f"{message}{f'（{told}）' if told else ''} [{code}]\n")

    def note(self, sentence: str) -> None:
        """Tell a person something beside the answer."""
        sys.stderr.write(sentence + "\n")


OUTPUT = Output()


def console() -> Console:
    """Where tables are shown, wide enough for ours also where the terminal is not or says nothing."""
    from rich.console import Console  # noqa: PLC0415 - most commands show no table

    found = Console(highlight=False)
    found.width = max(found.width, _NARROW)
    return found


def _write(document: Any) -> None:
    """JSON is UTF-8, whatever the terminal speaks."""
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0)
    sys.stdout.flush()
    sys.stdout.buffer.write(text + b"\n")


def _told(details: dict[str, Any]) -> list[str]:
    fields = [f"{name}：{sentence}" for name, sentence in details.get("fields", {}).items()]
    known = [(word, details[name]) for name, word in _TELLING.items() if name in details]
    unknown = ["有规定所问的内容未登记，并非不符合"] if details.get("unknown") is True else []
    return unknown + fields + [f"{word}：{_WORDS.get(str(value), value)}" for word, value in known]
