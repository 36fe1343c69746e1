"""One predicate of who sees which ticket, for single tickets, lists and queues alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.identity.actor import Actor, Role
from kernel.refusals import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.feedback.domain.ticket.states import Ticket
    from services.feedback.storage.office import Office

OWNING = (Role.SUBMITTER, Role.LEADER, Role.LIAISON)
# A submitter's own data is for those who answer it, and for the submitter.
_READS_IDENTITY = (Role.OPERATOR, Role.HANDLER)


def owns(office: Office, actor: Actor, ticket: Ticket) -> bool:
    """Whether the ticket is the actor's own."""
    return ticket.owner is not None and ticket.owner == office.owner(ticket.ticket_id, actor.subject)


def admit(office: Office, actor: Actor, ticket: Ticket) -> None:
    """`NotFound` where the ticket lies outside the actor's scope."""
    inside = actor.covers(ticket.institution)
    if actor.role is Role.HANDLER:
        inside = inside and ticket.concerns(actor.unit or "")
    elif actor.role in OWNING:
        inside = inside and owns(office, actor, ticket)
    if not inside:
        raise NotFound


def known_units(office: Office, institutions: Iterable[str], **named: str | None) -> None:
    """`InvalidInput` for a unit that none of the institutions has: an empty list would pass a slip over."""
    packs = [office.pack(institution) for institution in institutions]
    for field, unit in named.items():
        if unit is not None and not any(unit in pack.units for pack in packs):
            raise InvalidInput.of(**{field: "unknown_unit"})


def sees_submitter(office: Office, actor: Actor, ticket: Ticket) -> bool:
    """Named: the operator, the handlers, the submitter. Withheld: the submitter alone."""
    if owns(office, actor, ticket):
        return True
    return ticket.confidentiality == "named" and actor.role in _READS_IDENTITY
