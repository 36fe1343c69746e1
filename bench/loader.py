"""Fills a feedback database with tickets of past years through the service's own decisions and writer.

`python -m bench.loader COUNT SEED OPEN` uses the settings of the environment. Nine of ten tickets are answered
letters without a department, one of ten went the whole line; the last OPEN of the latter stay assigned. The
log is a real one: sealed and chained, and it verifies.
"""

from __future__ import annotations

import gc
import random
import sys
import uuid
from typing import TYPE_CHECKING, Any

from kernel import instants
from kernel.identifiers import unguessable
from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.keys.keyring import KeyRing
from kernel.log.database import Database
from kernel.log.store import Conflict, StoredCommand, View
from kernel.log.work import Overlay, Work
from kernel.log.writer_postgresql import PostgresqlStore
from kernel.policy import Packs
from kernel.settings import Settings
from services.feedback.domain.ticket import decide
from services.feedback.domain.ticket.decide import Moment, Suggestion
from services.feedback.domain.ticket.states import stream_of
from services.feedback.handlers.ticket import TicketCommands
from services.feedback.storage.office import Calendars, Office, ticket_number
from services.feedback.storage.tables import WRITTEN

if TYPE_CHECKING:
    from kernel.keys.keyring import DataKey
    from services.feedback.domain.ticket.states import Ticket

BATCH = 1000
WHOLE_LINE = 10
_DAY = 86_400 * instants.SECOND
_FIRST = instants.parse("2021-01-04T08:00:00+08:00")
_YEARS = 5 * 365 * _DAY
_UNITS = ("academic-affairs", "logistics", "library")
_CHANNELS = ("office_mailbox", "president_mailbox", "secretary_mailbox")


class Loader:
    """Makes tickets in the past."""

    def __init__(self, settings: Settings, seed: int) -> None:
        secrets = Secrets.load(settings.secret_file)
        database = Database(settings.url("feedback"))
        keys = KeyRing(Database(settings.url("feedback_keys")), secrets.wrapping_key)
        self.office = Office(
            Packs.load(settings.policies), keys, secrets, database, calendars=Calendars(database)
        )
        self.tickets = TicketCommands(self.office)
        self.store = PostgresqlStore(database, WRITTEN)
        self.pack = self.office.pack("datong")
        self.clock = self.office.clock("datong")
        self.chance = random.Random(seed)

    def load(self, count: int, still_open: int) -> None:
        closed = count - still_open * WHOLE_LINE
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            # Numbers are random: in a year of a hundred thousand tickets one batch in ten meets a taken one.
            while not self._write(numbers, closed):
                pass

    def _write(self, numbers: range, closed: int) -> bool:
        overlay = Overlay(View(now=instants.now()), self.store)
        work = Work(
            overlay,
            service="feedback",
            actor=Actor("loader", Role.OPERATOR),
            command_id=str(uuid.uuid4()),
            keys=self.office.keys,
        )
        for number, key in zip(numbers, self.office.keys.take(len(numbers)), strict=True):
            self._ticket(work, key, number, still_open=number >= closed)
        work.join(StoredCommand("loader", "load", b"", b"{}"))
        try:
            self.store.write(overlay.batch)
        except Conflict:
            return False
        return True

    def _ticket(self, work: Work, key: DataKey, number: int, *, still_open: bool) -> None:
        received = _FIRST + self.chance.randrange(_YEARS)
        suggestion = Suggestion(
            ticket_id=unguessable(),
            institution=self.pack.id,
            number=ticket_number(instants.shanghai(received)),
            channel=self.chance.choice(_CHANNELS),
            category=None,
            confidentiality="named",
            title="合成的意见建议",
            body="合成的内容，只为测量。",
            received_at=received,
            reply_days=10,
        )
        ticket = self._record(work, None, key, decide.submit(suggestion, Moment(received, self.clock)))
        if number % WHOLE_LINE:
            facts = decide.answer_imported(
                ticket, self._after(received), text="已办。", replied_at=self._after(received).now
            )
            self._record(work, ticket, key, facts)
            return
        self._whole_line(work, ticket, key, still_open=still_open)

    def _whole_line(self, work: Work, ticket: Ticket, key: DataKey, *, still_open: bool) -> None:
        moment, lead = self._after(ticket.received_at), self.chance.choice(_UNITS)
        facts = decide.assign(ticket, moment, lead=lead, assisting=[], note=None)
        ticket = self._record(work, ticket, key, facts)
        if still_open:
            return
        moment = self._after(moment.now)
        facts = decide.reply(ticket, None, moment, text="已办。", outcome=None, lease_token=None)
        ticket = self._record(work, ticket, key, facts)
        facts = decide.close(ticket, self._after(moment.now), outcome=None, note=None)
        self._record(work, ticket, key, facts)

    def _after(self, instant: int) -> Moment:
        return Moment(instant + self.chance.randrange(1, 20 * _DAY), self.clock)

    def _record(self, work: Work, ticket: Ticket | None, key: DataKey, facts: Any) -> Ticket:
        stream_id = stream_of(facts[0].data["ticket_id"])
        events = work.record(stream_id, self.pack.id, facts, key=key, policy=self.pack.version)
        return self.tickets.project(work, ticket, events)


if __name__ == "__main__":
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    Loader(Settings.from_environment(), int(sys.argv[2])).load(int(sys.argv[1]), int(sys.argv[3]))
    print("{}")
