"""What of a file, and of a figure, a role sees: one decision for answers, lists and exports alike (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kernel.identity.actor import Role
from services.registry.domain.person.fields import FIELDS, OPEN_TENURES, Sensitivity

if TYPE_CHECKING:
    from services.registry.domain.person.file import File

FEW: Final = 5
"""Groups smaller than this are suppressed."""
_EVERYTHING: Final = frozenset(Sensitivity)
_DIRECTORY: Final = frozenset({Sensitivity.DIRECTORY})
SEES: Final[dict[Role, frozenset[Sensitivity]]] = {
    Role.OPERATOR: _EVERYTHING,
    # Their own file, and nobody else's: the scope sees to that.
    Role.SUBMITTER: _EVERYTHING,
    Role.LEADER: _DIRECTORY,
    Role.LIAISON: _DIRECTORY,
    Role.SERVICE: _DIRECTORY,
    # An auditor checks what was done, not who somebody is.
    Role.AUDITOR: frozenset(),
    Role.HANDLER: frozenset(),
    Role.ADMIN: frozenset(),
}


def suppressed(role: Role, *groups: int) -> bool:
    """Whether a role is not told a figure, because one of the groups that it tells of is smaller than five.

    Nobody is as few as somebody: told apart, the one would say the other. Who keeps the registry is told all.
    """
    return role is not Role.OPERATOR and min(groups) < FEW


def fields_shown(role: Role) -> list[str]:
    """Names of the fields open to a role, filled or not: they tell of no file what it holds."""
    return [name for name, field in FIELDS.items() if field.sensitivity in SEES[role]]


def shown(file: File, role: Role) -> dict[str, Any]:
    """`{"file": fields shown, "masked": names of fields not shown or not whole, filled or not}`."""
    document, partly = file.document(), Sensitivity.INTERNAL not in SEES[role]
    names = fields_shown(role)
    told = {name: document[name] for name in names if name in document}
    if partly and "tenures" in told:
        told["tenures"] = [entry for entry in told["tenures"] if entry["kind"] in OPEN_TENURES]
        if not told["tenures"]:
            del told["tenures"]
    masked = [name for name in FIELDS if name not in names or (partly and name == "tenures")]
    return {"file": told, "masked": masked}
