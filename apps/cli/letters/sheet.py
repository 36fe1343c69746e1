"""The one sheet of a workbook that is a mailbox: its rows, its columns, and what is known of single cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from apps.cli.letters.columns import NAMES, Columns, find_columns
from apps.cli.letters.guard import inspect
from apps.cli.letters.marks import Marks, look_closer, mark_merged
from apps.cli.letters.refusals import (
    AmbiguousWorkbook,
    EmptyWorkbook,
    EncryptedWorkbook,
    MissingColumns,
    UnreadableWorkbook,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows[0]` is the spreadsheet's row 1; the letters stand below `columns.row`."""

    name: str
    rows: list[list[Any]]
    columns: Columns
    marks: Marks

    def below_header(self) -> Iterator[tuple[int, list[Any]]]:
        """Row numbers as the spreadsheet shows them, with their cells."""
        return enumerate(self.rows[self.columns.row :], start=self.columns.row + 1)


def open_sheet(path: Path) -> Sheet:
    """Read the mailbox sheet of an xlsx, xls or ods file, whatever its name ends in.

    Hidden sheets are left alone; hidden rows and columns are read. Refuses the workbook as a whole:
    `UnreadableFile`, `UnreadableWorkbook`, `EncryptedWorkbook`, `WorkbookTooLarge`, `ErrorsInWorkbook`,
    `EmptyWorkbook`, `MissingColumns`, `AmbiguousWorkbook`.
    """
    findings = inspect(path)
    name, rows, merged, columns = _choose(_read_all(path))
    marks = look_closer(path, name, rows, columns, findings)
    mark_merged(marks, merged, columns)
    return Sheet(name, rows, columns, marks)


def _read_all(path: Path) -> list[tuple[str, list[list[Any]], Any]]:
    """Every visible worksheet that has a cell: name, rows, merged ranges."""
    try:
        with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
            visible = [
                meta.name
                for meta in book.sheets_metadata
                if meta.typ is SheetTypeEnum.WorkSheet and meta.visible is SheetVisibleEnum.Visible
            ]
            sheets = [book.get_sheet_by_name(name) for name in visible]
            return [
                (sheet.name, sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges)
                for sheet in sheets
                if sheet.end
            ]
    except PasswordError:
        raise EncryptedWorkbook from None
    except CalamineError:
        raise UnreadableWorkbook from None
    except BaseException as fault:
        # A broken file can make the reader panic, which arrives outside of `Exception` on purpose.
        if type(fault).__name__ == "PanicException":
            raise UnreadableWorkbook from None
        raise


def _choose(
    sheets: list[tuple[str, list[list[Any]], Any]],
) -> tuple[str, list[list[Any]], Any, Columns]:
    """The only sheet with a mailbox's header; one that lacks a column is named only where no other fits."""
    if not sheets:
        raise EmptyWorkbook
    headed = []
    lacking = [[names[0] for names in NAMES.values()]]
    for name, rows, merged in sheets:
        columns = find_columns(rows)
        if columns is not None and not columns.missing:
            headed.append((name, rows, merged, columns))
        elif columns is not None:
            lacking.append(columns.missing)
    if not headed:
        raise MissingColumns({"columns": min(lacking, key=len)})
    if len(headed) > 1:
        raise AmbiguousWorkbook({"sheets": [name for name, *_ in headed]})
    return headed[0]
