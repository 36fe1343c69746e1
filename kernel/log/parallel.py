"""Verification by several processes at once, on PostgreSQL.

Each process checks a stretch of positions as strictly as one process checks all; the stretches are then
joined at their ends. Whatever does not fit is left to the single process, which can say what it is.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import text

from kernel.envelope import GENESIS
from kernel.log.database import Database
from kernel.log.diagnosis import Diagnosis, Streams
from kernel.log.heads import HeadFile
from kernel.log.inspection import Inspection
from kernel.log.snapshot import Snapshot
from kernel.log.tree_check import (
    CHECKPOINT_TYPES,
    NODE_TYPES,
    WHOLE,
    Checkpoint,
    Stretch,
    TreeCheck,
    nearly_sorted,
)
from kernel.merkle import Frontier, Node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kernel.log.heads import Head

# Below this a process takes longer to start than to check its part.
LEAST_EVENTS = 50_000
# And as many must come on each before it is worth a core that somebody else may need.
EACH = 250_000
_SIZE = text("SELECT coalesce(max(size), 0) FROM checkpoint WHERE size <= :most")


class Suspicious(Exception):
    """Something does not fit; which thing is for the single process to say."""


@dataclass(frozen=True, slots=True)
class Job:
    """One stretch of one snapshot. `noted`: how many bytes of the head file there were before the snapshot."""

    url: str
    snapshot: str
    service: str
    head_key: bytes = field(repr=False)
    heads_path: Path
    noted: int
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class Checked:
    """A stretch in order. `openings`: what its first event of each stream stands on."""

    size: int
    present: int
    root: bytes
    streams: Streams
    openings: Streams


class _Part(Inspection):
    """An inspection that begins in the middle, and that stops at the first thing that does not fit."""

    def __init__(self, snapshot: Snapshot, job: Job, diagnosis: Diagnosis) -> None:
        super().__init__(snapshot, "postgresql", job.service, diagnosis, job.stretch)
        self.openings: Streams = {}

    def _opening(self, stream: str, document: dict[str, Any], hashes: bytes | None) -> tuple[int, bytes]:
        if hashes is None:
            raise TypeError("no event")
        standing = self.openings[stream] = (document["streamversion"] - 1, hashes[: len(GENESIS)])
        return standing

    def _odd(self, *_: object) -> NoReturn:
        raise Suspicious


def check(job: Job) -> Checked | None:
    """The stretch if all of it is in order."""
    database = Database(job.url, pool_size=1)
    try:
        with Snapshot(database, job.snapshot) as snapshot:
            return _checked(snapshot, job)
    except Suspicious:
        return None
    finally:
        database.close()


def _checked(snapshot: Snapshot, job: Job) -> Checked | None:
    diagnosis = Diagnosis({})
    part = _Part(snapshot, job, diagnosis)
    stretch = job.stretch
    tree = TreeCheck(
        service=job.service,
        head_key=job.head_key,
        checkpoints=map(Checkpoint._make, snapshot.rows(stretch.checkpoints(), CHECKPOINT_TYPES)),
        heads=_heads_in(job),
        nodes=map(Node._make, snapshot.rows(stretch.nodes(), NODE_TYPES)),
        diagnosis=diagnosis,
        leaves_after=lambda _: iter(()),
        root_at=lambda _: None,
        frontier=_frontier_at(snapshot, stretch.after),
    )
    part.read_sealed(tree)
    at_end = tree.checked == part.size and tree.beyond(part.size) == part.size
    if diagnosis.faults or not at_end or stretch.until not in {WHOLE.until, part.size}:
        return None
    return Checked(part.size, part.present, tree.frontier.root(), diagnosis.streams, part.openings)


def _heads_in(job: Job) -> Iterator[Head]:
    after, until = job.stretch
    noted = nearly_sorted(HeadFile(job.heads_path).heads_in(job.noted))
    return (head for head in noted if after < head.size <= until)


def _frontier_at(snapshot: Snapshot, size: int) -> Frontier:
    """As a checkpoint states it; whether it is right is checked where the stretch before ends."""
    query = f"SELECT size, frontier FROM checkpoint WHERE size = {size}"
    for stated, frontier in snapshot.rows(query, ("int8", "bytea")):
        try:
            return Frontier.from_bytes(stated, frontier)
        except ValueError as fault:
            raise Suspicious from fault
    return Frontier()


def check_in_parallel(snapshot: Snapshot, whole: Job, workers: int | None) -> Checked | None:
    """The whole log if all of it is in order; also nothing where it is too short to be divided.

    Without a number of workers the log's length and this machine's cores decide.
    """
    size = snapshot.connection.execute(_SIZE, {"most": WHOLE.until}).scalar_one()
    if workers is None:
        workers = min(len(os.sched_getaffinity(0)), size // EACH)
    if workers <= 1 or size < LEAST_EVENTS:
        return None
    jobs = _divided(snapshot, whole, size, workers)
    if len(jobs) < workers:
        return None
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(check, jobs))
    streams: Streams = {}
    for part in parts:
        if part is None or any(
            streams.get(stream, (0, GENESIS)) != standing for stream, standing in part.openings.items()
        ):
            return None
        streams.update(part.streams)
    present = sum(part.present for part in parts if part)
    return replace(parts[-1], present=present, streams=streams) if parts[-1] else None


def _divided(snapshot: Snapshot, whole: Job, size: int, workers: int) -> list[Job]:
    """Stretches of about the same length, each but the last ending at a checkpoint."""
    ends = [
        snapshot.connection.execute(_SIZE, {"most": size * number // workers}).scalar_one()
        for number in range(1, workers)
    ]
    starts = sorted({0, *ends})
    stretches = map(Stretch, starts, [*starts[1:], WHOLE.until])
    return [replace(whole, stretch=stretch) for stretch in stretches]
