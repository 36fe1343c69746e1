"""The arrangements that ship with the product, read from `years.yaml`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from kernel.worktime.year import CalendarYear


@cache
def published_years() -> tuple[CalendarYear, ...]:
    """The years 2004–2026; `CalendarFault` where somebody's edit of the file contradicts itself."""
    # `domain/` imports working time and must load where no YAML is installed.
    from kernel.worktime import plain_yaml  # noqa: PLC0415

    text = (files("kernel.worktime") / "years.yaml").read_text(encoding="utf-8")
    return tuple(CalendarYear.from_mapping(entry) for entry in plain_yaml.read(text).value)
