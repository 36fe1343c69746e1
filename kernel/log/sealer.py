"""Sealing: committed events get their positions 1, 2, 3 … and become leaves of the tree.

Writers commit in parallel and their events become visible out of order. A reader that asks for "everything
after number N" would skip what commits late; so one sealer numbers only what is already committed, in
batches, and everything that must not skip reads positions.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel.log import faults, heads
from kernel.log.leader import Leadership
from kernel.merkle import Frontier, Node, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from kernel.log.database import Database

LIMIT = 2000
_LOG = logging.getLogger(__name__)
_TAKE = text(
    # Exactly the rows of one snapshot: whatever commits meanwhile, under whatever number, is the next batch.
    "DELETE FROM unsealed WHERE seq IN (SELECT seq FROM unsealed ORDER BY seq LIMIT :limit)"
    " RETURNING seq, event_id, event_hash"
)
_HEAD = text("SELECT size, epoch, frontier FROM checkpoint ORDER BY size DESC LIMIT 1")
_CHECKPOINT = (
    "INSERT INTO checkpoint (size, epoch, root, frontier, keyed_hash, sealed_at)"
    " VALUES (:size, :epoch, :root, :frontier, :keyed_hash, :sealed_at)"
)
_NODES = 'INSERT INTO merkle_node (level, "index", hash) VALUES (:level, :number, :hash)'
_ENTRIES = "INSERT INTO log_entry (position, event_id, leaf_hash) VALUES (:position, :event_id, :leaf_hash)"
# One parameter each for all ids and all leaves: a list parameter costs the client a conversion per element.
_ENTRIES_AT_ONCE = (
    "WITH entries AS (INSERT INTO log_entry (position, event_id, leaf_hash)"
    " SELECT :base + ordinal, id, substr(CAST(:leaves AS bytea), 32 * CAST(ordinal AS integer) - 31, 32)"
    " FROM unnest(string_to_array(CAST(:ids AS text), ',')) WITH ORDINALITY AS batch (id, ordinal)) "
)
_SEAL_AT_ONCE = text(_ENTRIES_AT_ONCE + _CHECKPOINT)
_SEAL_ENTRIES, _SEAL_CHECKPOINT, _SEAL_NODES = text(_ENTRIES), text(_CHECKPOINT), text(_NODES)


def seal_pending(
    connection: Connection, dialect: str, service: str, head_key: bytes, limit: int = LIMIT
) -> heads.Head | None:
    """Number what is committed and not yet sealed, at most `limit` events, inside the caller's transaction.

    Answers the new head, or none where there was nothing. Two sealers at once cannot both succeed: the
    second waits for the first one's rows, and a position is given once.
    """
    taken = sorted(connection.execute(_TAKE, {"limit": limit}).all())
    if not taken:
        return None
    faults.point("sealer.read")
    last = connection.execute(_HEAD).one_or_none()
    epoch = last.epoch if last else heads.FIRST_EPOCH
    frontier = Frontier.from_bytes(last.size, last.frontier) if last else Frontier()
    leaves = [leaf_hash(row.event_hash) for row in taken]
    nodes = frontier.extend(leaves)
    head = heads.sign(head_key, service, epoch, frontier.size, frontier.root())
    checkpoint = {
        "size": head.size,
        "epoch": head.epoch,
        "root": head.root,
        "frontier": frontier.to_bytes(),
        "keyed_hash": head.keyed_hash,
        "sealed_at": head.sealed_at,
    }
    if dialect == "postgresql":
        _insert_at_once(connection, taken, leaves, checkpoint)
    else:
        _insert_one_by_one(connection, taken, leaves, checkpoint)
    if nodes:
        connection.execute(_SEAL_NODES, [Node._asdict(node) for node in nodes])
    faults.point("sealer.written")
    return head


def _insert_at_once(
    connection: Connection, taken: Sequence[Row[Any]], leaves: list[bytes], checkpoint: dict[str, Any]
) -> None:
    batch = {
        "base": checkpoint["size"] - len(leaves),
        "ids": ",".join([row.event_id for row in taken]),
        "leaves": b"".join(leaves),
    }
    connection.execute(_SEAL_AT_ONCE, batch | checkpoint)


def _insert_one_by_one(
    connection: Connection, taken: Sequence[Row[Any]], leaves: list[bytes], checkpoint: dict[str, Any]
) -> None:
    first = checkpoint["size"] - len(leaves) + 1
    entries = [
        {"position": position, "event_id": row.event_id, "leaf_hash": leaf}
        for position, (row, leaf) in enumerate(zip(taken, leaves, strict=True), first)
    ]
    connection.execute(_SEAL_ENTRIES, entries)
    connection.execute(_SEAL_CHECKPOINT, checkpoint)


_PENDING = text("SELECT EXISTS (SELECT 1 FROM unsealed)")
_UNSEALED = text("SELECT count(*) FROM unsealed")


def has_pending(connection: Connection) -> bool:
    """Whether anything waits to be sealed."""
    return bool(connection.execute(_PENDING).scalar_one())


def count_pending(connection: Connection) -> int:
    """How many events wait to be sealed."""
    return int(connection.execute(_UNSEALED).scalar_one())


class Sealer:
    """Seals a service's log while it leads. Used by one thread.

    On SQLite every writer seals in its own transaction; a sealer there notes the heads that others made.
    """

    def __init__(self, database: Database, service: str, head_key: bytes, noter: heads.HeadNoter) -> None:
        """Claims and seals nothing yet."""
        self._database = database
        self._service = service
        self._head_key = head_key
        self._noter = noter
        self._leadership = Leadership(database, service)
        self._size = 0
        self.leads = False

    def step(self) -> int:
        """How many events were sealed now; 0 also where another process leads or the database is away."""
        try:
            sealed = self._note_newest() if self._database.dialect == "sqlite" else self._seal()
        except DBAPIError as fault:
            _LOG.warning("sealing %s waits: %s", self._service, type(fault.orig).__name__)
            self.resign()
            return 0
        self._noter.flush_if_due()
        return sealed

    def _seal(self) -> int:
        connection = self._leadership.connection()
        if connection is None:
            return 0
        if not self.leads:
            self._note_newest()
        with connection.begin():
            head = seal_pending(connection, "postgresql", self._service, self._head_key)
        if head is None:
            return 0
        faults.point("sealer.committed")
        sealed, self._size = head.size - self._size, head.size
        self._noter.sealed(head)
        return sealed

    def _note_newest(self) -> int:
        """Whoever sealed last may have ended before it noted the head."""
        with self._database.read() as connection:
            head = heads.newest(connection)
        before, self._size = self._size, head.size if head else 0
        if head is not None and self._size != before:
            self._noter.sealed(head)
        self.leads = True
        return self._size - before

    def all_sealed(self) -> bool:
        """Whether nothing waits."""
        with self._database.read() as connection:
            return not has_pending(connection)

    def resign(self) -> None:
        """Let another process lead, and note the last head."""
        self.leads = False
        self._leadership.resign()
        self._noter.flush()
