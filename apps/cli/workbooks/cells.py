"""Text and numbers of single cells, read exactly or refused.

What a text keeps: every character, tabs and line breaks inside, left-overs of HTML as the plain text they are.
What is normalised: Unicode NFC; line ends (CR LF, CR, and the breaks that Word pastes) to LF; white space and
zero-width characters at both ends are cut. Nothing is dropped silently: any other control character refuses
the cell, because nobody can say any more what it stood for.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time, timedelta

ERROR_VALUES = frozenset(
    {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
    | {"#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#EXTERNAL!", "#PYTHON!", "#TIMEOUT!"}
)
# What a report writes where a cell's content is lost, by code: refused again until somebody corrects it.
LOST = {"error_cell": "#错误!", "formula_without_value": "#未计算!", "merged_cell": "#已合并!"}
_REFUSED = dict.fromkeys(ERROR_VALUES, "error_cell") | {text: code for code, text in LOST.items()}
REF_LIMIT = 100
# A spreadsheet keeps 15 significant digits: a longer number has already lost its end.
_EXACT = 10**15
_ZERO_WIDTH = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_ENDS = _ZERO_WIDTH + "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_CONTROL_BYTES = bytes([*range(9), *range(11, 32), 127])
_C1_LEAD = b"\xc2"
_SUSPECT = ("<", "&", "#")
_BLANK_HTML = re.compile(rf"(?:</?[A-Za-z][^<>]*>|&nbsp;|&#160;|[\s{_ZERO_WIDTH}])*")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE | re.ASCII)
_BROKEN_LINE = re.compile(r"[\t\n]")


class CellFault(ValueError):
    """One cell cannot be read exactly; `code` is a key of the catalogue's group `rows`."""

    def __init__(self, code: str) -> None:
        """Take the code."""
        self.code = code
        super().__init__(code)


def text_of(value: object) -> str:
    """The text of a cell, empty where it says nothing; `CellFault` where a spreadsheet has changed it."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bool):
        raise CellFault("boolean_cell")
    if isinstance(value, date | time | timedelta):
        raise CellFault("became_a_date")
    return _whole(value, "inexact_number")


def ref_of(value: object) -> str:
    """The number of a letter as text: leading zeros of a text stay, `190337.0` is `190337`."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return _whole(value, "unreadable_number")
    text = text_of(value)
    if len(text) > REF_LIMIT or _BROKEN_LINE.search(text) or _SCIENTIFIC.fullmatch(text):
        raise CellFault("unreadable_number")
    return text


def refuse_lost(text: str) -> None:
    """`CellFault` for a cell that holds nothing but an error value, or what a report put in its place."""
    if text in _REFUSED:
        raise CellFault(_REFUSED[text])


def _whole(value: object, code: str) -> str:
    if isinstance(value, float | int) and value == value // 1 and 0 <= value < _EXACT:
        return str(int(value))
    raise CellFault(code)


def _clean(text: str) -> str:
    text = text.strip()
    if not text.isprintable():
        text = _without_controls(text)
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return _said(text) if text.startswith(_SUSPECT) else text


def _without_controls(text: str) -> str:
    """Line ends as line feeds, no zero-width characters at the ends; `CellFault` for any other control."""
    raw = text.encode()
    # Deleting bytes from the encoded text is five times as fast as a regular expression over a long body.
    if len(raw.translate(None, _CONTROL_BYTES)) != len(raw) or _C1_LEAD in raw:
        text = _BREAK.sub("\n", text)
        if _CONTROL.search(text):
            raise CellFault("control_character")
    return text.strip(_ENDS) if text[0] in _ZERO_WIDTH or text[-1] in _ZERO_WIDTH else text


def _said(text: str) -> str:
    """Nothing where only mark-up is left; `CellFault` for an error value that was saved as text."""
    refuse_lost(text)
    return "" if _BLANK_HTML.fullmatch(text) else text
