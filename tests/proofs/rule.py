"""What anybody who calls any method must be told: role and scope, said once.

Written from docs/interface.md ("Authorisation") and docs/registry.md, and from the access tables; nothing here
was recorded from what the services do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel.identity.actor import EVERYWHERE, Actor, Role
from services.feedback.access import ACCESS as FEEDBACK
from services.registry.access import ACCESS as REGISTRY

if TYPE_CHECKING:
    from marshmallow import Schema

ACCESS = {"registry": REGISTRY, "feedback": FEEDBACK}
OWNERS = (Role.SUBMITTER, Role.LEADER, Role.LIAISON)
# Methods whose scope their arguments do not tell.
ABOUT = {
    "get_own_file": "own",
    "request_correction": "own",
    "list_reads": "reads",
    "list_corrections": "corrections",
    "list_department_queue": "queue",
    "read_log": "everything",
    "import_calendar": "everything",
    "get_log_head": "nothing",
    "get_health": "nothing",
    "follow_receipt": "nothing",
}
_BY_ARGUMENT = ("person_id", "ticket_id", "correction_id", "institution", "batch")
LEAD_ONLY = {"return_ticket", "claim_ticket", "release_ticket", "reply_ticket"}
# What the rules of an institution must have, and what is said where they have not.
OFFERED = {
    "appoint_liaison": ("liaison_rules", "not_offered"),
    "record_contribution": ("contributions", "not_offered"),
    "get_ratio": ("ratios", "not_offered"),
    "admit_to_pool": ("talent_pools", "invalid_input"),
    "remove_from_pool": ("talent_pools", "invalid_input"),
    "list_pool": ("talent_pools", "invalid_input"),
}


@dataclass(frozen=True)
class Target:
    """What is asked about: a person of a unit, with a login, and what belongs to them.

    `exists` false: an id of the same shape that nothing has. A ticket that is not assigned has no units.
    """

    institution: str
    unit: str
    login: str
    person_id: str = ""
    ticket_id: str = ""
    correction_id: str = ""
    batch: str = ""
    assisting: str = ""
    exists: bool = True


def about(service: str, method: str, schema: Schema) -> str:
    """What a method is about; a `KeyError` for one whose arguments do not say, and nobody else did."""
    if service == "feedback" and method == "list_units":
        return "institution"
    named = ABOUT.get(method) or next((name for name in _BY_ARGUMENT if name in schema.fields), None)
    if named is None:
        raise KeyError(f"tests/proofs/rule.py: say what {service}.{method} is about")
    return named.removesuffix("_id")


def expected(service: str, method: str, sort: str, actor: Actor, target: Target) -> str:
    """The code of the refusal, or `through`: scope and role allow it, and the rest is another matter."""
    roles = ACCESS[service][method]
    if not roles:
        return "through"
    if actor.role is Role.HANDLER and (actor.unit is None or actor.institution == EVERYWHERE):
        return "not_authenticated"
    if not inside(sort, actor, target):
        return "not_found"
    leads = actor.role is not Role.HANDLER or method not in LEAD_ONLY or actor.unit == target.unit
    return "through" if actor.role in roles and leads else "not_allowed"


def inside(sort: str, actor: Actor, target: Target) -> bool:
    """Whether what is asked about lies in the caller's scope."""
    covered = actor.institution in {EVERYWHERE, target.institution}
    own = actor.subject == target.login
    # A login names a person in the institution of the token, and nobody in all of them.
    own_here = own and actor.institution == target.institution
    in_unit = actor.role not in {Role.LEADER, Role.LIAISON} or actor.unit in {None, target.unit}
    submits = actor.role is Role.SUBMITTER
    handles = actor.role is not Role.HANDLER
    scopes = {
        "person": target.exists and covered and in_unit and (own or not submits),
        "reads": target.exists and covered and in_unit and (own_here or not submits),
        "correction": target.exists and covered,
        "own": own_here,
        "corrections": covered and (own_here or not submits),
        "ticket": target.exists
        and covered
        and (handles or actor.unit in {target.unit, target.assisting} - {""})
        and (own or actor.role not in OWNERS),
        "institution": covered,
        "queue": covered and (handles or actor.unit == target.unit),
        "batch": target.exists and covered,
        "everything": actor.institution == EVERYWHERE,
        "nothing": True,
    }
    return bool(scopes[sort])
