"""What a person asks to have corrected in their file, and what becomes of it (pure)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

STREAM: Final = "correction/"
TEXT: Final = "text"
REASON: Final = "reason"


class CorrectionState(StrEnum):
    """Open until somebody who keeps the registry has answered."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


def correction_of(correction_id: str) -> str:
    """The stream that holds a request and its answer."""
    return STREAM + correction_id
