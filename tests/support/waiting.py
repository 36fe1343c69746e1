"""Waiting for what comes to pass: a test asks until it is so, and never sleeps for as long as it may take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def until(holds: Callable[[], Any], seconds: float = 20.0, every: float = 0.02) -> Any:
    """What a question answers once that is not nothing; an assertion fails when it stays nothing."""
    limit = time.monotonic() + seconds
    while not (answer := holds()):
        assert time.monotonic() < limit, "it did not come to pass"
        time.sleep(every)
    return answer
