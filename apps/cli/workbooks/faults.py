"""Why a single row is refused."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from kernel.refusals import messages


class RowFault(NamedTuple):
    """Why a row is refused: its number as the spreadsheet shows it, the header of the cell, and a code."""

    row: int
    column: str
    code: str

    @property
    def message(self) -> str:
        """The Chinese sentence: a fault of a row, or what the service said about a field."""
        catalogue = messages()
        for group in ("rows", "fields", "refusals"):
            with suppress(KeyError):
                return catalogue[group][self.code]
        return catalogue["rows"]["refused_by_service"]

    def told(self) -> dict[str, int | str]:
        """As an answer has it: `{"row","column","code","message"}`."""
        return {"row": self.row, "column": self.column, "code": self.code, "message": self.message}


class SaidFault(RowFault):
    """A fault for which the service has its own sentence."""

    _said = ""

    @classmethod
    def saying(cls, fault: RowFault, sentence: str) -> SaidFault:
        """The fault with that sentence."""
        said = cls(*fault)
        said._said = sentence
        return said

    @property
    def message(self) -> str:
        """The service's sentence."""
        return self._said
