"""Who may call which method of the registry: the one policy table."""

from __future__ import annotations

from kernel.identity.access import OPEN
from kernel.identity.actor import Role

_KEEPERS = frozenset({Role.OPERATOR})
_COLLEAGUES = _KEEPERS | {Role.LEADER, Role.LIAISON, Role.SERVICE}
_REPLAYERS = frozenset({Role.AUDITOR, Role.SERVICE})

ACCESS: dict[str, frozenset[Role]] = {
    "register_person": _KEEPERS,
    "amend_person": _KEEPERS,
    "retire_person": _KEEPERS,
    "erase_person": _KEEPERS,
    "get_person": _COLLEAGUES,
    "get_own_file": frozenset({Role.SUBMITTER}),
    "list_reads": _KEEPERS | {Role.SUBMITTER},
    "search_people": _COLLEAGUES,
    "read_log": _REPLAYERS,
    "get_log_head": _REPLAYERS | {Role.OPERATOR, Role.ADMIN},
    "get_health": OPEN,
}
