"""The table of suggestions, kept from the feedback service's events."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from kernel.policy import Packs
from services.registry.domain.suggestions import HEARD, Suggestion, after
from services.registry.storage.tables import SUGGESTION

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from kernel.envelope import Event
    from kernel.settings import Settings


def hearing(settings: Settings) -> Callable[[Connection, list[Event]], None]:
    """What applies events, for the institutions whose rules count contributions."""

    @cache
    def counting() -> set[str]:
        packs = Packs.load(settings.policies)
        return {name for name in packs.ids() if (pack := packs.get(name)) and pack.section("contributions")}

    def apply(connection: Connection, events: list[Event]) -> None:
        told = [event for event in events if event.name in HEARD]
        if told and (counted := [event for event in told if event.institution in counting()]):
            _apply(connection, counted)

    return apply


def _apply(connection: Connection, events: list[Event]) -> None:
    named = {event.data["ticket_id"] for event in events}
    rows = connection.execute(select(SUGGESTION).where(SUGGESTION.c.ticket_id.in_(named))).mappings()
    before = {row["ticket_id"]: Suggestion(**row) for row in rows}
    now: dict[str, Suggestion | None] = dict(before)
    for event in events:
        ticket_id = event.data["ticket_id"]
        now[ticket_id] = after(now.get(ticket_id), event)
    changed = {ticket_id: one for ticket_id, one in now.items() if one != before.get(ticket_id)}
    if known := changed.keys() & before:
        connection.execute(delete(SUGGESTION).where(SUGGESTION.c.ticket_id.in_(known)))
    if kept := [one._asdict() for one in changed.values() if one is not None]:
        connection.execute(insert(SUGGESTION), kept)
