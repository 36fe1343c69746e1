"""What is said about an error of ours: all to the log, nothing of its text to the caller."""

from __future__ import annotations

import logging
import traceback
import uuid
from pathlib import PurePath
from typing import TYPE_CHECKING

from kernel.refusals import InternalError

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger(__name__)


def internal_error(error: BaseException, doing: str) -> InternalError:
    """Log the error under a new correlation id and answer the refusal that names it.

    The line holds exception classes and places in our code. Messages of exceptions stay out of it: a
    database's error quotes its parameters, a parser's the text that it read, and both may be personal data.
    """
    correlation_id = uuid.uuid4().hex
    _log.error("failed: %s correlation_id=%s %s", doing, correlation_id, " caused by ".join(places(error)))
    return InternalError({"correlation_id": correlation_id})


def places(error: BaseException) -> Iterator[str]:
    """The error and its causes: class, and where in our code; never their messages."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)
        where = " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in frames)
        yield f"{type(current).__module__}.{type(current).__qualname__} at {where or '?'}"
        current = current.__cause__ or current.__context__
