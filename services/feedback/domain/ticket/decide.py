"""What a command makes happen to a ticket, or why not (pure).

Each function takes the ticket, the moment and plain values, and answers the facts to record. The lifecycle
table says which steps exist; what stands here is only what a table cannot say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kernel import instants
from kernel.facts import Fact
from kernel.identity.actor import Role
from kernel.refusals import NotAllowed, StaleVersion, WrongState
from services.feedback.domain.ticket import lease as leases
from services.feedback.domain.ticket.lifecycle import step
from services.feedback.domain.ticket.stages import ended_stages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kernel.identity.actor import Actor
    from kernel.worktime import WorkClock
    from services.feedback.domain.ticket.lease import Lease
    from services.feedback.domain.ticket.states import Ticket


@dataclass(frozen=True, slots=True)
class Moment:
    """When a command is decided, by whom, and by which clock: everything a decision may know."""

    now: int
    clock: WorkClock
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is submitted. `received_at` is the business time, also for paper and imported letters."""

    ticket_id: str
    institution: str
    number: str
    channel: str
    category: str | None
    confidentiality: str
    title: str
    body: str
    received_at: int
    reply_days: int
    submitter: str | None = None
    keyed: Mapping[str, str | None] | None = None


def submit(suggestion: Suggestion, moment: Moment) -> list[Fact]:
    """A suggestion comes in and its reply clock starts (DT-15.1; the number of days is local)."""
    due = moment.clock.deadline(suggestion.received_at, suggestion.reply_days)
    data: dict[str, Any] = {
        "ticket_id": suggestion.ticket_id,
        "round": 1,
        "institution": suggestion.institution,
        "channel": suggestion.channel,
        "number": suggestion.number,
        "category": suggestion.category,
        "confidentiality": suggestion.confidentiality,
        "due": {
            "due_at": instants.to_text(due.due_at),
            "working_days": due.working_days,
            "provisional": due.provisional,
        },
    }
    data.update({name: value for name, value in (suggestion.keyed or {}).items() if value is not None})
    return [
        Fact(
            "ticket_submitted",
            data,
            texts={"title": suggestion.title, "body": suggestion.body},
            identities={"submitter": suggestion.submitter} if suggestion.submitter else {},
            occurred_at=suggestion.received_at,
        )
    ]


def expect(ticket: Ticket, expected_version: int | None) -> None:
    """`StaleVersion` where the caller decided on another version than today's."""
    if expected_version is not None and expected_version != ticket.version:
        raise StaleVersion({"version": ticket.version})


def accept(ticket: Ticket, moment: Moment, *, category: str | None, note: str | None) -> list[Fact]:
    """The united front department takes the suggestion up."""
    step(ticket.state, "accept_ticket")
    data = _data(ticket, moment)
    if category is not None:
        data["category"] = category
    return [_fact("ticket_accepted", data, moment, note=note)]


def decline(ticket: Ticket, moment: Moment, *, reason: str) -> list[Fact]:
    """It is not taken up, and the submitter is told why."""
    step(ticket.state, "decline_ticket")
    return [_fact("ticket_declined", _data(ticket, moment), moment, reason=reason)]


def assign(
    ticket: Ticket, moment: Moment, *, lead: str, assisting: Sequence[str], note: str | None
) -> list[Fact]:
    """A unit is made responsible; from `submitted` this accepts as well, from `assigned` it ends the lease."""
    row = step(ticket.state, "assign_ticket")
    facts = [_fact(name, _data(ticket, moment), moment) for name in row.events[:-1]]
    data = _data(ticket, moment) | {"lead": lead, "assisting": list(assisting)}
    if ticket.first_assigned_at is None:
        data["stages"] = _stages(ticket, "assign", moment)
    return [*facts, _fact(row.events[-1], data, moment, note=note)]


def give_back(
    ticket: Ticket,
    lease: Lease | None,
    moment: Moment,
    *,
    reason: str,
    proposed_lead: str | None,
    lease_token: int | None,
) -> list[Fact]:
    """The lead returns the ticket, with a reason and perhaps a better owner."""
    step(ticket.state, "return_ticket")
    leases.check(lease, lease_token, moment.now)
    data = _data(ticket, moment) | {"lead": None, "assisting": [], "returned_by": ticket.lead}
    if proposed_lead is not None:
        data["proposed_lead"] = proposed_lead
    return [_fact("ticket_returned", data, moment, reason=reason)]


def claim(
    ticket: Ticket,
    lease: Lease | None,
    moment: Moment,
    *,
    holder: str,
    lease_seconds: int,
    lease_token: int | None,
) -> tuple[list[Fact], Lease]:
    """Take the lease, or renew one's own with its token; renewing is no event."""
    step(ticket.state, "claim_ticket")
    expires_at = moment.now + lease_seconds * instants.SECOND
    if lease_token is not None:
        mine = leases.held(lease, lease_token, holder, moment.now)
        return [], replace(mine, expires_at=expires_at)
    leases.check(lease, None, moment.now)
    taken = leases.Lease(ticket.ticket_id, ticket.lease_token + 1, holder, expires_at)
    data = _data(ticket, moment) | {
        "lease_token": taken.token,
        "lease_expires_at": instants.to_text(expires_at),
    }
    return [_fact("ticket_claimed", data, moment)], taken


def release(
    ticket: Ticket, lease: Lease | None, moment: Moment, *, holder: str, lease_token: int
) -> list[Fact]:
    """Give one's own lease back before its time."""
    step(ticket.state, "release_ticket")
    leases.held(lease, lease_token, holder, moment.now)
    return [_fact("ticket_released", _data(ticket, moment) | {"lease_token": lease_token}, moment)]


def reply(
    ticket: Ticket,
    lease: Lease | None,
    moment: Moment,
    *,
    text: str,
    outcome: str | None,
    lease_token: int | None,
) -> list[Fact]:
    """The answer to the suggestion."""
    step(ticket.state, "reply_ticket")
    leases.check(lease, lease_token, moment.now)
    data = _data(ticket, moment) | {"outcome": outcome, "stages": _stages(ticket, "reply", moment)}
    return [_fact("ticket_replied", data, moment, text=text)]


def close(
    ticket: Ticket, moment: Moment, *, outcome: str | None, note: str | None, command: str = "close_ticket"
) -> list[Fact]:
    """The round is over."""
    step(ticket.state, command)
    data = _data(ticket, moment) | {"outcome": outcome, "stages": _stages(ticket, "close", moment)}
    return [_fact("ticket_closed", data, moment, note=note)]


def withdraw(
    ticket: Ticket, moment: Moment, *, reason: str | None, command: str = "withdraw_ticket"
) -> list[Fact]:
    """The submitter no longer wants an answer, or an import is undone.

    `WrongState` for an imported ticket that people took up since, whatever its state.
    """
    step(ticket.state, command)
    if command == "undo_import" and ticket.accepted_at is not None:
        raise WrongState({"state": ticket.state, "allowed": []})
    data = _data(ticket, moment)
    if command == "undo_import":
        data["undone"] = True
    return [_fact("ticket_withdrawn", data, moment, reason=reason)]


def answer_imported(ticket: Ticket, moment: Moment, *, text: str, replied_at: int) -> list[Fact]:
    """The dated answer of an imported letter; steps that the source does not date are not invented."""
    step(ticket.state, "import_letters")
    at = Moment(replied_at, moment.clock, moment.unit)
    data = _data(ticket, at) | {"outcome": None, "stages": _stages(ticket, "reply", at)}
    return [_fact("ticket_replied", data, at, text=text)]


def _data(ticket: Ticket, moment: Moment) -> dict[str, Any]:
    data: dict[str, Any] = {
        "ticket_id": ticket.ticket_id,
        "round": ticket.round,
        "institution": ticket.institution,
        "channel": ticket.channel,
    }
    if ticket.lead is not None:
        data |= {"lead": ticket.lead, "assisting": ticket.assisting_units}
    if moment.unit is not None:
        data["actor_unit"] = moment.unit
    return data


def _fact(name: str, data: dict[str, Any], moment: Moment, **texts: str | None) -> Fact:
    given = {field: text for field, text in texts.items() if text is not None}
    return Fact(name, data, texts=given, occurred_at=moment.now)


def _stages(ticket: Ticket, end: str, moment: Moment) -> list[dict[str, Any]]:
    marks = {
        "submit": ticket.received_at,
        "assign": ticket.first_assigned_at,
        "reply": ticket.replied_at,
        "close": None,
        end: moment.now,
    }
    rows = []
    for stage, started, ended in ended_stages(end, marks):
        elapsed = moment.clock.measure(started, ended)
        rows.append(
            {
                "stage": stage,
                "elapsed_us": elapsed.elapsed_us,
                "working_days": elapsed.working_days,
                "working_us": elapsed.working_us,
                "provisional": elapsed.provisional,
            }
        )
    return rows


def only_lead(ticket: Ticket, actor: Actor) -> None:
    """`NotAllowed` for a handler of an assisting unit: only the lead answers, returns and claims."""
    if actor.role is Role.HANDLER and actor.unit != ticket.lead:
        raise NotAllowed
