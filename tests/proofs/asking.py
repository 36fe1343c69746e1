"""Arguments for any method, made from its schema: whatever is added to a service is asked as well.

An argument that names a thing comes in a pair: something of the other institution, and something of the same
shape that never was. The two must be answered alike.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from marshmallow import fields, validate

from tests.proofs.town import NEVER
from tests.support.at_work import new_id

if TYPE_CHECKING:
    from random import Random

    from marshmallow import Schema

    from tests.proofs.town import Known

Document = dict[str, Any]
# By the name of an argument: what of an institution it may name.
NAMES = {
    "person_id": "people",
    "head": "people",
    "attendees": "people",
    "ticket_id": "tickets",
    "ticket_ids": "tickets",
    "source_batch": "letters",
    "unit": "units",
    "lead": "units",
    "assisting": "units",
    "proposed_lead": "units",
    "parent": "units",
    "portfolio": "units",
    "group": "groups",
    "tenure_id": "entries",
    "recommendation_id": "entries",
    "correction_id": "corrections",
    "cursor": "cursors",
}
# What is looked for; in a command, where it is written down, it would tell of itself.
LOOKED_FOR = {"text": "names", "words": "names"}
# What a caller gives a name to is theirs: that others use the same name is shown by a test of its own.
CHOSEN = {"register_unit.unit", "register_group.group", "import_roster.batch", "import_letters.batch"}
_OF_PACKS = {"pool": "talent_pools", "reserve_list": "reserve_lists", "ratio": "ratios"}
_DAYS = ("1985", "2019-09", "2020-02-29", "2024-06-01", "2026-03-05", "2030-01-01")
_LONG = {"units", "tenures", "groups", "rows", "memberships", "titles", "education"}


def never(name: str) -> str:
    """A name of the same shape that nobody ever gave."""
    return "x".join(name)[: len(name)]


class Pair(NamedTuple):
    """What is asked, what is asked instead, and which values were put in the place of which."""

    asked: Document
    instead: Document
    swapped: dict[str, str]


class Asker:
    """Makes arguments by chance: mostly of the other institution, some of the own, some of nobody."""

    def __init__(self, dice: Random, mine: Known, other: Known, *, foreign: float) -> None:
        self._dice, self._mine, self._other, self._foreign = dice, mine, other, foreign
        self._method, self._names = "", NAMES
        self._swapped: dict[str, str] = {}

    def arguments(self, method: str, schema: Schema) -> Pair:
        """Arguments that the schema takes, or nearly."""
        writes = "command_id" in schema.fields
        self._method, self._names, self._swapped = method, NAMES if writes else NAMES | LOOKED_FOR, {}
        asked, instead = self._document(schema)
        return Pair(asked, instead, self._swapped)

    def _document(self, schema: Schema) -> tuple[Document, Document]:
        asked, instead = {}, {}
        for name, field in schema.fields.items():
            if name == "command_id" or (not field.required and self._dice.random() < self._left_out(name)):
                continue
            asked[name], instead[name] = self._value(name, field)
        return asked, instead

    def _left_out(self, name: str) -> float:
        named = name in self._names or name in {"institution", "batch", "as_of"}
        return 0.97 if name in _LONG else 0.4 if named else 0.85

    def _value(self, name: str, field: fields.Field[Any], *, foreign: bool | None = None) -> tuple[Any, Any]:
        if isinstance(field, fields.List):
            # All of one origin: what is done for some of a list would not be done again for its double.
            foreign = self._is_foreign(name)
            several = range(self._dice.choice((0, 1, 1, 2)))
            inner = [self._value(name, field.inner, foreign=foreign) for _ in several]
            return [one for one, _ in inner], [other for _, other in inner]
        if isinstance(field, fields.Nested):
            return self._document(field.schema)
        if name in self._names or name in {"institution", "batch"}:
            return self._named(name, foreign=self._is_foreign(name) if foreign is None else foreign)
        value = self._plain(name, field)
        return value, value

    def _is_foreign(self, name: str) -> bool:
        # Who asks about another institution is turned away at its door; behind it there is more to find.
        often = self._foreign if name != "institution" else self._foreign / 3
        return self._dice.random() < often and f"{self._method}.{name}" not in CHOSEN

    def _named(self, name: str, *, foreign: bool) -> tuple[Any, Any]:
        whose = self._other if foreign else self._mine
        listed = [whose.institution] if name == "institution" else self._listed(whose, name)
        value = self._dice.choice(listed) if listed else new_id()
        if not foreign:
            return value, value
        return value, self._swapped.setdefault(value, self._never(name, value))

    def _listed(self, whose: Known, name: str) -> list[str]:
        if name == "batch":
            return whose.batches + whose.letters
        listed: list[str] = getattr(whose, self._names[name])
        own = [] if whose is self._mine else getattr(self._mine, self._names[name])
        # What both have tells nothing of the other.
        return [one for one in listed if one not in own]

    def _never(self, name: str, value: str) -> str:
        """Something of the same shape that never was."""
        if name in LOOKED_FOR:
            return value.replace(self._other.mark, NEVER)
        if name == "cursor":
            return value  # one can tell it from a made-up one by its seal, whatever stands behind it
        if len(value) == 36:
            return str(uuid.UUID(int=self._dice.getrandbits(128), version=4))
        if name.endswith("_id"):
            return f"{self._dice.getrandbits(48):012x}"
        return never(value)

    def _plain(self, name: str, field: fields.Field[Any]) -> Any:
        chosen = [rule.choices for rule in field.validators if isinstance(rule, validate.OneOf)]
        if chosen:
            return self._dice.choice(list(chosen[0]))
        if name in _OF_PACKS:
            offered = [
                value for known in (self._mine, self._other) for value in known.pack.section(_OF_PACKS[name])
            ]
            return self._dice.choice([*offered, "x"])
        kind = type(field).__name__
        if kind == "_Day":
            whole = name in {"as_of", "submitted_from", "submitted_to"}
            return self._dice.choice([day for day in _DAYS if not whole or len(day) == 10])
        made = {
            "_Integer": lambda: self._dice.choice((1, 1, 2, 50)),
            "_Boolean": lambda: self._dice.random() < 0.5,
            "_Uuid": new_id,
            "_Instant": lambda: "2026-03-05T09:00:00+08:00",
            "_StateOrStates": lambda: "submitted",
            "Raw": dict,
        }
        return made.get(kind, lambda: self._dice.choice(("campus", "虚构", "7")))()
