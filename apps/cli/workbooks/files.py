"""A workbook appears whole or not at all."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from xlsxwriter.exceptions import FileCreateError

from apps.cli.workbooks.refusals import UnwritableReport

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_writable(out: Path) -> None:
    """`UnwritableReport` where no file can be made."""
    try:
        # Rights tell too little: nobody may make a file in /proc, and on a full or read-only disk neither.
        tempfile.TemporaryFile(dir=out.parent).close()
    except OSError:
        raise UnwritableReport from None
    if out.is_dir():
        raise UnwritableReport


@contextmanager
def written_whole(out: Path) -> Iterator[Path]:
    """A file beside `out` to write to, which takes its place when it is done; `UnwritableReport`."""
    check_writable(out)
    with tempfile.NamedTemporaryFile(dir=out.parent, prefix=".part-", suffix=".xlsx", delete=False) as file:
        partial = Path(file.name)
    try:
        yield partial
        partial.replace(out)
    except (OSError, FileCreateError):
        raise UnwritableReport from None
    finally:
        partial.unlink(missing_ok=True)
