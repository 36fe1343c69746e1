"""Reading the log: by position, as other services and auditors do, and by stream."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import bindparam, text

from kernel import envelope, instants
from kernel.log import heads
from kernel.log.damage import damaged_at, whole_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from kernel.envelope import Event
    from kernel.log.snapshot import Snapshot

_AFTER = text(
    "SELECT entry.position, event.event_hash, event.body"
    " FROM log_entry AS entry LEFT JOIN event ON event.event_id = entry.event_id"
    " WHERE entry.position > :after ORDER BY entry.position LIMIT :limit"
)
_STREAM = text(
    "SELECT event.stream_version, event.event_hash, event.prev_hash, event.body, entry.position"
    " FROM event LEFT JOIN log_entry AS entry ON entry.event_id = event.event_id"
    " WHERE event.stream_id = :stream_id ORDER BY event.stream_version"
)
_ONE = text(
    "SELECT event.event_hash, event.prev_hash, event.body, entry.position"
    " FROM event LEFT JOIN log_entry AS entry ON entry.event_id = event.event_id"
    " WHERE event.stream_id = :stream_id AND event.stream_version = :version"
)

_NAMED = text(
    "SELECT stream_id, name, event_hash, prev_hash, body FROM event"
    " WHERE stream_id IN :stream_ids AND name IN :names ORDER BY stream_id, stream_version"
).bindparams(bindparam("stream_ids", expanding=True), bindparam("names", expanding=True))


def read_log(connection: Connection, after: int = 0, limit: int = 500) -> dict[str, Any]:
    """`{"epoch","events": [CloudEvent],"next_after","head"}`: sealed events behind a position, in order.

    `head` is the last position there is; ask again with `next_after` until it is reached. `Damaged` where one
    of these positions is gone or cannot be read.
    """
    epoch, size, _ = heads.current(connection)
    rows = connection.execute(_AFTER, {"after": after, "limit": limit}).all()
    for expected, row in enumerate(rows, after + 1):
        if row.position != expected:
            raise damaged_at(expected)
    reached = after + len(rows)
    if len(rows) < limit and reached < size:
        raise damaged_at(reached + 1)
    return {
        "epoch": epoch,
        "events": [cloud_event(*row) for row in rows],
        "next_after": reached,
        "head": size,
    }


def cloud_event(position: int, event_hash: bytes, body: bytes) -> dict[str, Any]:
    """The CloudEvents object as it is published; `Damaged` where there is no such event in the stored bytes."""
    try:
        document: dict[str, Any] = orjson.loads(envelope.published(body, position, event_hash))
        envelope.read(document)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise damaged_at(position) from None
    return document


def log_head(connection: Connection, service: str) -> dict[str, Any]:
    """`{"service","epoch","position","root","at"}`; `at` is null as long as nothing was sealed."""
    head = heads.newest(connection)
    epoch, size, root = heads.current(connection)
    return {
        "service": service,
        "epoch": epoch,
        "position": size,
        "root": root.hex(),
        "at": instants.to_text(head.sealed_at) if head else None,
    }


def stream_events(connection: Connection, stream_id: str) -> list[tuple[Event, int | None, bytes]]:
    """A stream's events, oldest first, with position (none until sealed) and event hash.

    `Damaged` where one of them is not as it was written, or one before the last is gone.
    """
    events: list[tuple[Event, int | None, bytes]] = []
    for version, digest, previous, body, position in connection.execute(_STREAM, {"stream_id": stream_id}):
        event = _event(stream_id, digest, previous, body)
        if event is None or not event.stream_version == version == len(events) + 1:
            raise damaged_at(position)
        events.append((event, position, digest))
    return events


def stream_event(connection: Connection, stream_id: str, version: int) -> Event:
    """One event of a stream; `Damaged` where it is gone or not as it was written."""
    row = connection.execute(_ONE, {"stream_id": stream_id, "version": version}).one_or_none()
    event = _event(stream_id, *row[:3]) if row else None
    if event is None or event.stream_version != version:
        raise damaged_at(row.position if row else None)
    return event


def newest_named(
    connection: Connection, stream_ids: Sequence[str], names: Iterable[str]
) -> dict[tuple[str, str], Event | None]:
    """By stream and name: the last event of that name in the stream, for the streams that have one.

    `None` for one that is not as it was written.
    """
    if not stream_ids:
        return {}
    rows = connection.execute(_NAMED, {"stream_ids": list(stream_ids), "names": list(names)})
    return {(stream_id, name): _event(stream_id, *stored) for stream_id, name, *stored in rows}


def _event(stream_id: str, digest: bytes, previous: bytes, body: bytes) -> Event | None:
    """The event of a stream's row; one moved here from another stream would show that one's texts."""
    event = whole_event(digest, previous, body)
    return event if event is not None and event.stream_id == stream_id else None


def sealed_events(snapshot: Snapshot, after: int = 0) -> Iterator[tuple[int, bytes, bytes]]:
    """(position, event hash, body) of every sealed event behind a position, in order; see `damage.located`."""
    query = (
        "SELECT entry.position, event.event_hash, event.body"
        " FROM log_entry AS entry JOIN event ON event.event_id = entry.event_id"
        f" WHERE entry.position > {int(after)} ORDER BY entry.position"
    )
    return snapshot.rows(query, ("int8", "bytea", "bytea"))


def streams(snapshot: Snapshot, until: int | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """(stream id, bodies oldest first) of every stream, in byte order of ids.

    `until`: only what was recorded up to then. Events not sealed yet are among them, as in the live rows.
    """
    recorded = "" if until is None else f" WHERE recorded_at <= {int(until)}"
    query = f"SELECT stream_id, body FROM event{recorded} ORDER BY stream_id, stream_version"
    rows = snapshot.rows(query, ("text", "bytea"))
    for stream_id, group in groupby(rows, key=itemgetter(0)):
        yield stream_id, [body for _, body in group]
