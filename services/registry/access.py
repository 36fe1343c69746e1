"""Who may call which method of the registry: the one policy table."""

from __future__ import annotations

from kernel.identity.access import ANYBODY, OPEN
from kernel.identity.actor import Role

_KEEPERS = frozenset({Role.OPERATOR})
_COLLEAGUES = _KEEPERS | {Role.LEADER, Role.LIAISON, Role.SERVICE}
_REPLAYERS = frozenset({Role.AUDITOR, Role.SERVICE})

_ANALYSTS = _KEEPERS | {Role.LEADER, Role.AUDITOR, Role.SERVICE}

ACCESS: dict[str, frozenset[Role]] = {
    "register_person": _KEEPERS,
    "amend_person": _KEEPERS,
    "retire_person": _KEEPERS,
    "erase_person": _KEEPERS,
    "add_tenure": _KEEPERS,
    "end_tenure": _KEEPERS,
    "register_leader": _KEEPERS,
    "admit_to_pool": _KEEPERS,
    "remove_from_pool": _KEEPERS,
    "appoint_liaison": _KEEPERS,
    "recommend_person": _KEEPERS,
    "record_contribution": _KEEPERS,
    "confirm_fact": _KEEPERS,
    "import_roster": _KEEPERS,
    "undo_import": _KEEPERS,
    "register_unit": _KEEPERS,
    "register_group": _KEEPERS,
    "record_training": _KEEPERS,
    "get_person": _COLLEAGUES,
    "get_own_file": frozenset({Role.SUBMITTER}),
    "explain_scope": _KEEPERS | {Role.SUBMITTER},
    "get_ratio": _ANALYSTS,
    "list_pool": _KEEPERS,
    "list_members": _KEEPERS,
    "list_reads": _KEEPERS | {Role.SUBMITTER},
    "search_people": _COLLEAGUES,
    "search_files": _KEEPERS,
    "list_units": ANYBODY,
    "list_groups": _ANALYSTS,
    "list_liaisons": _COLLEAGUES,
    "list_trainings": _ANALYSTS,
    "list_adopted": _KEEPERS,
    "list_policies": ANYBODY,
    "get_policy": ANYBODY,
    "compare_policies": ANYBODY,
    "request_correction": frozenset({Role.SUBMITTER}),
    "answer_correction": _KEEPERS,
    "list_corrections": _KEEPERS | {Role.SUBMITTER},
    "read_log": _REPLAYERS,
    "get_log_head": _REPLAYERS | {Role.OPERATOR, Role.ADMIN},
    "get_health": OPEN,
}
