"""The rows of `stream` as the events make them: the writers' own bookkeeping, and yet derived.

Version and newest hash are verified with the chain (`kernel/log/verify.py`). From which version the last write
began is determined only so far: a write holds whole commands, and one that added no event left it at the end.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, text

from kernel.log.schema import key_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from kernel.envelope import Event

STREAM = Table(
    "stream",
    MetaData(),
    Column("stream_id", key_text(80), primary_key=True),
    Column("institution", key_text(40)),
    Column("base_version", Integer),
    Column("version", Integer),
    Column("recorded_at", BigInteger),
)


_RESTORE = text(
    "UPDATE stream SET institution = :institution, base_version = :begun, recorded_at = :recorded_at"
    " WHERE stream_id = :stream_id AND version = :version"
    " AND (institution <> :institution OR recorded_at <> :recorded_at OR base_version <> :begun)"
)


def stream_row(events: Sequence[Event], held_after: frozenset[str]) -> dict[str, Any]:
    """A stream's row; `base_version` holds every version from which the last write may have begun.

    `held_after`: names of events behind which a command may hold the stream without adding an event.
    """
    last = events[-1]
    ends = {one.stream_version for one, following in pairwise(events) if one.command_id != following.command_id}
    held = {last.stream_version} if last.name in held_after else set()
    return {
        "stream_id": last.stream_id,
        "institution": last.institution,
        "base_version": frozenset({0} | ends | held),
        "version": last.stream_version,
        "recorded_at": last.recorded_at,
    }


def stream_agrees(found: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """Whether a stored row is one that these events leave."""
    begins = found["base_version"] in made["base_version"]
    return begins and all(found[name] == made[name] for name in ("institution", "version", "recorded_at"))


def restore(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Put right what `stream_row` determines; never version and hash, which bear witness to the log."""
    for row in rows:
        row["begun"] = max(version for version in row.pop("base_version") if version < row["version"])
    if rows:
        connection.execute(_RESTORE, rows)
    rows.clear()
