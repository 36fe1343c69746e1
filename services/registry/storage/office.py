"""What the registry's handlers and queries share: marks, the index of what people are found by, and files."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

import kernel.office
from kernel import instants
from kernel.canonical import begun, continued
from kernel.identity.actor import Role
from kernel.refusals import Damaged, Erased
from services.registry.domain.person import file as files
from services.registry.domain.person.file import File
from services.registry.domain.person.found_by import found_by, one_spelling
from services.registry.domain.person.states import FILE, RESIDUE, Person, State
from services.registry.domain.units import form_on
from services.registry.storage.erasure import finish
from services.registry.storage.tables import GROUP, PERSON, PERSON_TOKEN, UNIT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Column, Table

    from kernel.identity.actor import Actor


# The sums of a person's tokens, which the log is compared by, must fit 63 bits.
_TOKEN_BITS = 52
# Where the token names a unit, they see that unit's people.
_OF_A_UNIT = (Role.LEADER, Role.LIAISON)


@lru_cache(256)
def _begun(key: bytes, institution: str, kind: str) -> Any:
    # Two dozen tokens of a person begin in half a dozen ways.
    return begun(key, b"person", institution.encode(), kind.encode())


@dataclass(frozen=True, slots=True)
class Office(kernel.office.Office):
    """Rules, keys, secrets and the database of the registry."""

    def day(self, asked: date | None) -> date:
        """The day that is asked about: today in Asia/Shanghai where none is named."""
        return asked or instants.shanghai(instants.now()).date()

    def number_mark(self, institution: str, staff_number: str) -> str | None:
        """By what a staff number is known to be taken; none for none."""
        number = one_spelling(staff_number)
        return self.keyed("staff_number", institution, number) if number else None

    def login_mark(self, institution: str, subject: str) -> str | None:
        """By what the subject of a token is known to be a person; none for none."""
        return self.keyed("subject", institution, subject) if subject else None

    def token(self, institution: str, kind: str, text: str) -> int:
        """By what people are looked up: a keyed hash of 52 bits, different in every institution."""
        beginning = _begun(self.secrets.request_key, institution, kind)
        digest = continued(beginning, text.encode()).digest()
        return int.from_bytes(digest[:8], "big") >> (64 - _TOKEN_BITS)

    def tokens(self, institution: str, file: File | None) -> set[int]:
        """Everything that a person is found by; nothing where there is no file."""
        return {self.token(institution, *found) for found in found_by(file)} if file else set()

    def unit_ids(self, institution: str) -> frozenset[str]:
        """The units of an institution: of its pack, and those that were registered."""
        with self.database.read() as connection:
            registered = connection.execute(select(UNIT.c.unit).where(UNIT.c.institution == institution))
            return frozenset(self.pack(institution).units).union(registered.scalars())

    def units(self, institution: str, on: date) -> dict[str, dict[str, Any]]:
        """The registered units of an institution in the form of a day, by id."""
        return self._forms(UNIT, UNIT.c.unit, institution, on)

    def groups(self, institution: str, on: date) -> dict[str, dict[str, Any]]:
        """The groups of an institution in the form of a day, by id."""
        return self._forms(GROUP, GROUP.c.group_id, institution, on)

    def unit_forms(self, institution: str) -> dict[str, list[dict[str, Any]]]:
        """All forms of the registered units of an institution, by id."""
        return self._all_forms(UNIT, UNIT.c.unit, institution)

    def _forms(self, table: Table, own: Column[str], institution: str, on: date) -> dict[str, dict[str, Any]]:
        forms = self._all_forms(table, own, institution)
        formed = {key: form_on(of_key, on) for key, of_key in forms.items()}
        return {key: form for key, form in formed.items() if form is not None}

    def _all_forms(self, table: Table, own: Column[str], institution: str) -> dict[str, list[dict[str, Any]]]:
        query = select(own, table.c.forms).where(table.c.institution == institution).order_by(own)
        with self.database.read() as connection:
            return {key: orjson.loads(forms) for key, forms in connection.execute(query)}

    def group_ids(self, institution: str) -> frozenset[str]:
        """The groups of an institution that were registered."""
        with self.database.read() as connection:
            registered = connection.execute(select(GROUP.c.group_id).where(GROUP.c.institution == institution))
            return frozenset(registered.scalars())

    def found(self, institution: str, kind: str, text: str) -> list[tuple[Person, File]]:
        """The people whom a look-up finds, with their opened files, in the order of registration."""
        token = self.token(institution, kind, text)
        query = select(PERSON).join(PERSON_TOKEN, PERSON_TOKEN.c.person_id == PERSON.c.person_id)
        query = query.where(PERSON_TOKEN.c.token == token, PERSON.c.institution == institution)
        with self.database.read(by_index=True) as connection:
            rows = connection.execute(query.order_by(PERSON.c.person_id)).mappings()
            people = [Person(**row) for row in rows]
        files = self.open_all(people)
        return [(person, file) for person, file in zip(people, files, strict=True) if file is not None]

    def residues(self, institution: str) -> list[dict[str, Any]]:
        """What the erased people of an institution still count as."""
        query = select(PERSON.c.residue, PERSON.c.sealed_in).where(
            PERSON.c.institution == institution, PERSON.c.state == State.ERASED, PERSON.c.residue != ""
        )
        with self.database.read() as connection:
            rows = connection.execute(query).all()
        self.keys.get({row.residue.partition(":")[0] for row in rows})
        opened = (self.keys.open({"$sealed": row.residue}, row.sealed_in, RESIDUE) for row in rows)
        return [orjson.loads(residue) for residue in opened if residue is not None]

    def finish_erasures(self) -> None:
        """Destroy the keys of whoever was erased."""
        finish(self.database, self.keys.destroy)

    def in_unit_of(self, actor: Actor, person: Person, on: date) -> bool:
        """Whether the opened file puts a person into the caller's unit on a day, as a list does."""
        if actor.role not in _OF_A_UNIT or actor.unit is None:
            return True
        with suppress(Erased, Damaged):
            return self.open(person).in_unit(actor.unit, on)
        return False

    def open(self, person: Person) -> File:
        """A person's file; `Erased` where it is no more, `Damaged` where it does not read as it was written."""
        (file,) = self.open_all([person])
        if file is None:
            raise Erased
        return file

    def open_all(self, people: Sequence[Person]) -> list[File | None]:
        """Their files in order, keys read at once; `None` for one that is no more."""
        self.keys.get({person.key_id for person in people if person.has_file})
        return [self._opened(person) for person in people]

    def _opened(self, person: Person) -> File | None:
        if not person.has_file:
            return None
        text = self.keys.open({"$sealed": person.file}, person.sealed_in, FILE)
        if text is None:
            return None
        try:
            return File.from_document(orjson.loads(text))
        except (ValueError, files.FileFault):
            raise Damaged from None
