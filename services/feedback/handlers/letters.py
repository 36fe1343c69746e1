"""Importing letters: each good row of a mailbox becomes a ticket with its original times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from sqlalchemy import select

from kernel import instants
from kernel.identifiers import unguessable
from kernel.refusals import InvalidInput
from services.feedback.domain.ticket import decide
from services.feedback.domain.ticket.decide import Moment, Suggestion
from services.feedback.domain.ticket.states import stream_of
from services.feedback.schemas.ticket import ImportedLetter
from services.feedback.storage.office import ticket_number
from services.feedback.storage.tables import TICKET

if TYPE_CHECKING:
    from kernel.facts import Fact
    from kernel.keys.keyring import DataKey
    from kernel.log.work import Work
    from kernel.policy import Pack
    from services.feedback.domain.ticket.states import Ticket
    from services.feedback.handlers.ticket import TicketCommands
    from services.feedback.storage.office import Office

Arguments = dict[str, Any]
Answer = dict[str, Any]
_LETTER = ImportedLetter()


class _Letter(NamedTuple):
    """A good row, with its identity and the mark of its content."""

    ref: str
    submitter: str | None
    title: str
    body: str
    received_at: int
    reply: str | None
    replied_at: int | None
    key: str
    digest: str


class LetterCommands:
    """Handler of `import_letters`."""

    def __init__(self, office: Office, tickets: TicketCommands) -> None:
        """Work with an office and the single-ticket handlers."""
        self.office = office
        self.tickets = tickets

    def import_letters(self, work: Work, arguments: Arguments) -> Answer:
        """Import what is new; a bad row is refused alone, a known one is counted or refused."""
        pack = self.office.pack(arguments["institution"])
        if arguments["channel"] not in pack.channels:
            raise InvalidInput.of(channel="unknown_channel")
        answer: Answer = {"imported": 0, "duplicates": 0, "refused": []}
        fresh = self._fresh(work, arguments, answer)
        answer["imported"] = len(fresh)
        if fresh and not arguments["dry_run"]:
            moment = Moment(work.instant(), self.office.clock(pack.id))
            for letter, key in zip(fresh, work.keys.take(len(fresh)), strict=True):
                self._import(work, letter, arguments, moment, key)
        return answer

    def _fresh(self, work: Work, arguments: Arguments, answer: Answer) -> list[_Letter]:
        good = []
        for row in arguments["rows"]:
            try:
                good.append(self._read(work, row, arguments))
            except InvalidInput as refusal:
                answer["refused"].append(_refused(row, refusal))
        known = self._known([letter.key for letter in good])
        fresh = []
        for letter in good:
            earlier = known.get(letter.key)
            if earlier is None:
                known[letter.key] = letter.digest
                fresh.append(letter)
            elif earlier == letter.digest:
                answer["duplicates"] += 1
            else:
                answer["refused"].append({"ref": letter.ref, "code": "import_conflict", "field": "ref"})
        return fresh

    def _read(self, work: Work, row: Any, arguments: Arguments) -> _Letter:
        letter = _LETTER.read(row if isinstance(row, dict) else {})
        received_at, reply, replied_at = letter["received_at"], letter["reply"], letter["replied_at"]
        if (reply is None) != (replied_at is None):
            raise InvalidInput.of(**{"reply" if reply is None else "replied_at": "required"})
        if replied_at is not None and replied_at < received_at:
            raise InvalidInput.of(replied_at="out_of_range")
        if (replied_at or received_at) > work.instant():
            raise InvalidInput.of(**{"replied_at" if replied_at else "received_at": "in_the_future"})
        key = self.office.keyed("letter", arguments["institution"], arguments["channel"], letter["ref"])
        times = f"{received_at}/{replied_at}"
        texts = (letter[name] or "" for name in ("submitter", "title", "body", "reply"))
        digest = self.office.keyed("content", *texts, times)
        return _Letter(**letter, key=key, digest=digest)

    def _known(self, keys: list[str]) -> dict[str, str]:
        key = TICKET.c.import_key
        # PostgreSQL does not see by itself that a long list is never null, as the index wants it.
        query = select(key, TICKET.c.import_digest).where(key.in_(keys), key.is_not(None))
        with self.office.database.read(by_index=True) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def _import(self, work: Work, letter: _Letter, arguments: Arguments, moment: Moment, key: DataKey) -> None:
        pack = self.office.pack(arguments["institution"])
        named = {"person_id": None, "name": letter.submitter, "contact": None}
        suggestion = Suggestion(
            ticket_id=unguessable(),
            institution=pack.id,
            number=ticket_number(instants.shanghai(letter.received_at)),
            channel=arguments["channel"],
            category=None,
            confidentiality="named",
            title=letter.title,
            body=letter.body,
            received_at=letter.received_at,
            reply_days=pack.clocks["reply"].working_days,
            submitter=orjson.dumps(named).decode() if letter.submitter else None,
            keyed={
                "import_key": letter.key,
                "import_digest": letter.digest,
                "batch": arguments["batch"],
            },
        )
        ticket = self._record(work, None, decide.submit(suggestion, moment), key, pack)
        if letter.reply is not None and letter.replied_at is not None:
            facts = decide.answer_imported(ticket, moment, text=letter.reply, replied_at=letter.replied_at)
            self._record(work, ticket, facts, key, pack)

    def _record(self, work: Work, ticket: Ticket | None, facts: list[Fact], key: DataKey, pack: Pack) -> Ticket:
        stream_id = stream_of(facts[0].data["ticket_id"])
        events = work.record(stream_id, pack.id, facts, key=key, policy=pack.version)
        return self.tickets.project(work, ticket, events)


def _refused(row: Any, refusal: InvalidInput) -> Answer:
    fields = refusal.details["fields"]
    # The answer is stored in clear: a text that slipped into the wrong column must not stand in it.
    ref = None if "ref" in fields or not isinstance(row, dict) else row["ref"]
    return {"ref": ref, "code": "invalid_input", "field": next(iter(fields), None)}
