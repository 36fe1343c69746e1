"""Pools and reserve lists: who is in them is a person's decision, with its reason, and the person is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.facts import Fact
from kernel.refusals import InvalidInput, WrongState
from services.registry.domain.person import edits
from services.registry.domain.person.file import standing
from services.registry.handlers.checks import refuse_disorder

if TYPE_CHECKING:
    from kernel.log.work import Work
    from services.registry.domain.person.states import Person
    from services.registry.handlers.people import People

Arguments = dict[str, Any]
Answer = dict[str, Any]
# By argument: the pack's section, the file's list, and the field that names the pool in it.
_PLACES = {
    "pool": ("talent_pools", "pools", "pool"),
    "reserve_list": ("reserve_lists", "reserves", "list"),
}


class PoolCommands:
    """Handlers of `admit_to_pool` and `remove_from_pool`."""

    def __init__(self, people: People) -> None:
        """Read and write people through `people`."""
        self.people = people

    def admit_to_pool(self, work: Work, arguments: Arguments) -> Answer:
        """The person is in the pool from that day on (DT-11.2), or on the reserve list (DT-13.1)."""
        person, file = self.people.expected(work, arguments)
        named, listed, field = self._place(person, arguments)
        if self._held(work, file, listed, field, named):
            raise WrongState({"state": "admitted", "allowed": ["remove_from_pool"]})
        entry = {
            field: named,
            "reason": arguments["reason"],
            "decided_by": arguments["decided_by"],
            "since": arguments["since"] or self.people.today(work).isoformat(),
        }
        after, entry_id = edits.with_entry(file, listed, entry)
        # Which pool it is would say in clear what the person is.
        person = self.people.change(work, person, (file, after), Fact("pool_admitted", {"entry": entry_id}))
        return self.people.answer(work, person) | {"entry_id": entry_id}

    def remove_from_pool(self, work: Work, arguments: Arguments) -> Answer:
        """The person is no longer in it; that they were stays known."""
        person, file = self.people.expected(work, arguments)
        named, listed, field = self._place(person, arguments)
        held = self._held(work, file, listed, field, named)
        if not held:
            raise WrongState({"state": "not_admitted", "allowed": ["admit_to_pool"]})
        until = arguments["until"] or self.people.today(work).isoformat()
        changed = {"until": until, "removal_reason": arguments["reason"], "removed_by": arguments["decided_by"]}
        after = file
        for entry in held:
            after = edits.with_changed(after, listed, entry.id, **changed)
        refuse_disorder(file, after, self.people.today(work), "until")
        fact = Fact("pool_removed", {"entry": held[-1].id})
        person = self.people.change(work, person, (file, after), fact)
        return self.people.answer(work, person) | {"entry_id": held[-1].id}

    def _place(self, person: Person, arguments: Arguments) -> tuple[str, str, str]:
        argument = "pool" if arguments["pool"] is not None else "reserve_list"
        section, listed, field = _PLACES[argument]
        if arguments[argument] not in self.people.office.pack(person.institution).section(section):
            raise InvalidInput.of(**{argument: "unknown_pool"})
        return arguments[argument], listed, field

    def _held(self, work: Work, file: Any, listed: str, field: str, named: str) -> list[Any]:
        entries = standing(getattr(file, listed), self.people.today(work))
        return [entry for entry in entries if getattr(entry, field) == named]
