"""The live row that a calendar year's events make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernel.envelope import Event


def calendar_rows(events: Sequence[Event]) -> dict[str, dict[str, dict[str, Any]]]:
    """The live row that a calendar year's events make."""
    last = events[-1]
    content = orjson.dumps(last.data, option=orjson.OPT_SORT_KEYS).decode()
    year = str(last.data["year"])
    return {"calendar_year": {year: {"year": year, "content": content, "imported_at": last.recorded_at}}}
