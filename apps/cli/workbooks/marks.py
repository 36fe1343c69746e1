"""A second look at single cells, for what the reader does not tell.

Error values (`#REF!`) and formulas that were never calculated read as empty, so an answer would vanish without
a word; a calculated formula reads as its value; and what a number or a date means may stand in its number
format alone (a date at midnight, a month, leading zeros). The second look is taken only where the first left a
doubt, and only xlsx has one: elsewhere such a date counts as bare, and a cell with an error as empty.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import ParseError

from apps.cli.workbooks.cells import ERROR_VALUES
from apps.cli.workbooks.ooxml import blocks, form_of, number_formats, place_of, sheet_part, styled
from apps.cli.workbooks.refusals import ErrorsInWorkbook, UnreadableWorkbook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from apps.cli.workbooks.guard import Findings
    from apps.cli.workbooks.layout import Columns, Layout
    from apps.cli.workbooks.ooxml import Form

Merge = tuple[tuple[int, int], tuple[int, int]]
Place = tuple[int, int]


@dataclass(slots=True)
class Marks:
    """Cells by (row as the spreadsheet shows it, index of the column).

    `errors` are the values they show, `formats` the number formats that say what a doubted cell means; `exact`
    is whether formats could be asked at all.
    """

    faults: dict[Place, str] = field(default_factory=dict)
    errors: dict[Place, str] = field(default_factory=dict)
    formats: dict[Place, str] = field(default_factory=dict)
    rows: set[int] = field(default_factory=set)
    exact: bool = False

    def refuse(self, place: Place, code: str) -> None:
        """Mark a cell as one that cannot be read; the first reason stays."""
        self.faults.setdefault(place, code)
        self.rows.add(place[0])

    def tell(self, place: Place, number_format: str) -> None:
        """Note the number format of a doubted cell."""
        self.formats[place] = number_format
        self.rows.add(place[0])


class _Question(NamedTuple):
    """What the second look is for: faults, formulas, and the formats of doubted cells."""

    found: Findings
    formulas: bool
    doubted: set[Place]
    formats: Mapping[int, str]


def look_closer(
    path: Path, sheet: str, rows: Sequence[Sequence[object]], expected: tuple[Layout, Columns], found: Findings
) -> Marks:
    """Marks for the cells below the header.

    `UnreadableWorkbook` where the parts contradict each other, `ErrorsInWorkbook` where an error has no place.
    """
    layout, columns = expected
    marks = Marks(exact=found.is_xlsx)
    doubted = _doubted(rows, layout, columns)
    formulas = found.formulas and not layout.formulas
    if not found.is_xlsx or not (doubted or found.errors or found.uncalculated or formulas):
        return marks
    used = set(columns.position.values())
    try:
        with zipfile.ZipFile(path) as archive:
            formats = number_formats(archive) if doubted else {}
            telling = {style: told for style, told in formats.items() if layout.tells(told)}
            question = _Question(found, formulas, doubted, telling)
            for place, code, said in _look(archive, sheet_part(archive, sheet), question):
                if code == "format":
                    marks.tell(place, said)
                elif place[0] > columns.row and place[1] in used:
                    marks.refuse(place, code)
                    if said in ERROR_VALUES:
                        marks.errors[place] = said
    except (LookupError, StopIteration, ValueError, ParseError, zipfile.BadZipFile, OSError) as fault:
        raise UnreadableWorkbook from fault
    return marks


def _doubted(rows: Sequence[Sequence[object]], layout: Layout, columns: Columns) -> set[Place]:
    """Bare dates and numbers in the fields where their number format may say what they mean."""
    where = [columns.position[name] for name in layout.doubted if name in columns.position]
    return {
        (number, i)
        for number, cells in enumerate(rows[columns.row :], start=columns.row + 1)
        for i in where
        if isinstance(cells[i], int | float | date) and not isinstance(cells[i], bool | datetime)
    }


def _look(archive: zipfile.ZipFile, part: str, asked: _Question) -> Iterator[tuple[Place, str, str]]:
    """Places with what is known of them and what they show; a place may come twice, on a seam."""
    form = None
    for block in blocks(archive, part):
        form = form or form_of(block)
        yield from _faults(form, block, asked)
        if asked.doubted:
            for attributes, style in styled(form, frozenset(asked.formats)).findall(block):
                place = place_of(attributes)
                if place in asked.doubted:
                    yield place, "format", asked.formats[int(style)]


def _faults(form: Form, block: bytes, asked: _Question) -> Iterator[tuple[Place, str, str]]:
    """The cells that cannot be read; of two reasons for one cell, the better one first."""
    if asked.found.errors:
        for attributes, error in form.error.findall(block):
            yield _placed(attributes), "error_cell", error.decode(errors="replace")
    if asked.found.uncalculated:
        for attributes in form.uncalculated.findall(block):
            yield _placed(attributes), "formula_without_value", ""
    if asked.formulas:
        for attributes in form.formula.findall(block):
            yield _placed(attributes), "formula_cell", ""


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
