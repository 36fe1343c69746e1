"""Who may call which method of the feedback service: the one policy table.

Commands on a ticket take their roles from the lifecycle's rows, so that table and lifecycle cannot disagree.
"""

from __future__ import annotations

from kernel.identity.access import ANYBODY, OPEN
from kernel.identity.actor import Role
from services.feedback.domain.ticket.lifecycle import LIFECYCLE, who

_READERS = ANYBODY - {Role.ADMIN}
_LISTERS = frozenset({Role.OPERATOR, Role.HANDLER, Role.AUDITOR, Role.SERVICE})
_REPLAYERS = frozenset({Role.AUDITOR, Role.SERVICE})

ACCESS: dict[str, frozenset[Role]] = {
    command: who(command) for command in {row.command for row in LIFECYCLE}
} | {
    "import_calendar": frozenset({Role.OPERATOR, Role.ADMIN}),
    "get_ticket": _READERS,
    "get_timeline": _READERS,
    "list_tickets": _LISTERS,
    "list_department_queue": _LISTERS,
    "get_latency": frozenset({Role.OPERATOR, Role.AUDITOR, Role.LEADER, Role.SERVICE}),
    "follow_receipt": OPEN,
    "list_units": ANYBODY,
    "list_channels": ANYBODY,
    "read_log": _REPLAYERS,
    "get_log_head": _REPLAYERS | {Role.OPERATOR, Role.ADMIN},
    "get_health": OPEN,
}
