"""What the handlers and queries share: rules, keys, secrets and reads of the database."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import literal, select

import kernel.office
from kernel.canonical import keyed_hash
from kernel.identifiers import CROCKFORD, crockford
from kernel.identity.ownership import owner_mark
from kernel.worktime import CalendarYear, WorkCalendar
from services.feedback.storage.tables import CALENDAR_YEAR, LOG, TICKET

if TYPE_CHECKING:
    from kernel.log.database import Database
    from kernel.worktime import WorkClock

_RECEIPT_DIGITS = 20
_CALENDAR_SECONDS = 0.5


class Calendars:
    """The working calendar: the shipped years, and those that were imported since."""

    def __init__(self, database: Database) -> None:
        """Read imported years from the database, at most twice a second."""
        self._database = database
        self._calendar = WorkCalendar.standard()
        self._known: list[tuple[str, int]] = []
        self._read_at = float("-inf")

    def current(self) -> WorkCalendar:
        """The calendar that decisions use now."""
        if time.monotonic() - self._read_at > _CALENDAR_SECONDS:
            self._refresh()
        return self._calendar

    def forget(self) -> None:
        """Read again at the next question."""
        self._read_at = float("-inf")

    def _refresh(self) -> None:
        table = CALENDAR_YEAR.c
        with self._database.read() as connection:
            rows = connection.execute(select(table.year, table.imported_at, table.content)).all()
        known = sorted((year, imported_at) for year, imported_at, _ in rows)
        if known != self._known:
            calendar = WorkCalendar.standard()
            for _, _, content in rows:
                calendar = calendar.with_year(CalendarYear.from_mapping(orjson.loads(content)))
            self._calendar, self._known = calendar, known
        self._read_at = time.monotonic()


@dataclass(frozen=True, slots=True)
class Office(kernel.office.Office):
    """What the feedback service shares beside: the working calendar, marks and receipts."""

    calendars: Calendars

    def clock(self, institution: str) -> WorkClock:
        """The working clock of an institution by today's calendar."""
        return self.pack(institution).work_clock(self.calendars.current())

    def owner(self, ticket_id: str, subject: str) -> str:
        """The mark by which a submitter's own ticket is known; it links no two tickets."""
        return owner_mark(self.secrets.owner_key, ticket_id, subject)

    def submitted_by_source(self, institution: str, source_key: str) -> dict[str, Any] | None:
        """The stored answer of the submission that came from the same source before."""
        event, command = LOG["event"], LOG["command"]
        query = (
            select(command.c.answer)
            .select_from(TICKET)
            .join(event, event.c.stream_id == literal("ticket/") + TICKET.c.ticket_id)
            .join(command, command.c.command_id == event.c.command_id)
            .where(TICKET.c.institution == institution, TICKET.c.source_key == source_key)
            .where(event.c.stream_version == 1)
        )
        with self.database.read() as connection:
            stored = connection.execute(query).scalar_one_or_none()
        return None if stored is None else orjson.loads(stored)

    def receipt(self, command_id: str) -> str:
        """The submitter's receipt: 100 bits and a check character, derived from secret and command id."""
        digest = hmac.digest(self.secrets.receipt_key, f"receipt/{command_id}".encode(), hashlib.sha256)
        code = crockford(int.from_bytes(digest, "big"), _RECEIPT_DIGITS)
        whole = code + _check_character(code)
        return "-".join(whole[start : start + 7] for start in range(0, len(whole), 7))

    def receipt_index(self, receipt: str) -> str | None:
        """By what a receipt is looked up; `None` where its check character does not fit."""
        code = receipt.upper().replace("-", "").replace(" ", "").translate(_MISREAD)
        if len(code) != _RECEIPT_DIGITS + 1 or _check_character(code[:-1]) != code[-1]:
            return None
        return keyed_hash(self.secrets.receipt_key, b"index", code.encode()).hex()


# What Crockford's alphabet leaves out because people mix it up.
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def _check_character(code: str) -> str:
    total = sum((place + 1) * CROCKFORD.index(digit) for place, digit in enumerate(code) if digit in CROCKFORD)
    return CROCKFORD[total % 31]


def ticket_number(received_at: Any) -> str:
    """`<year>-<6 random Crockford characters>`: no order, no count to be read from it."""
    return f"{received_at.year}-{crockford(secrets.randbits(30), 6)}"
