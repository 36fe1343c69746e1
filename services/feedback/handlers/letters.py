"""The commands on many tickets: importing letters, undoing an import, closing in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from kernel import instants
from kernel.application import Needs
from kernel.identifiers import unguessable
from kernel.identity.actor import EVERYWHERE
from kernel.refusals import InvalidInput, NotFound, Refusal
from services.feedback.domain.ticket import decide
from services.feedback.domain.ticket.decide import Moment, Suggestion
from services.feedback.domain.ticket.states import stream_of
from services.feedback.projections.ticket import apply
from services.feedback.schemas.ticket import ImportedLetter
from services.feedback.storage.office import ticket_number
from services.feedback.storage.tables import TICKET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kernel.log.work import Work
    from services.feedback.domain.ticket.states import Ticket
    from services.feedback.handlers.ticket import TicketCommands
    from services.feedback.storage.office import Office

Arguments = dict[str, Any]
Answer = dict[str, Any]
_LETTER = ImportedLetter()


def needs_listed(arguments: Arguments) -> Needs:
    """The tickets of a bulk command, where it lists them."""
    ids = arguments["ticket_ids"] or ()
    return Needs([stream_of(ticket_id) for ticket_id in ids], {"ticket": ids})


class LetterCommands:
    """Handlers of bulk commands; each is one transaction."""

    def __init__(self, office: Office, tickets: TicketCommands) -> None:
        """Work with an office and the single-ticket handlers."""
        self.office = office
        self.tickets = tickets

    def import_letters(self, work: Work, arguments: Arguments) -> Answer:
        """Each good row becomes a ticket with its original times; a bad one is refused alone."""
        pack = self.office.pack(arguments["institution"])
        if arguments["channel"] not in pack.channels:
            raise InvalidInput.of(channel="unknown_channel")
        answer: Answer = {"imported": 0, "duplicates": 0, "refused": []}
        good = []
        for row in arguments["rows"]:
            try:
                good.append(self._letter(work, row, arguments))
            except InvalidInput as refusal:
                answer["refused"].append(_refused(row, refusal))
        known = self._known(pack.id, [key for _, key, _ in good])
        clock = self.office.clock(pack.id)
        for letter, key, digest in good:
            # Only the first letter of a number gets its own digest object back.
            earlier = known.setdefault(key, digest)
            if earlier is not digest:
                if earlier == digest:
                    answer["duplicates"] += 1
                else:
                    answer["refused"].append({"ref": letter["ref"], "code": "import_conflict", "field": "ref"})
                continue
            answer["imported"] += 1
            if not arguments["dry_run"]:
                self._import(work, letter, arguments, clock, {"import_key": key, "import_digest": digest})
        return answer

    def undo_import(self, work: Work, arguments: Arguments) -> Answer:
        """Withdraw every ticket of a batch that nobody has worked on since; the others are refused."""
        answer: Answer = {"undone": 0, "refused": []}
        for ticket in self._of_batch(work, arguments["batch"], None):
            try:
                moment = self._moment(work, ticket)
                facts = decide.withdraw(ticket, moment, reason=None, command="undo_import")
            except Refusal as refusal:
                answer["refused"].append({"ticket_id": ticket.ticket_id, "code": refusal.code})
            else:
                self.tickets.record(work, ticket, facts)
                answer["undone"] += 1
        return answer

    def close_tickets(self, work: Work, arguments: Arguments) -> Answer:
        """Close each ticket that is replied; the others are refused one by one."""
        answer: Answer = {"closed": 0, "refused": []}
        if arguments["source_batch"]:
            chosen: Iterable[str] = [
                ticket.ticket_id
                for ticket in self._of_batch(work, arguments["source_batch"], arguments["institution"])
            ]
        else:
            chosen = dict.fromkeys(arguments["ticket_ids"])
        for ticket_id in chosen:
            try:
                self._close(work, ticket_id, arguments)
            except Refusal as refusal:
                answer["refused"].append({"ticket_id": ticket_id, "code": refusal.code})
            else:
                answer["closed"] += 1
        return answer

    def of_whole_batch(self, work: Work, arguments: Arguments) -> None:
        """Scope of an imported batch: its tickets' institution."""
        self._of_batch(work, arguments["batch"], None)

    def everywhere(self, work: Work, _arguments: Arguments) -> None:
        """Scope of what concerns every institution."""
        if work.actor.institution != EVERYWHERE:
            raise NotFound

    def _close(self, work: Work, ticket_id: str, arguments: Arguments) -> None:
        ticket = self.tickets.ticket(work, ticket_id)
        if ticket.institution != arguments["institution"]:
            raise NotFound
        moment = self._moment(work, ticket)
        facts = decide.close(ticket, moment, outcome=None, note=arguments["note"], command="close_tickets")
        self.tickets.record(work, ticket, facts)

    def _moment(self, work: Work, ticket: Ticket) -> Moment:
        return Moment(work.instant(stream_of(ticket.ticket_id)), self.office.clock(ticket.institution))

    def _of_batch(self, work: Work, batch: str, institution: str | None) -> list[Ticket]:
        query = select(TICKET.c.ticket_id, TICKET.c.institution, TICKET.c.key_id).where(TICKET.c.batch == batch)
        with self.office.database.read() as connection:
            rows = connection.execute(query.order_by(TICKET.c.ticket_id)).all()
        mine = [row for row in rows if work.actor.covers(row.institution)]
        if not mine or (institution is not None and mine[0].institution != institution):
            raise NotFound
        ids = [row.ticket_id for row in mine]
        work.keys.get(row.key_id for row in mine)
        work.load([stream_of(ticket_id) for ticket_id in ids], {"ticket": ids, "lease": ids})
        return [self.tickets.ticket(work, ticket_id) for ticket_id in ids]

    def _letter(self, work: Work, row: Any, arguments: Arguments) -> tuple[Answer, str, str]:
        letter = _LETTER.read(row if isinstance(row, dict) else {})
        if (letter["reply"] is None) != (letter["replied_at"] is None):
            missing = "reply" if letter["reply"] is None else "replied_at"
            raise InvalidInput.of(**{missing: "required"})
        times = [at for at in (letter["received_at"], letter["replied_at"]) if at is not None]
        if times[-1] < times[0]:
            raise InvalidInput.of(replied_at="out_of_range")
        if times[-1] > work.instant():
            raise InvalidInput.of(replied_at="in_the_future")
        key = self.office.keyed("letter", arguments["institution"], arguments["channel"], letter["ref"])
        content = (str(letter[name]) for name in ("title", "body", "received_at", "reply", "replied_at"))
        return letter, key, self.office.keyed("content", *content)

    def _known(self, institution: str, keys: list[str]) -> dict[str, str]:
        known: dict[str, str] = {}
        with self.office.database.read() as connection:
            for start in range(0, len(keys), 500):
                query = select(TICKET.c.import_key, TICKET.c.import_digest).where(
                    TICKET.c.institution == institution, TICKET.c.import_key.in_(keys[start : start + 500])
                )
                known.update((row[0], row[1]) for row in connection.execute(query))
        return known

    def _import(
        self, work: Work, letter: Answer, arguments: Arguments, clock: Any, keyed: dict[str, str | None]
    ) -> None:
        pack = self.office.pack(arguments["institution"])
        suggestion = Suggestion(
            ticket_id=unguessable(),
            institution=pack.id,
            number=ticket_number(instants.shanghai(letter["received_at"])),
            channel=arguments["channel"],
            category=None,
            confidentiality="named",
            title=letter["title"],
            body=letter["body"],
            received_at=letter["received_at"],
            reply_days=pack.clocks["reply"].working_days,
            submitter=_submitter(letter["submitter"]),
            keyed=keyed | {"batch": arguments["batch"]},
        )
        moment = Moment(work.instant(), clock)
        (key,) = work.keys.take()
        stream_id = stream_of(suggestion.ticket_id)
        events = work.record(
            stream_id, pack.id, decide.submit(suggestion, moment), key=key, policy=pack.version
        )
        if letter["reply"] is not None:
            ticket, _ = apply(None, events)
            if ticket is not None:
                facts = decide.answer_imported(
                    ticket, moment, text=letter["reply"], replied_at=letter["replied_at"]
                )
                events += work.record(stream_id, pack.id, facts, key=key, policy=pack.version)
        _, rows = apply(None, events)
        for table, found in rows.items():
            for row_key, row in found.items():
                work.put(table, row_key, row)


def _submitter(name: str | None) -> str | None:
    return orjson.dumps({"person_id": None, "name": name, "contact": None}).decode() if name else None


def _refused(row: Any, refusal: InvalidInput) -> Answer:
    ref = row.get("ref") if isinstance(row, dict) else None
    return {"ref": ref, "code": "invalid_input", "field": next(iter(refusal.details["fields"]), None)}
