"""What every command on a person does: load, decide on the opened file, append, project, answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from kernel import instants
from kernel.application import Needs
from kernel.facts import Fact
from kernel.identifiers import time_ordered
from kernel.identity.actor import Role
from kernel.log.store import SetChange
from kernel.refusals import Erased, NotFound, StaleVersion
from services.registry.domain.person.days import first_day
from services.registry.domain.person.states import FILE, Person, State, evolve, stream_of
from services.registry.projections.rows import imported_rows
from services.registry.storage.erasure import indexed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from kernel.keys.keyring import DataKey
    from kernel.log.work import Work
    from services.registry.domain.person.file import File
    from services.registry.storage.office import Office

    # The person's, and one for what outlasts it.
    Keys = tuple[DataKey | None, DataKey | None]

Arguments = dict[str, Any]
Answer = dict[str, Any]


def needs_person(arguments: Arguments) -> Needs:
    """The person's stream and row."""
    person_id = arguments["person_id"]
    return Needs((stream_of(person_id),), {"person": (person_id,)})


def needs_nothing(_arguments: Arguments) -> Needs:
    """Nothing that could be named before the handler begins."""
    return Needs()


class People:
    """Reads and writes people for the handlers of commands."""

    def __init__(self, office: Office) -> None:
        """Work with an office's rules and keys."""
        self.office = office

    def in_institution(self, work: Work, arguments: Arguments) -> None:
        """Scope of what names an institution."""
        self.office.institutions(work.actor, arguments["institution"])

    def in_scope(self, work: Work, arguments: Arguments) -> None:
        """Scope of what names a person: the institution, and for the people themselves only their own file."""
        person = self.person(work, arguments["person_id"])
        if not work.actor.covers(person.institution):
            raise NotFound
        if not self.office.in_unit_of(work.actor, person, self.today(work)):
            raise NotFound
        if work.actor.role is Role.SUBMITTER:
            mark = self.office.login_mark(person.institution, work.actor.subject)
            if person.login_mark is None or person.login_mark != mark:
                raise NotFound

    def person(self, work: Work, person_id: str) -> Person:
        """The person as the batch sees it; `NotFound`."""
        row = work.row("person", person_id)
        if row is None or row["state"] == State.UNDONE:
            raise NotFound
        return Person(**row)

    def load(self, work: Work, person_id: str) -> None:
        """Read a person who could not be named before the handler began."""
        work.load([stream_of(person_id)], {"person": [person_id]})

    def expected(self, work: Work, arguments: Arguments) -> tuple[Person, File]:
        """The person and the opened file; `StaleVersion`, `Erased`."""
        person = self.person(work, arguments["person_id"])
        expected = arguments.get("expected_version")
        if expected is not None and expected != person.version:
            raise StaleVersion({"version": person.version})
        if not person.has_file:
            raise Erased
        return person, self.office.open(person)

    def today(self, work: Work) -> date:
        """The day of the command, Asia/Shanghai."""
        return instants.shanghai(work.instant()).date()

    def register(self, work: Work, institution: str, file: File, data: Mapping[str, Any]) -> Person:
        """A new person, under a new key."""
        person = Person(time_ordered(), institution, 0)
        (key,) = work.keys.take()
        return self._write(work, person, (None, file), Fact("person_registered", data), key)

    def change(self, work: Work, person: Person, files: tuple[File, File], fact: Fact) -> Person:
        """The person with another file: before and after."""
        return self._write(work, person, files, fact, work.keys.get([person.key_id])[person.key_id])

    def close(self, work: Work, person: Person, file: File | None, fact: Fact) -> Person:
        """The person without a file: nothing finds them any more, and nothing of theirs can be read again."""
        index = self._index(person, file) if file else indexed(self.office.database, person.person_id)
        work.change_set("erasure", SetChange({(person.person_id,)}))
        work.afterwards(self.office.finish_erasures)
        (own_key,) = work.keys.take() if fact.identities else (None,)
        return self._record(work, person, fact, (None, own_key), SetChange(lost=index))

    def _write(
        self, work: Work, person: Person, files: tuple[File | None, File], fact: Fact, key: DataKey | None
    ) -> Person:
        before, after = files
        found, lost = self._index(person, after), self._index(person, before)
        fact = replace(
            fact,
            data={**fact.data, **self._placed(work, person, after)},
            texts={**fact.texts, FILE: orjson.dumps(after.document()).decode()},
        )
        return self._record(work, person, fact, (key, None), SetChange(found - lost, lost - found))

    def _index(self, person: Person, file: File | None) -> set[tuple[Any, ...]]:
        return {(token, person.person_id) for token in self.office.tokens(person.institution, file)}

    def _placed(self, work: Work, person: Person, file: File) -> dict[str, Any]:
        """What of the file stands beside it in clear, where it is another than before."""
        gone = file.left and first_day(file.left) <= self.today(work)
        placed = {
            "state": State.LEFT if gone else State.CURRENT,
            "number_mark": self.office.number_mark(person.institution, file.staff_number),
            "login_mark": self.office.login_mark(person.institution, file.subject),
        }
        return {name: value for name, value in placed.items() if value != getattr(person, name)}

    def _record(self, work: Work, person: Person, fact: Fact, keys: Keys, index: SetChange) -> Person:
        fact = replace(fact, data={"person_id": person.person_id, **fact.data})
        policy = self.office.pack(person.institution).version
        stream_id = stream_of(person.person_id)
        key, own_key = keys
        (event,) = work.record(
            stream_id, person.institution, [fact], key=key, identity_key=own_key, policy=policy
        )
        person = evolve(person, event)
        for table, rows in imported_rows(event).items():
            for key_of_row, row in rows.items():
                work.put(table, key_of_row, row)
        work.change_set("person_token", index)
        work.put("person", person.person_id, person._asdict())
        return person

    def answer(self, work: Work, person: Person) -> Answer:
        """What every command on a person answers."""
        return {
            "person_id": person.person_id,
            "version": person.version,
            "state": person.state,
            "event_hash": work.last_hash(stream_of(person.person_id)),
        }
