"""The commands on a person as a whole: register, amend, retire, erase."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from kernel.facts import Fact
from kernel.refusals import Damaged, Erased, InvalidInput, WrongState
from services.registry.domain.person import edits
from services.registry.domain.person.days import first_day
from services.registry.domain.person.residue import residue_of
from services.registry.domain.person.states import RESIDUE, State
from services.registry.handlers.checks import Places, refuse_disorder, refuse_taken
from services.registry.handlers.corrections import accept
from services.registry.schemas.file import said

if TYPE_CHECKING:
    from datetime import date

    from kernel.log.work import Work
    from services.registry.domain.person.file import File
    from services.registry.handlers.people import People

Arguments = dict[str, Any]
Answer = dict[str, Any]
_POSTS = ("tenures", "liaisons")
_HERE = ("units", "tenures", "liaisons", "pools", "reserves")


class PersonCommands:
    """Handlers by method name."""

    def __init__(self, people: People) -> None:
        """Read and write people through `people`."""
        self.people = people

    def register_person(self, work: Work, arguments: Arguments) -> Answer:
        """A new record; refused where the staff number is somebody's."""
        institution = arguments["institution"]
        file = edits.made(said(arguments))
        Places(self.people.office, institution).refuse_unknown(None, file)
        refuse_disorder(None, file, self.people.today(work))
        refuse_taken(self.people.office, institution, file, None)
        person = self.people.register(work, institution, file, {})
        return self.people.answer(work, person)

    def amend_person(self, work: Work, arguments: Arguments) -> Answer:
        """The record with other fields or lists; a list that is given replaces the whole list."""
        person, file = self.people.expected(work, arguments)
        given = said(arguments)
        if both := given.keys() & set(arguments["clear"]):
            raise InvalidInput.of(**dict.fromkeys(both, "not_both"))
        if arguments["correction_id"] is not None:
            accept(self.people, work, person, arguments["correction_id"], arguments["reason"])
        after = edits.amended(file, given | dict.fromkeys(arguments["clear"], ""))
        Places(self.people.office, person.institution).refuse_unknown(file, after)
        refuse_disorder(file, after, self.people.today(work))
        refuse_taken(self.people.office, person.institution, after, person)
        fields = edits.changed_fields(file, after)
        if fields:
            texts = {"reason": arguments["reason"]} if arguments["reason"] else {}
            asked = {"correction_id": arguments["correction_id"]} if arguments["correction_id"] else {}
            fact = Fact("person_amended", {"fields": fields, **asked}, texts)
            person = self.people.change(work, person, (file, after), fact)
        return self.people.answer(work, person) | {"fields": fields}

    def retire_person(self, work: Work, arguments: Arguments) -> Answer:
        """Retired people stay known; whoever left otherwise is no longer in this institution."""
        person, file = self.people.expected(work, arguments)
        if file.left or (file.retired and arguments["reason"] == "retired"):
            raise WrongState({"state": person.state, "allowed": []})
        today = self.people.today(work)
        on = arguments["on"] or today.isoformat()
        after = _left(file, on, arguments["reason"], today)
        refuse_disorder(file, after, today, "on")
        texts = {"note": arguments["note"]} if arguments["note"] else {}
        # Why stands in the file: listeners are told that somebody retired or left.
        fact = Fact("person_retired", {}, texts)
        return self.people.answer(work, self.people.change(work, person, (file, after), fact))

    def erase_person(self, work: Work, arguments: Arguments) -> Answer:
        """The key is destroyed: what the log holds of the person can never be read again."""
        person = self.people.person(work, arguments["person_id"])
        if not person.has_file:
            raise Erased
        file = self._file_to_erase(person)
        data = {"reason": arguments["reason"], "state": State.ERASED}
        residue = residue_of(file) if file else {}
        # Days of a post and a standing are nobody's to read in the log: sealed, under a key of their own.
        kept = {RESIDUE: orjson.dumps(residue).decode()} if any(residue.values()) else {}
        erased = self.people.close(work, person, file, Fact("person_erased", data, identities=kept))
        return self.people.answer(work, erased)

    def _file_to_erase(self, person: Any) -> File | None:
        # What cannot be read can be erased all the same.
        with suppress(Damaged):
            return self.people.office.open_all([person])[0]
        return None


def _left(file: File, on: str, reason: str, today: date) -> File:
    if reason == "retired":
        return edits.ended(replace(file, retired=on), _POSTS, first_day(on), today)
    left = replace(file, left=on, left_reason=reason)
    return edits.ended(left, _HERE, first_day(on), today)
