"""Reading files: nobody opens one without an event that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kernel.application import Needs
from kernel.facts import Fact
from kernel.identity.actor import Role
from kernel.refusals import Erased, NotFound
from services.registry.domain.person.masking import fields_shown, shown
from services.registry.domain.person.notices import notices, told
from services.registry.domain.person.reading import reads_of
from services.registry.handlers.people import needs_person
from services.registry.projections.rows import read_rows
from services.registry.storage.tables import PERSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from kernel.log.work import Work
    from services.registry.domain.person.file import File
    from services.registry.domain.person.states import Person
    from services.registry.handlers.people import People

Arguments = dict[str, Any]
Answer = dict[str, Any]


def needs_read(arguments: Arguments) -> Needs:
    """The person, and the stream of who read the file."""
    needs = needs_person(arguments)
    return Needs((*needs.streams, reads_of(arguments["person_id"])), needs.rows)


class Reading:
    """Handlers of the questions that open files; each writes down what it opened."""

    def __init__(self, people: People) -> None:
        """Read people through `people`."""
        self.people = people
        self.office = people.office

    def get_person(self, work: Work, arguments: Arguments) -> Answer:
        """A file, as the caller's role may see it."""
        person = self.people.person(work, arguments["person_id"])
        return self._file(work, person, "get_person", arguments["as_of"], arguments["purpose"])

    def get_own_file(self, work: Work, arguments: Arguments) -> Answer:
        """The caller's own file, whole."""
        person = self.own(work)
        answer = self._file(work, person, "get_own_file", arguments["as_of"], "own")
        pack = self.office.pack(person.institution)
        return answer | {"notices": [told(one) for one in notices(self.office.open(person), pack)]}

    def has_own(self, work: Work, _arguments: Arguments) -> None:
        """Scope of what is about the caller."""
        self.own(work)

    def own(self, work: Work) -> Person:
        """The person that the token's subject is; `NotFound`."""
        found: Person | None = work.memory.get("own")
        if found is None:
            mark = self.office.login_mark(work.actor.institution, work.actor.subject)
            query = select(PERSON.c.person_id).where(PERSON.c.login_mark == mark)
            with self.office.database.read(by_index=True) as connection:
                person_id = connection.execute(query).scalar_one_or_none()
            if person_id is None:
                raise NotFound
            # As the batch sees the person: an earlier command of it may have changed the file.
            self.people.load(work, person_id)
            found = work.memory["own"] = self.people.person(work, person_id)
        return found

    def note(
        self, work: Work, people: Iterable[Person], method: str, fields: Sequence[str], purpose: str
    ) -> None:
        """Write down that files were read; where that cannot be, nothing is answered."""
        listed = list(people)
        work.load([reads_of(person.person_id) for person in listed], {})
        for person in listed:
            stream_id = reads_of(person.person_id)
            data = {
                "person_id": person.person_id,
                "method": method,
                "fields": list(fields),
                "purpose": purpose,
            }
            fact = Fact("person_read", data)
            # The subject of a person's own token says who the person is, and would outlast the file.
            own = work.actor.role is Role.SUBMITTER
            events = work.record(stream_id, person.institution, [fact], key=None, sealed_actor=own)
            for key, row in read_rows(events)["person_read"].items():
                work.put("person_read", key, row)

    def _file(self, work: Work, person: Person, method: str, as_of: date | None, purpose: str) -> Answer:
        answer: Answer = {
            "person_id": person.person_id,
            "institution": person.institution,
            "state": person.state,
            "version": person.version,
            "as_of": as_of.isoformat() if as_of else None,
        }
        try:
            file: File | None = self.office.open(person)
        except Erased:
            file = None
        if file is None:
            return answer | {"file": None, "masked": []}
        seen = shown(file.on(as_of) if as_of else file, work.actor.role)
        self.note(work, [person], method, fields_shown(work.actor.role), purpose)
        return answer | seen
