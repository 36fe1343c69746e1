"""What an import expects of its sheet, and where a sheet has it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apps.cli.workbooks.refusals import AmbiguousWorkbook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# A title line, a unit name and a date may stand above the header; more than that is not a table.
HEADER_WITHIN = 10
_ENOUGH = 3


def _plain(header: object) -> str:
    text = unicodedata.normalize("NFKC", str(header)).upper()
    return "".join(text.split()).strip("*:")


@dataclass(frozen=True)
class Layout:
    """The columns of one kind of sheet.

    `names` has the headers of each field, first the one of docs/interface.md, then what other sheets call the
    same; `needed` are the fields without which it is no such sheet. `doubted` are the fields in which a number
    or a date means what its number format shows, where `tells` says that the format shows it.
    `formulas` says whether a calculated formula counts as its value.
    """

    names: Mapping[str, tuple[str, ...]]
    needed: frozenset[str]
    doubted: frozenset[str]
    tells: Callable[[str], bool]
    formulas: bool
    _field_of: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found = {_plain(name): field for field, names in self.names.items() for name in names}
        object.__setattr__(self, "_field_of", found)

    def find(self, rows: Sequence[Sequence[object]]) -> Columns | None:
        """The header among the first rows, `None` where nothing looks like one; `AmbiguousWorkbook`."""
        best: Columns | None = None
        enough = min(_ENOUGH, len(self.needed))
        for number, cells in enumerate(rows[:HEADER_WITHIN], start=1):
            found = self._read_header(number, cells)
            if len(found.position) >= enough and (best is None or len(found.position) > len(best.position)):
                best = found
        return best

    def missing(self, columns: Columns | None) -> list[str]:
        """The names, as docs/interface.md has them, of the columns that are not there."""
        there = {} if columns is None else columns.position
        return [names[0] for name, names in self.names.items() if name in self.needed and name not in there]

    def _read_header(self, number: int, cells: Sequence[object]) -> Columns:
        headers = tuple(str(cell).strip() for cell in cells)
        position: dict[str, int] = {}
        for index, text in enumerate(headers):
            name = self._field_of.get(_plain(text))
            if name is None:
                continue
            if name in position:
                raise AmbiguousWorkbook({"columns": [headers[position[name]], text]})
            position[name] = index
        return Columns(number, position, headers)


@dataclass(frozen=True, slots=True)
class Columns:
    """The header of a sheet: its row (1-based), where each field stands, and the texts as they are."""

    row: int
    position: Mapping[str, int]
    headers: tuple[str, ...]

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headers that mean nothing to the import."""
        used = set(self.position.values())
        return tuple(text for i, text in enumerate(self.headers) if text and i not in used)

    def header(self, field: str) -> str:
        """The header of a field as it stands in the file."""
        return self.headers[self.position[field]]
