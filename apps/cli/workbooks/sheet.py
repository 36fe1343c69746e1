"""The one sheet of a workbook that an import is about: its rows, its columns, what is known of single cells."""

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

from apps.cli.workbooks.guard import inspect
from apps.cli.workbooks.marks import Marks, look_closer, mark_merged
from apps.cli.workbooks.refusals import (
    AmbiguousWorkbook,
    EmptyWorkbook,
    EncryptedWorkbook,
    MissingColumns,
    UnreadableWorkbook,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apps.cli.workbooks.layout import Columns, Layout


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows[0]` is the spreadsheet's row 1; what is imported stands below `columns.row`."""

    name: str
    rows: list[list[Any]]
    columns: Columns
    marks: Marks

    def below_header(self) -> Iterator[tuple[int, list[Any]]]:
        """Row numbers as the spreadsheet shows them, with their cells."""
        return enumerate(self.rows[self.columns.row :], start=self.columns.row + 1)


def open_sheet(path: Path, layout: Layout) -> Sheet:
    """Read the sheet of this layout from an xlsx, xls or ods file, whatever its name ends in.

    Hidden sheets are left alone; hidden rows and columns are read. Refuses the workbook as a whole:
    `UnreadableFile`, `UnreadableWorkbook`, `EncryptedWorkbook`, `WorkbookTooLarge`, `ErrorsInWorkbook`,
    `EmptyWorkbook`, `MissingColumns`, `AmbiguousWorkbook`.
    """
    findings = inspect(path)
    name, rows, merged, columns = _choose(_read_all(path), layout)
    marks = look_closer(path, name, rows, (layout, columns), findings)
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
    sheets: list[tuple[str, list[list[Any]], Any]], layout: Layout
) -> tuple[str, list[list[Any]], Any, Columns]:
    """The only sheet with such a header; one that lacks a column is named only where no other fits."""
    if not sheets:
        raise EmptyWorkbook
    headed = []
    lacking = [layout.missing(None)]
    for name, rows, merged in sheets:
        columns = layout.find(rows)
        missing = layout.missing(columns)
        if columns is not None and not missing:
            headed.append((name, rows, merged, columns))
        elif columns is not None:
            lacking.append(missing)
    if not headed:
        raise MissingColumns({"columns": min(lacking, key=len)})
    if len(headed) > 1:
        raise AmbiguousWorkbook({"sheets": [name for name, *_ in headed]})
    return headed[0]
