"""Units by what people call them: id, name, or a short name that only one unit can mean."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from apps.cli.workbooks.cells import CellFault, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from apps.cli.roster.dates import Cell

_BETWEEN = re.compile(r"[、,，;；|\n]")
# 后勤 is enough for 后勤处; 学院 is not enough for the only college.
_SHORTEST_START, _SHORTEST_END = 2, 3


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


class Units:
    """The units of an institution, as `registry.list_units` answers them: `{"id", "name"}` each."""

    def __init__(self, items: Iterable[Mapping[str, str]]) -> None:
        """Take the units."""
        self._names = {item["id"]: item["name"] for item in items}
        self._exact: dict[str, list[str]] = {}
        for unit, name in self._names.items():
            self._exact.setdefault(_plain(name), []).append(unit)
        self._exact.update({unit: [unit] for unit in self._names})
        self._short: dict[str, str] = {}

    @property
    def names(self) -> list[str]:
        """The names, in their order."""
        return list(self._names.values())

    @property
    def understood(self) -> dict[str, str]:
        """The short names that were met, and the units that they were taken for, for somebody to look at."""
        return {text: self._names[unit] for text, unit in self._short.items()}

    def read(self, cell: Cell) -> list[str] | None:
        """The ids of the units of a cell, each once; `CellFault` for one that is not there or could be two."""
        text = text_of(cell.value)
        if not text:
            return None
        whole = self._exact.get(_plain(text))
        parts = [text] if whole else [part.strip() for part in _BETWEEN.split(text)]
        return list(dict.fromkeys(self._find(part) for part in parts if part))

    def _find(self, text: str) -> str:
        name = _plain(text)
        if text in self._short:
            return self._short[text]
        found = self._exact.get(name) or self._by_short_name(name)
        if len(found) != 1:
            raise CellFault("unit_ambiguous" if found else "unit_not_found")
        if name not in self._exact:
            self._short[text] = found[0]
        return found[0]

    def _by_short_name(self, name: str) -> list[str]:
        """A name that one unit's name begins or ends with."""
        return [
            unit
            for known, units in self._exact.items()
            for unit in units
            if known != unit
            and (
                (len(name) >= _SHORTEST_START and known.startswith(name))
                or (len(name) >= _SHORTEST_END and known.endswith(name))
            )
        ]
