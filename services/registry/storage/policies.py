"""The rules that institutions adopted, newest first: which number, version and date; and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from kernel.log.reading import stream_event
from services.registry.storage.tables import POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import Connection, Select

Row = dict[str, Any]


def stream_of(institution: str) -> str:
    """The stream of an institution's rules."""
    return f"policy/{institution}"


def in_force(on: date | None = None) -> Select[Any]:
    """Of each institution the last rules adopted; with a day, the last of those that hold from then or before.

    A later adoption takes the place of every earlier one, from its own date on.
    """
    other = POLICY.alias()
    newest = select(func.max(other.c.number)).where(other.c.institution == POLICY.c.institution)
    if on is not None:
        newest = newest.where(other.c.effective_from <= on.isoformat())
    return select(POLICY).where(POLICY.c.number == newest.scalar_subquery())


def last_versions(connection: Connection) -> dict[str, str]:
    """The version that each institution adopted last."""
    return {row["institution"]: row["version"] for row in connection.execute(in_force()).mappings()}


def adopted(
    connection: Connection, institution: str, version: str | None = None, on: date | None = None
) -> Row | None:
    """The last adoption of a version, else the one in force on a day, else the last; none where nothing is."""
    query = in_force(on) if version is None else select(POLICY).where(POLICY.c.version == version)
    query = query.where(POLICY.c.institution == institution).order_by(POLICY.c.number.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return dict(row) if row else None


def before(connection: Connection, row: Mapping[str, Any]) -> Row | None:
    """What was adopted before; none where nothing was."""
    query = select(POLICY).where(
        POLICY.c.institution == row["institution"], POLICY.c.number == row["number"] - 1
    )
    found = connection.execute(query).mappings().one_or_none()
    return dict(found) if found else None


def kept(connection: Connection, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the event says of these rules, `content` and `order` (`kernel.policy.keeping`); `Damaged`."""
    event = stream_event(connection, stream_of(row["institution"]), row["number"])
    return {name: event.data[name] for name in ("content", "order")}
