"""A second look at single cells, for what the reader does not tell.

Three things: an error value (`#REF!`) and a formula that was never calculated both read as empty, so an answer
would vanish without a word; a date at midnight reads as a bare date whatever its format shows. The second look
is taken only where the first left a doubt, and only xlsx has one: in an xls, such a date counts as bare, and a
cell with an error as empty.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from apps.cli.letters.cells import ERROR_VALUES
from apps.cli.letters.ooxml import blocks, form_of, place_of, sheet_part, styled, timed_styles
from apps.cli.letters.refusals import ErrorsInWorkbook, UnreadableWorkbook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from apps.cli.letters.columns import Columns
    from apps.cli.letters.guard import Findings

Merge = tuple[tuple[int, int], tuple[int, int]]
Place = tuple[int, int]


@dataclass(slots=True)
class Marks:
    """Cells by (row as the spreadsheet shows it, index of the column); `errors` are the values they show."""

    faults: dict[Place, str] = field(default_factory=dict)
    errors: dict[Place, str] = field(default_factory=dict)
    midnights: set[Place] = field(default_factory=set)
    rows: set[int] = field(default_factory=set)

    def refuse(self, place: Place, code: str) -> None:
        """Mark a cell as one that cannot be read; the first reason stays."""
        self.faults.setdefault(place, code)
        self.rows.add(place[0])


def look_closer(
    path: Path, sheet: str, rows: Sequence[Sequence[object]], columns: Columns, found: Findings
) -> Marks:
    """Marks for the letters below the header.

    `UnreadableWorkbook` where the parts contradict each other, `ErrorsInWorkbook` where an error has no place.
    """
    marks = Marks()
    dates = _bare_dates(rows, columns)
    if not found.is_xlsx or not (dates or found.errors or found.uncalculated):
        return marks
    used = set(columns.position.values())
    try:
        with zipfile.ZipFile(path) as archive:
            timed = timed_styles(archive) if dates else frozenset()
            for place, code, error in _look(archive, sheet_part(archive, sheet), found, dates, timed):
                if code == "midnight":
                    marks.midnights.add(place)
                    marks.rows.add(place[0])
                elif place[0] > columns.row and place[1] in used:
                    marks.refuse(place, code)
                    if error in ERROR_VALUES:
                        marks.errors[place] = error
    except (LookupError, StopIteration, ValueError, ParseError, zipfile.BadZipFile, OSError) as fault:
        raise UnreadableWorkbook from fault
    return marks


def _bare_dates(rows: Sequence[Sequence[object]], columns: Columns) -> set[Place]:
    times = {columns.position["received_at"], columns.position["replied_at"]}
    return {
        (number, i)
        for number, cells in enumerate(rows[columns.row :], start=columns.row + 1)
        for i in times
        if isinstance(cells[i], date) and not isinstance(cells[i], datetime)
    }


def _look(
    archive: zipfile.ZipFile, part: str, found: Findings, dates: set[Place], timed: frozenset[int]
) -> Iterator[tuple[Place, str, str]]:
    """Places with what is known of them and the error that they show; a place may come twice, on a seam."""
    form = None
    for block in blocks(archive, part):
        form = form or form_of(block)
        if found.errors:
            for attributes, error in form.error.findall(block):
                yield _placed(attributes), "error_cell", error.decode(errors="replace")
        if found.uncalculated:
            for attributes in form.uncalculated.findall(block):
                yield _placed(attributes), "formula_without_value", ""
        if dates:
            shown = (place_of(attributes) for attributes in styled(form, timed).findall(block))
            yield from ((place, "midnight", "") for place in shown if place in dates)


def _placed(attributes: bytes) -> Place:
    place = place_of(attributes)
    if place is None:
        raise ErrorsInWorkbook
    return place


def mark_merged(marks: Marks, merged: Sequence[Merge] | None, columns: Columns) -> None:
    """Refuse every cell that a merge has swallowed: its own value is gone, the neighbour's is not its own."""
    used = set(columns.position.values())
    for (top, left), (bottom, right) in merged or ():
        for row in range(max(top + 1, columns.row + 1), bottom + 2):
            for i in used.intersection(range(left, right + 1)):
                if (row, i) != (top + 1, left):
                    marks.refuse((row, i), "merged_cell")
