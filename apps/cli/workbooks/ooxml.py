"""The few facts that are read from the parts of an xlsx directly, as a stream of blocks.

A sheet is searched, not parsed: a parser calls back for every tag of a mailbox of a hundred megabytes and takes
longer than the reading itself. The searches rest on what XML guarantees: in text, `<` is always escaped.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from apps.cli.workbooks.formats import BUILT_IN

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

_BLOCK = 2**20
# Carried from one block to the next, so that a tag on the seam is seen whole; a cell's text may be longer.
_SEAM = 4096
_ROOT = re.compile(rb"<(\w+:)?worksheet\b")
_REF = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")


class Form(NamedTuple):
    """How one part writes cells: its namespace prefix and its quotation mark decide the searches."""

    cell: re.Pattern[bytes]
    error: re.Pattern[bytes]
    error_mark: bytes
    uncalculated: re.Pattern[bytes]
    formula: re.Pattern[bytes]
    formula_mark: re.Pattern[bytes]
    prefix: bytes


@dataclass(slots=True)
class Extent:
    """How far the cells with content of a sheet reach."""

    rows: int = 0
    columns: set[bytes] = field(default_factory=set)

    def add(self, found: list[tuple[bytes, bytes]]) -> None:
        """Take column letters and row numbers."""
        if found:
            self.columns.update({letters for letters, _ in found})
            last = max(map(int, {number for _, number in found}))
            self.rows = max(self.rows, last)

    @property
    def cells(self) -> int:
        """Cells of the grid that holds them all."""
        return self.rows * max((column_index(letters) + 1 for letters in self.columns), default=0)


def blocks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """One part in blocks that overlap by the seam; its size and checksum are verified on the way."""
    with archive.open(name) as part:
        seam = b""
        while block := part.read(_BLOCK):
            yield seam + block
            seam = block[-_SEAM:]


def form_of(block: bytes) -> Form:
    """The form of a part, from its first block."""
    root = _ROOT.search(block)
    return _form((root and root[1]) or b"", b"'" if b" r='" in block else b'"')


@lru_cache(maxsize=16)
def _form(prefix: bytes, quote: bytes) -> Form:
    p, q = re.escape(prefix), quote
    return Form(
        # With content: a cell that closes in its own tag has only a style.
        cell=re.compile(
            rb"<%bc\s(?:[^>]*?\s)??r\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"'](?:[^>]*[^/>])?>" % p,
        ),
        # Its tag, and which error where that follows within reach.
        error=re.compile(
            rb"<%bc\s([^>]*\bt=%be%b[^>]*)>(?:\s*<%bf\b(?:[^>]*/>|[^>]*>[^<]*</%bf>))?"
            rb"(?:\s*<%bv>([^<]*)</%bv>)?" % (p, q, q, p, p, p, p)
        ),
        error_mark=b"t=%be%b" % (q, q),
        # A formula whose value is an empty text says so by its type; without a type it was never calculated.
        uncalculated=re.compile(
            rb"<%bc\s((?![^>]*\bt=)[^>]*)>\s*<%bf\b(?:[^>]*/>|[^>]*>[^<]*</%bf>)\s*"
            rb"(?:<%bv\s*/>|<%bv>\s*</%bv>)?\s*</%bc>" % ((p,) * 7),
        ),
        formula=re.compile(rb"<%bc\s([^>]*)>\s*<%bf[\s/>]" % (p, p)),
        formula_mark=re.compile(rb"<%bf[\s/>]" % p),
        prefix=p,
    )


def place_of(attributes: bytes) -> tuple[int, int] | None:
    """(Row number, index of the column) of a cell's tag, `None` where it leaves them to its place."""
    found = _REF.search(attributes)
    return (int(found[2]), column_index(found[1])) if found else None


@lru_cache(maxsize=16)
def styled(form: Form, styles: frozenset[int]) -> re.Pattern[bytes]:
    """The search for cells that have one of the styles, and which; for no style, one that finds nothing."""
    numbers = b"|".join(b"%d" % style for style in sorted(styles)) or b"(?!)"
    return re.compile(rb"<%bc\s([^>]*\bs=[\"'](%b)[\"'][^>]*)>" % (form.prefix, numbers))


@lru_cache(maxsize=20_000)
def column_index(letters: bytes) -> int:
    """A is 0, Z 25, AA 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def sheet_part(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name of a sheet's part; `KeyError` where the workbook does not say."""
    relation = {
        element.get("Id"): element.get("Target", "")
        for element in _parse(archive, "xl/_rels/workbook.xml.rels").iter()
        if element.get("Id")
    }
    for element in _parse(archive, "xl/workbook.xml").iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            ids = (value for key, value in element.attrib.items() if key.endswith("}id"))
            return posixpath.normpath(posixpath.join("/xl", relation[next(ids)])).lstrip("/")
    raise KeyError(sheet)


def number_formats(archive: zipfile.ZipFile) -> dict[int, str]:
    """The number format of each style that has one of its own or a built-in one of dates and times."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    root = _parse(archive, "xl/styles.xml")
    custom = {
        int(element.get("numFmtId", 0)): element.get("formatCode", "")
        for element in root.iter()
        if element.tag.endswith("}numFmt")
    }
    formats = next((element for element in root if element.tag.endswith("}cellXfs")), ())
    numbers = [int(element.get("numFmtId", 0)) for element in formats]
    found = {i: custom.get(number, BUILT_IN.get(number, "")) for i, number in enumerate(numbers)}
    return {i: number_format for i, number_format in found.items() if number_format}


def _parse(archive: zipfile.ZipFile, name: str) -> ET.Element:
    return ET.fromstring(archive.read(name))  # noqa: S314 - size bounded before; expat bounds entities
