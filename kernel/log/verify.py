"""Whether a log is still exactly what was written (`zhitongche log verify`).

Everything is recomputed from the stored bytes: hashes, chains, columns, positions, the tree at every
checkpoint and at every head that was noted outside the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

from kernel.log.diagnosis import MOST_FAULTS, Diagnosis, Fault
from kernel.log.heads import HeadFile
from kernel.log.inspection import Inspection
from kernel.log.parallel import Job, check_in_parallel
from kernel.log.snapshot import Snapshot
from kernel.log.tree_check import (
    CHECKPOINT_TYPES,
    MOST,
    NODE_TYPES,
    WHOLE,
    Checkpoint,
    TreeCheck,
    nearly_sorted,
)
from kernel.merkle import Node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kernel.log.database import Database

_EVENTS = text("SELECT count(*) FROM event")
_ROOT_AT = text("SELECT root FROM checkpoint WHERE size = :size")
_STREAMS_AT = text(
    "SELECT stream_id FROM event JOIN log_entry ON log_entry.event_id = event.event_id WHERE position IN :at"
).bindparams(bindparam("at", expanding=True))
_ORPHANS = text(
    "SELECT event_id, stream_id FROM event"
    " WHERE NOT EXISTS (SELECT 1 FROM log_entry WHERE log_entry.event_id = event.event_id"
    " AND position BETWEEN 1 AND :most)"
    " AND NOT EXISTS (SELECT 1 FROM unsealed WHERE unsealed.event_id = event.event_id)"
    " ORDER BY stream_id, stream_version LIMIT 1000"
)
# Rows at places that no log comes to: nothing else here looks at them, and their readers might.
_STRAY_ENTRIES = text(
    "SELECT position, event_id FROM log_entry WHERE (position < 1 OR position > :most)"
    " AND NOT EXISTS (SELECT 1 FROM event WHERE event.event_id = log_entry.event_id)"
    " ORDER BY position LIMIT 1000"
)
_STRAY_CHECKPOINTS = text("SELECT size FROM checkpoint WHERE size < 1 OR size > :most ORDER BY size LIMIT 1000")


def verify(
    database: Database, service: str, head_key: bytes, heads_path: Path, *, workers: int | None = 1
) -> dict[str, Any]:
    """`{"service","ok","events","head","noted","root","faults"}`.

    Each of `faults` is `{"kind","position","stream","event_id","message"}`. `events` counts sealed and unsealed
    ones, `head` is the last position, `root` the root of the tree; `noted` the last one that a genuine head
    outside the database names, 0 where there is none. What is sealed behind it is no fault (a process may end
    between its commit and its note), but nobody outside bears witness.
    One change is one fault, named by its first cause (docs/interface.md lists the kinds); at most 1,000 are
    listed. `heads_path` is the file of noted heads: behind `noted` a cut tail cannot be found. A long log on
    PostgreSQL is divided between `workers` processes; with `None` between as many as it is worth.
    """
    # Read before the snapshot begins: a head noted later may belong to a log that the snapshot cannot see.
    noted = HeadFile(heads_path).size()
    with Snapshot(database) as snapshot:
        diagnosis = Diagnosis({})
        inspection = Inspection(snapshot, database.dialect, service, diagnosis)
        url = database.url.render_as_string(hide_password=False)
        job = Job(url, snapshot.name, service, head_key, heads_path, noted, WHOLE)
        checked = check_in_parallel(snapshot, job, workers) if snapshot.name else None
        if checked is None:
            root = _check_alone(snapshot, inspection, job, diagnosis)
        else:
            diagnosis.streams.update(checked.streams)
            inspection.size, inspection.present, root = checked.size, checked.present, checked.root
        faults = _conclude(snapshot, inspection, diagnosis)
    return {
        "service": service,
        "ok": not faults,
        "events": inspection.present,
        "head": inspection.size,
        "noted": HeadFile(heads_path).witnessed(noted, head_key, service),
        "root": root.hex(),
        "faults": [fault.to_dict() for fault in faults],
    }


def _check_alone(snapshot: Snapshot, inspection: Inspection, job: Job, diagnosis: Diagnosis) -> bytes:
    """Every position and everything said about the tree; the tree's root."""
    tree = TreeCheck(
        service=job.service,
        head_key=job.head_key,
        checkpoints=map(Checkpoint._make, snapshot.rows(WHOLE.checkpoints(), CHECKPOINT_TYPES)),
        heads=nearly_sorted(HeadFile(job.heads_path).heads_in(job.noted)),
        nodes=map(Node._make, snapshot.rows(WHOLE.nodes(), NODE_TYPES)),
        diagnosis=diagnosis,
        leaves_after=lambda size: _leaves_after(snapshot, size),
        root_at=lambda size: snapshot.connection.execute(_ROOT_AT, {"size": size}).scalar_one_or_none(),
    )
    inspection.read_sealed(tree)
    stated = tree.beyond(inspection.size)
    if stated > inspection.size:
        diagnosis.cut_tail(inspection.size, stated)
    elif tree.checked < inspection.size:
        diagnosis.bad_root("no_checkpoint", tree.checked + 1)
    return tree.frontier.root()


def _conclude(snapshot: Snapshot, inspection: Inspection, diagnosis: Diagnosis) -> list[Fault]:
    """Events not sealed yet, rows of `stream`, and what stands in no list."""
    inspection.read_unsealed()
    for stream_id, version, head_hash in inspection.stream_rows():
        diagnosis.stream_row(stream_id, version, head_hash)
    for stream_id in list(diagnosis.streams)[:MOST_FAULTS]:
        diagnosis.stream_row(stream_id, 0, b"")
    connection = snapshot.connection
    if diagnosis.exchanges:
        diagnosis.withdraw_tears(connection.execute(_STREAMS_AT, {"at": diagnosis.exchanges}).scalars().all())
    for position, event_id in connection.execute(_STRAY_ENTRIES, {"most": MOST}):
        diagnosis.missing_event(position, b"", event_id)
    for size in connection.execute(_STRAY_CHECKPOINTS, {"most": MOST}).scalars():
        diagnosis.bad_root("forged_checkpoint", size)
    orphans: list[tuple[str, str]] = []
    if connection.execute(_EVENTS).scalar_one() != inspection.present:
        orphans = [(row.event_id, row.stream_id) for row in connection.execute(_ORPHANS, {"most": MOST})]
    return diagnosis.finish(orphans)


def _leaves_after(snapshot: Snapshot, size: int) -> Iterator[bytes]:
    query = f"SELECT leaf_hash FROM log_entry WHERE position > {size} ORDER BY position"
    return (leaf for (leaf,) in snapshot.rows(query, ("bytea",)))
