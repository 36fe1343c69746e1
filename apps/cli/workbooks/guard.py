"""What has to be known of a file before a reader may unpack it.

The reader lays a sheet out as a dense grid in memory and aborts the process when that does not fit: one space
in the last cell of a sheet (XFD1048576) is enough. It also turns error values and formulas that no spreadsheet
program has calculated into empty cells. So the parts are streamed once before: their true unpacked size (the
directory of an archive may say less), the extent of the cells with content, and whether such cells occur.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.cli.workbooks.ooxml import Extent, Form, blocks, form_of
from apps.cli.workbooks.refusals import (
    EncryptedWorkbook,
    ErrorsInWorkbook,
    UnreadableFile,
    UnreadableWorkbook,
    WorkbookTooLarge,
)

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 50 * 2**20
MAX_UNPACKED = 500 * 2**20
MAX_CELLS = 10_000_000
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODS_TAG = re.compile(rb"<table:(table-row|table-cell|covered-table-cell|table)\b([^>]*)>")
_ODS_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"')
_ODS_ERROR = b'value-type="error"'


@dataclass(frozen=True, slots=True)
class Findings:
    """What the reader will not say by itself; all false for xls, whose reader shows such cells as empty."""

    is_xlsx: bool = False
    errors: bool = False
    formulas: bool = False
    uncalculated: bool = False


def inspect(path: Path) -> Findings:
    """Look through a file; `UnreadableFile`, `UnreadableWorkbook`, `EncryptedWorkbook`, `WorkbookTooLarge`."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise WorkbookTooLarge
        with path.open("rb") as file:
            start = file.read(len(_OLE))
            if start == _OLE and "EncryptedPackage".encode("utf-16-le") in file.read():
                raise EncryptedWorkbook
    except OSError:
        raise UnreadableFile from None
    if start == _OLE:
        return Findings()
    if not start.startswith(_ZIP):
        raise UnreadableWorkbook
    try:
        with zipfile.ZipFile(path) as archive:
            return _inspect_archive(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError):
        raise UnreadableWorkbook from None


def _inspect_archive(archive: zipfile.ZipFile) -> Findings:
    names = {name.lower() for name in archive.namelist()}
    members = archive.infolist()
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise WorkbookTooLarge
    if "content.xml" in names:
        _measure_ods(archive.read("content.xml"))
        return Findings()
    if "xl/workbook.xml" not in names:
        raise UnreadableWorkbook
    errors = formulas = uncalculated = False
    for member in members:
        extent = Extent()
        form: Form | None = None
        for block in blocks(archive, member.filename):
            form = form or form_of(block)
            extent.add(form.cell.findall(block))
            errors = errors or form.error_mark in block
            if form.formula_mark.search(block):
                formulas = True
                uncalculated = uncalculated or bool(form.uncalculated.search(block))
        if extent.cells > MAX_CELLS:
            raise WorkbookTooLarge
    return Findings(is_xlsx=True, errors=errors, formulas=formulas, uncalculated=uncalculated)


def _measure_ods(content: bytes) -> None:
    """Count an ods sheet out as its reader will: runs of equal rows and cells stand in it only once."""
    if _ODS_ERROR in content:
        raise ErrorsInWorkbook
    row = repeat = column = rows = columns = 0
    for kind, attributes in _ODS_TAG.findall(content):
        found = _ODS_REPEATED.search(attributes)
        times = int(found[1]) if found else 1
        if kind == b"table":
            row = repeat = rows = columns = 0
        elif kind == b"table-row":
            row, repeat, column = row + repeat, times, 0
        else:
            column += times
            if b"value-type=" in attributes:
                rows, columns = max(rows, row + repeat), max(columns, column)
                if rows * columns > MAX_CELLS:
                    raise WorkbookTooLarge
