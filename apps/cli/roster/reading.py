"""A roster kept in Excel, read as people and faults (docs/interface.md, `import roster`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.cli.roster.columns import LAYOUT
from apps.cli.roster.rows import RowReader, on_the_wire
from apps.cli.workbooks.faults import RowFault
from apps.cli.workbooks.sheet import open_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from apps.cli.roster.units import Units

# The number of the row that a template shows as an example; nobody's number begins with these words.
SAMPLE = "示例"
# What is one person's alone, and the fault of all rows that share it.
_OWN = {"staff_number": "staff_number_repeated", "subject": "login_repeated"}


@dataclass(frozen=True, slots=True)
class Roster:
    """What a workbook holds: `total` = rows + rows with faults; blank rows and samples do not count.

    `rows` are as `registry.import_roster` takes them. `headers` says how the file calls each column, `ignored`
    which of its columns mean nothing here, `exact` whether the file says how much of a date was meant.
    """

    rows: list[dict[str, Any]]
    faults: list[RowFault]
    total: int
    headers: Mapping[str, str]
    ignored: tuple[str, ...]
    samples: int
    exact: bool


def read_roster(path: Path, units: Units, today: date) -> Roster:
    """People and faults in sheet order; nothing in a roster may lie after `today`.

    A staff number or a login that comes twice refuses both rows, also where one of them has another fault:
    nobody can say which is right. Refuses the workbook as a whole as `open_sheet` says.
    """
    sheet = open_sheet(path, LAYOUT)
    pile = _Pile()
    reader = RowReader(sheet.columns, sheet.marks, units, today)
    for row, cells in sheet.below_header():
        if not reader.is_blank(row, cells):
            pile.add(row, *reader.read(row, cells))
    # A row that shares both is told of the number.
    met = sorted(pile.met.items(), reverse=True)
    twice = {row: own for (own, _), rows in met if len(rows) > 1 for row in rows}
    repeated = [RowFault(row, sheet.columns.header(own), _OWN[own]) for row, own in twice.items()]
    return Roster(
        rows=[row for row in pile.rows if row["row"] not in twice],
        faults=sorted([*pile.faults, *repeated], key=lambda fault: fault.row),
        total=pile.total,
        headers={field: sheet.columns.header(field) for field in sheet.columns.position},
        ignored=sheet.columns.ignored,
        samples=pile.samples,
        exact=sheet.marks.exact,
    )


@dataclass(slots=True)
class _Pile:
    """What was read so far; `met` has the rows of each staff number and of each login."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    met: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    total: int = 0
    samples: int = 0

    def add(self, row: int, values: dict[str, Any], faults: list[RowFault]) -> None:
        number = values.get("staff_number")
        if number is not None and number.startswith(SAMPLE):
            self.samples += 1
            return
        self.total += 1
        for own in _OWN:
            if own in values:
                self.met.setdefault((own, values[own]), []).append(row)
        if faults:
            self.faults += faults
        else:
            self.rows.append(on_the_wire(row, values))
