"""A person as the registry's live row has it, and what each event makes of it (pure).

Everything that says who or what somebody is stands in the sealed file. Never refuses, so history always loads.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kernel.envelope import Event

STREAM: Final = "person/"
FILE: Final = "file"
RESIDUE: Final = "residue"
_CARRIED: Final = ("state", "number_mark", "login_mark")


class State(StrEnum):
    """Where a record stands; a person who left is still known, an undone import never was."""

    CURRENT = "current"
    LEFT = "left"
    ERASED = "erased"
    UNDONE = "undone"


CLOSED: Final = (State.ERASED, State.UNDONE)
"""Without a file, and never with one again."""


class Person(NamedTuple):
    """The row of a person; `file` or, of somebody erased, `residue` is ciphertext, made in `sealed_in`."""

    person_id: str
    institution: str
    registered_at: int
    state: str = State.CURRENT
    version: int = 0
    key_id: str = ""
    sealed_in: str = ""
    file: str = ""
    number_mark: str | None = None
    login_mark: str | None = None
    residue: str = ""

    @property
    def has_file(self) -> bool:
        """Whether there is a file to read: an erased or undone record has none."""
        return self.state in (State.CURRENT, State.LEFT)


def stream_of(person_id: str) -> str:
    """The stream that holds a person's events."""
    return STREAM + person_id


def evolve(person: Person | None, event: Event) -> Person:
    """The person after an event."""
    data = event.data
    if person is None or not person.version:
        person = Person(event.stream_id.removeprefix(STREAM), event.institution, event.recorded_at)
    changed: dict[str, Any] = {name: data[name] for name in _CARRIED if name in data}
    if FILE in data:
        sealed = data[FILE]["$sealed"]
        changed |= {"sealed_in": event.event_id, "file": sealed, "key_id": sealed.partition(":")[0]}
    if changed.get("state") in CLOSED:
        changed |= {"sealed_in": "", "file": "", "number_mark": None, "login_mark": None}
    if RESIDUE in data:
        changed |= {"sealed_in": event.event_id, "residue": data[RESIDUE]["$sealed"]}
    return person._replace(version=event.stream_version, **changed)


def fold(events: Iterable[Event]) -> Person | None:
    """The person that a stream's events make."""
    person = None
    for event in events:
        person = evolve(person, event)
    return person
