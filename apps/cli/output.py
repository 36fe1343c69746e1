"""How the command line speaks: one JSON document with `--json`, Chinese for people, refusals as one line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel.refusals import Refusal

DONE, REFUSED, MISUSED = 0, 1, 2


class Output:
    """Where answers go. `as_json` is set once, from the command's words."""

    as_json = False

    def answer(self, document: Any, show: Callable[[Any], None] | None = None) -> None:
        """Print an answer: as JSON, or by `show` for people."""
        if self.as_json or show is None:
            sys.stdout.write(_json(document) + "\n")
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
        if self.as_json:
            error = {"code": code, "message": message, "clause": clause, "details": details or {}}
            sys.stdout.write(_json({"error": error}) + "\n")
        else:
            named = "；".join(f"{name}：{text}" for name, text in (details or {}).get("fields", {}).items())
            sys.stderr.write(f"{message}{f'（{named}）' if named else ''} [{code}]\n")

    def note(self, sentence: str) -> None:
        """Tell a person something beside the answer."""
        sys.stderr.write(sentence + "\n")


OUTPUT = Output()


def _json(document: Any) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0).decode()
