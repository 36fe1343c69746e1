"""Where a stored log cannot be read: told with its first position, instead of read past.

Whoever reads a log whole asks here before, because a join shows nothing of a row that is gone; and afterwards,
when something failed, because what was changed may fail anywhere.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from kernel import envelope
from kernel.log.upcasting import UnknownEventVersion
from kernel.merkle import leaf_hash
from kernel.refusals import Damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.envelope import Event
    from kernel.log.snapshot import Snapshot

_COUNT = text("SELECT count(*), coalesce(min(position), 1), coalesce(max(position), 0) FROM log_entry")
_LOST = text(
    "SELECT min(position) FROM log_entry AS entry"
    " WHERE NOT EXISTS (SELECT 1 FROM event WHERE event.event_id = entry.event_id)"
)
_POSITIONS = "SELECT position FROM log_entry ORDER BY position"
_SEALED = (
    "SELECT entry.position, entry.leaf_hash, event.event_hash, event.prev_hash, event.body"
    " FROM log_entry AS entry JOIN event ON event.event_id = entry.event_id ORDER BY entry.position"
)
_UNSEALED = (
    "SELECT NULL, unsealed.event_hash, event.event_hash, event.prev_hash, event.body"
    " FROM unsealed JOIN event ON event.event_id = unsealed.event_id ORDER BY unsealed.seq"
)
_TYPES = ("int8", "bytea", "bytea", "bytea", "bytea")
# What code that reads events raises over what it does not expect in them.
_SURPRISES = (ValueError, TypeError, LookupError, AttributeError, UnknownEventVersion)


@contextmanager
def located(snapshot: Snapshot) -> Iterator[None]:
    """`Damaged` where a position or its event is gone, and where what fails inside rests on a changed event.

    What fails although every event is as it was written is our own error, and stays it.
    """
    refuse_lost(snapshot)
    try:
        yield
    except _SURPRISES:
        for position in _changed(snapshot):
            raise damaged_at(position) from None
        raise


def damaged_at(position: int | None) -> Damaged:
    """The refusal; without a position for an event that has none yet."""
    return Damaged({} if position is None else {"position": position})


def refuse_lost(snapshot: Snapshot) -> None:
    """`Damaged` where a position of the log, or the event at one, is gone."""
    connection = snapshot.connection
    lost = connection.execute(_LOST).scalar_one()
    count, first, last = connection.execute(_COUNT).one()
    if (first, last) != (1, count):
        gap = _first_gap(snapshot)
        lost = gap if lost is None else min(gap, lost)
    if lost is not None:
        raise damaged_at(lost)


def _first_gap(snapshot: Snapshot) -> int:
    for expected, (position,) in enumerate(snapshot.rows(_POSITIONS, ("int8",)), 1):
        if position != expected:
            return min(int(position), expected)
    return 1


def _changed(snapshot: Snapshot) -> Iterator[int | None]:
    """The position of every event whose bytes are not what was hashed, or are no event, in order."""
    for position, leaf, digest, previous, body in snapshot.rows(_SEALED, _TYPES):
        if whole_event(digest, previous, body) is None or leaf_hash(digest) != leaf:
            yield position
    for position, listed, digest, previous, body in snapshot.rows(_UNSEALED, _TYPES):
        if whole_event(digest, previous, body) is None or listed != digest:
            yield position


def whole_event(digest: Any, previous: Any, body: Any) -> Event | None:
    """The event of a row, if its bytes are what was hashed; SQLite may hold a text where bytes stood."""
    try:
        event = envelope.from_body(body)
        return event if envelope.event_hash(previous, body) == digest else None
    except (TypeError, envelope.Unreadable):
        return None
