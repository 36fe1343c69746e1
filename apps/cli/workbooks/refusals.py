"""Why a whole workbook is refused, or an import stops. A bad row is a `RowFault` instead (faults.py)."""

from __future__ import annotations

from kernel.refusals import Refusal


class UnreadableFile(Refusal):
    """There is no such file, or this user may not read it."""


class UnreadableWorkbook(Refusal):
    """Not an xlsx, xls or ods workbook, or one whose inside is broken."""


class EncryptedWorkbook(Refusal):
    """The workbook asks for a password."""


class EmptyWorkbook(Refusal):
    """No visible sheet has a single cell."""


class WorkbookTooLarge(Refusal):
    """Over 50 MiB, over 500 MiB unpacked, or spread over more than ten million cells."""


class ErrorsInWorkbook(Refusal):
    """An ods workbook holds formula errors, which its reader cannot place: none of its cells can be trusted."""


class MissingColumns(Refusal):
    """No sheet has all the columns that are needed; `details.columns` names those that the best sheet lacks."""

    @property
    def message(self) -> str:
        """The sentence and the columns, so that the user need not read details."""
        return f"{super().message}缺：{'、'.join(self.details['columns'])}。"


class AmbiguousWorkbook(Refusal):
    """Two sheets fit, or two columns mean the same; `details.sheets` or `details.columns`."""

    @property
    def message(self) -> str:
        """The sentence and the names between which the user has to choose."""
        names = self.details.get("sheets") or self.details.get("columns") or []
        return f"{super().message}重复的是：{'、'.join(names)}。"


class UnwritableReport(Refusal):
    """The report cannot be written there, or would overwrite its source; found before anything is sent."""


class ImportInterrupted(Refusal):
    """The service stopped answering between two chunks.

    What was acknowledged stays: `details` has `batch`, the counts so far and the `code` that stopped it. The
    same file again imports the rest, because a row is known by its number.
    """
