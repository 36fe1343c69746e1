"""The lifecycle of a ticket: one table of rows, and no `if` anywhere else (pure).

Each row: from, command, events, to, who, clause (or `local`: none of the five documents speaks of tickets)
and what it does to the reply clock. The picture in docs/flow.md is drawn from these rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from kernel.identity.actor import Role
from kernel.refusals import WrongState
from services.feedback.domain.ticket.states import State

LOCAL = "local"
_OPERATOR = frozenset({Role.OPERATOR})
_HANDLER = frozenset({Role.HANDLER})
_SUBMITTERS = frozenset({Role.OPERATOR, Role.SUBMITTER, Role.LEADER, Role.LIAISON, Role.SERVICE})
_OWNERS = frozenset({Role.OPERATOR, Role.SUBMITTER, Role.LEADER, Role.LIAISON})


@dataclass(frozen=True, slots=True)
class Step:
    """One legal step."""

    state: State | None
    command: str
    events: tuple[str, ...]
    to: State
    who: frozenset[Role]
    clause: str
    clock: str


S = State
LIFECYCLE: tuple[Step, ...] = (
    Step(None, "submit_suggestion", ("ticket_submitted",), S.SUBMITTED, _SUBMITTERS, "DT-15.1", "start"),
    Step(None, "import_letters", ("ticket_submitted",), S.SUBMITTED, _OPERATOR, "DT-15.1", "start"),
    Step(S.SUBMITTED, "import_letters", ("ticket_replied",), S.REPLIED, _OPERATOR, LOCAL, "stop"),
    Step(S.SUBMITTED, "undo_import", ("ticket_withdrawn",), S.WITHDRAWN, _OPERATOR, LOCAL, "stop"),
    Step(S.REPLIED, "undo_import", ("ticket_withdrawn",), S.WITHDRAWN, _OPERATOR, LOCAL, "none"),
    Step(S.SUBMITTED, "accept_ticket", ("ticket_accepted",), S.ACCEPTED, _OPERATOR, LOCAL, "none"),
    Step(S.SUBMITTED, "decline_ticket", ("ticket_declined",), S.DECLINED, _OPERATOR, LOCAL, "stop"),
    Step(S.ACCEPTED, "decline_ticket", ("ticket_declined",), S.DECLINED, _OPERATOR, LOCAL, "stop"),
    Step(
        S.SUBMITTED,
        "assign_ticket",
        ("ticket_accepted", "ticket_assigned"),
        S.ASSIGNED,
        _OPERATOR,
        LOCAL,
        "none",
    ),
    Step(S.ACCEPTED, "assign_ticket", ("ticket_assigned",), S.ASSIGNED, _OPERATOR, LOCAL, "none"),
    Step(S.ASSIGNED, "assign_ticket", ("ticket_assigned",), S.ASSIGNED, _OPERATOR, LOCAL, "none"),
    Step(S.ASSIGNED, "return_ticket", ("ticket_returned",), S.ACCEPTED, _HANDLER, LOCAL, "none"),
    Step(S.ASSIGNED, "claim_ticket", ("ticket_claimed",), S.ASSIGNED, _HANDLER, LOCAL, "none"),
    Step(S.ASSIGNED, "release_ticket", ("ticket_released",), S.ASSIGNED, _HANDLER, LOCAL, "none"),
    Step(
        S.ASSIGNED,
        "reply_ticket",
        ("ticket_replied",),
        S.REPLIED,
        _OPERATOR | _HANDLER,
        LOCAL,
        "stop",
    ),
    Step(S.REPLIED, "close_ticket", ("ticket_closed",), S.CLOSED, _OPERATOR, LOCAL, "none"),
    Step(S.REPLIED, "close_tickets", ("ticket_closed",), S.CLOSED, _OPERATOR, LOCAL, "none"),
    Step(S.SUBMITTED, "withdraw_ticket", ("ticket_withdrawn",), S.WITHDRAWN, _OWNERS, LOCAL, "stop"),
    Step(S.ACCEPTED, "withdraw_ticket", ("ticket_withdrawn",), S.WITHDRAWN, _OWNERS, LOCAL, "stop"),
    Step(S.ASSIGNED, "withdraw_ticket", ("ticket_withdrawn",), S.WITHDRAWN, _OWNERS, LOCAL, "stop"),
)
_BY_KEY = {(step.state, step.command): step for step in LIFECYCLE}
# Plain text: a live row goes to either database as it is.
STATE_AFTER: dict[str, str] = {
    "ticket_submitted": "submitted",
    "ticket_accepted": "accepted",
    "ticket_declined": "declined",
    "ticket_assigned": "assigned",
    "ticket_returned": "accepted",
    "ticket_claimed": "assigned",
    "ticket_released": "assigned",
    "ticket_replied": "replied",
    "ticket_closed": "closed",
    "ticket_withdrawn": "withdrawn",
}


def step(state: str | None, command: str) -> Step:
    """The row for a command in a state; `WrongState` where there is none.

    `details`: the state, and the states from which the command is allowed.
    """
    found = _BY_KEY.get((State(state) if state else None, command))
    if found is None:
        allowed = [str(row.state) for row in LIFECYCLE if row.command == command and row.state]
        raise WrongState({"state": state, "allowed": allowed})
    return found


def who(command: str) -> frozenset[Role]:
    """The roles that some row names for a command."""
    return frozenset[Role]().union(*(row.who for row in LIFECYCLE if row.command == command))
