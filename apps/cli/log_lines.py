"""Log lines on stderr: one JSON object each, without the messages of exceptions."""

from __future__ import annotations

import logging
import sys
from functools import cached_property
from typing import Any

from kernel.trouble import places


class JsonLines(logging.Formatter):
    """Made ready by the first line: most commands log nothing, and structlog takes a while to load."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        return self._lines.format(record)

    @cached_property
    def _lines(self) -> logging.Formatter:
        import structlog  # noqa: PLC0415 - see the class

        shared: list[Any] = [
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_messages,
        ]
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
        last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last)


def _without_messages(_logger: Any, _name: str, line: Any) -> Any:
    """Replace a traceback by classes and places: messages and local values may be personal data or keys."""
    info = line.pop("exc_info", None)
    if info:
        error = info if isinstance(info, BaseException) else sys.exc_info()[1] if info is True else info[1]
        line["error"] = " caused by ".join(places(error)) if error else None
    return line
