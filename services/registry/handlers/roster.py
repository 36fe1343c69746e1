"""Importing a roster: known people by staff number, never by name; and undoing an import in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from sqlalchemy import select

from kernel.facts import Fact
from kernel.log.reading import stream_events
from kernel.refusals import InvalidInput, NotFound
from services.registry.domain.person import edits
from services.registry.domain.person.file import File
from services.registry.domain.person.roster import merged
from services.registry.domain.person.states import FILE, Person, State, stream_of
from services.registry.handlers.checks import Places, refuse_disorder
from services.registry.schemas.file import said
from services.registry.schemas.roster import ImportedPerson
from services.registry.storage.tables import IMPORTED, PERSON

if TYPE_CHECKING:
    from kernel.log.work import Work
    from services.registry.handlers.people import People

Arguments = dict[str, Any]
Answer = dict[str, Any]
_ROW = ImportedPerson()
# Whose a login is that an earlier row of the same call has: who is new has no id yet.
_THIS_CALL = ""


class _Row(NamedTuple):
    """A good row: its number in the sheet, whose it is, the file before and after, and what differs."""

    number: int
    person: Person | None
    before: File | None
    after: File
    fields: list[str]

    @property
    def verdict(self) -> str:
        return "new" if self.person is None else "changed" if self.fields else "unchanged"


class RosterCommands:
    """Handlers of `import_roster` and `undo_import`."""

    def __init__(self, people: People) -> None:
        """Read and write people through `people`."""
        self.people = people
        self.office = people.office

    def import_roster(self, work: Work, arguments: Arguments) -> Answer:
        """New people and changes of known ones; a bad row is refused alone. A dry run only tells."""
        answer: Answer = {"new": 0, "changed": 0, "unchanged": 0, "refused": [], "changes": []}
        for row in self._good(work, arguments, answer):
            answer[row.verdict] += 1
            answer["changes"].append({"row": row.number, "verdict": row.verdict, "fields": row.fields})
            if not arguments["dry_run"]:
                self._write(work, row, arguments)
        return answer

    def undo_import(self, work: Work, arguments: Arguments) -> Answer:
        """What an import made is taken back, where nobody has changed it since; the others are named."""
        answer: Answer = {"undone": 0, "refused": []}
        for person, version in self._of_batch(work, arguments["batch"]):
            if person.version != version or not person.has_file:
                answer["refused"].append({"person_id": person.person_id, "code": "changed_since"})
                continue
            self._take_back(work, person, arguments["batch"])
            answer["undone"] += 1
        return answer

    def of_batch(self, work: Work, arguments: Arguments) -> None:
        """Scope of an import: its people's institution."""
        self._rows_of_batch(work, arguments["batch"])

    def _good(self, work: Work, arguments: Arguments, answer: Answer) -> list[_Row]:
        institution, rows = arguments["institution"], []
        places = Places(self.office, institution)
        given = self._read(arguments["rows"], answer)
        known = self._known(work, institution, [row["staff_number"] for _, row in given])
        # Whose each login is: asked for all rows at once, for one by one it takes a sixth of an import.
        logins = self._logins(institution, [row["subject"] for _, row in given if row["subject"]])
        for number, row in given:
            person = known.get(row["staff_number"])
            try:
                decided = self._decided(work, places, number, person, row)
                _refuse_taken(logins, decided)
            except InvalidInput as refusal:
                answer["refused"].append(_refused(number, refusal))
                continue
            logins |= {login: _THIS_CALL for login in [decided.after.subject] if login}
            rows.append(decided)
        return rows

    def _read(self, rows: list[Any], answer: Answer) -> list[tuple[int, Answer]]:
        read: list[tuple[int, Answer]] = []
        seen: set[str] = set()
        for at, row in enumerate(rows, 1):
            number = row.get("row") if isinstance(row, dict) and isinstance(row.get("row"), int) else at
            try:
                clean = _ROW.read(row if isinstance(row, dict) else {})
                if clean["staff_number"] in seen:
                    raise InvalidInput.of(staff_number="number_twice")
            except InvalidInput as refusal:
                answer["refused"].append(_refused(number, refusal))
                continue
            seen.add(clean["staff_number"])
            read.append((number, clean))
        return read

    def _known(self, work: Work, institution: str, numbers: list[str]) -> dict[str, Person]:
        marks = {self.office.number_mark(institution, number): number for number in numbers}
        mark = PERSON.c.number_mark
        # PostgreSQL does not see by itself that a long list is never null, as the index wants it.
        query = select(mark, PERSON.c.person_id).where(mark.in_(list(marks)), mark.is_not(None))
        with self.office.database.read(by_index=True) as connection:
            found = {marks[row[0]]: row[1] for row in connection.execute(query)}
        ids = list(found.values())
        work.load([stream_of(person_id) for person_id in ids], {"person": ids})
        people = {number: self.people.person(work, person_id) for number, person_id in found.items()}
        self.office.keys.get({person.key_id for person in people.values()})
        return people

    def _logins(self, institution: str, subjects: list[str]) -> dict[str, str]:
        marks = {self.office.login_mark(institution, subject): subject for subject in subjects}
        mark = PERSON.c.login_mark
        query = select(mark, PERSON.c.person_id).where(mark.in_(list(marks)), mark.is_not(None))
        with self.office.database.read(by_index=True) as connection:
            return {marks[row[0]]: row[1] for row in connection.execute(query)}

    def _decided(self, work: Work, places: Places, number: int, person: Person | None, row: Answer) -> _Row:
        given = said(row)
        before = self.office.open(person) if person else None
        after = merged(before, given, self.people.today(work)) if before else edits.made(given)
        places.refuse_unknown(before, after)
        refuse_disorder(before, after, self.people.today(work))
        return _Row(number, person, before, after, edits.changed_fields(before, after))

    def _write(self, work: Work, row: _Row, arguments: Arguments) -> None:
        batch = {"batch": arguments["batch"]}
        if row.person is None:
            self.people.register(work, arguments["institution"], row.after, batch)
        elif row.before is not None and row.fields:
            fact = Fact("person_amended", {"fields": row.fields, **batch})
            self.people.change(work, row.person, (row.before, row.after), fact)

    def _take_back(self, work: Work, person: Person, batch: str) -> None:
        file = self.office.open(person)
        with self.office.database.read() as connection:
            events = [event for event, _, _ in stream_events(connection, stream_of(person.person_id))]
        if events[0].data.get("batch") == batch:
            data = {"state": State.UNDONE, "undone": batch}
            self.people.close(work, person, file, Fact("registration_undone", data))
            work.afterwards(lambda: work.keys.destroy(person.key_id))
            return
        at = max(at for at, event in enumerate(events) if event.data.get("batch") == batch)
        earlier = events[at - 1]
        text = self.office.keys.open(earlier.data[FILE], earlier.event_id, FILE)
        before = File.from_document(orjson.loads(text or "{}"))
        # As it was then, so it belongs to the import that made it so, if one did.
        data = {"fields": edits.changed_fields(file, before), "undone": batch}
        data |= {name: earlier.data[name] for name in ("batch",) if earlier.data.get(name)}
        self.people.change(work, person, (file, before), Fact("amendment_undone", data))

    def _of_batch(self, work: Work, batch: str) -> list[tuple[Person, int]]:
        """The people of an import that is not taken back yet, and the version that it made of each."""
        versions = {
            row.person_id: row.version for row in self._rows_of_batch(work, batch) if row.state == "done"
        }
        ids = list(versions)
        work.load([stream_of(person_id) for person_id in ids], {"person": ids})
        people = [Person(**row) for person_id in ids if (row := work.row("person", person_id))]
        self.office.keys.get({person.key_id for person in people})
        return [(person, versions[person.person_id]) for person in people]

    def _rows_of_batch(self, work: Work, batch: str) -> list[Any]:
        query = select(IMPORTED).where(IMPORTED.c.batch == batch).order_by(IMPORTED.c.person_id)
        with self.office.database.read(by_index=True) as connection:
            rows = [row for row in connection.execute(query) if work.actor.covers(row.institution)]
        if not rows:
            raise NotFound
        return rows


def _refuse_taken(logins: dict[str, str], row: _Row) -> None:
    owner = logins.get(row.after.subject)
    if owner is None or (row.person is not None and owner == row.person.person_id):
        return
    raise InvalidInput.of(subject="number_twice" if owner == _THIS_CALL else "taken")


def _refused(number: int, refusal: InvalidInput) -> Answer:
    # Names of fields only: the answer is stored in clear.
    (field, *_) = refusal.details["fields"]
    return {"row": number, "field": field, "code": "invalid_input", "message": refusal.details["fields"][field]}
