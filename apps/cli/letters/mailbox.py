"""A mailbox kept in Excel, read as letters and faults (docs/interface.md, `import letters`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apps.cli.letters.columns import LAYOUT
from apps.cli.letters.rows import Letter, RowReader
from apps.cli.workbooks.faults import RowFault
from apps.cli.workbooks.sheet import open_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CONTENT = slice(Letter._fields.index("submitter"), None)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What a workbook holds: `total` = letters + rows with faults + duplicates; blank rows do not count.

    `headers` says how the file calls each part of a letter, `ignored` which of its columns mean nothing here.
    """

    rows: list[Letter]
    faults: list[RowFault]
    total: int
    duplicates: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


def read_mailbox(path: Path, now: int) -> Mailbox:
    """Letters and faults in sheet order; nothing may have happened after the instant `now` (µs UTC).

    A number that comes again with the same content is a duplicate; with other content the later row is refused,
    as a second import of it would be. Refuses the workbook as a whole as `sheet.open_sheet` says.
    """
    sheet = open_sheet(path, LAYOUT)
    reader = RowReader(sheet.columns, sheet.marks, now)
    letters: dict[str, Letter] = {}
    faults: list[RowFault] = []
    total = duplicates = 0
    for row, cells in sheet.below_header():
        if reader.is_blank(row, cells):
            continue
        total += 1
        read = reader.read(row, cells)
        if isinstance(read, list):
            faults.extend(read)
            continue
        first = letters.setdefault(read.ref, read)
        if first is read:
            continue
        if first[_CONTENT] == read[_CONTENT]:
            duplicates += 1
        else:
            faults.append(RowFault(row, sheet.columns.header("ref"), "number_repeated"))
    headers = {name: sheet.columns.header(name) for name in sheet.columns.position}
    return Mailbox(list(letters.values()), faults, total, duplicates, headers, sheet.columns.ignored)
