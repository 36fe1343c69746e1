"""Named points at which a test may kill the process, to prove that nothing half-done is ever seen.

Costs one dictionary look-up where no fault is asked for. `ZHITONGCHE_FAULT=relay.confirmed:3` ends the
process with SIGKILL when it passes that point the third time.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

_NAME, _, _NTH = os.environ.get("ZHITONGCHE_FAULT", "").partition(":")
_passed: Counter[str] = Counter()


def point(name: str) -> None:
    """Do nothing, unless this very point was asked for."""
    if name != _NAME:
        return
    _passed[name] += 1
    if _passed[name] >= int(_NTH or 1):
        os.kill(os.getpid(), signal.SIGKILL)
