"""Today's tree against everything that was ever said about it: checkpoints, kept nodes, the head file.

Where a root differs and the checkpoint is genuine, the check goes on from the checkpoint's own frontier, so
that one change is reported where it is and not again at every later size.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from kernel.log.heads import FIRST_EPOCH, Head
from kernel.merkle import Frontier, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kernel.log.diagnosis import Diagnosis

# Several processes append to a head file, each its newest head: lines stand out of order by a few at most.
_LOOK_AHEAD = 1024
# Hashes spent on finding which two positions were exchanged before the answer is just "the root differs".
_SEARCH_HASHES = 3_000_000

CHECKPOINT_TYPES = ("int8", "int4", "bytea", "bytea", "bytea", "int8")
NODE_TYPES = ("int4", "int8", "bytea")
# No log gets so far; what is beyond is read by nobody, and whoever verifies says so.
MOST = 1 << 62


class Stretch(NamedTuple):
    """Positions behind `after`, up to and including `until`."""

    after: int
    until: int

    def condition(self, position: str) -> str:
        """As SQL."""
        return f"{position} > {self.after} AND {position} <= {self.until}"

    def checkpoints(self) -> str:
        """The query for the checkpoints at these positions."""
        columns = "size, epoch, root, frontier, keyed_hash, sealed_at"
        return f"SELECT {columns} FROM checkpoint WHERE {self.condition('size')} ORDER BY size"

    def nodes(self) -> str:
        """The query for the kept nodes that end at these positions."""
        end = '(("index" + 1) << level)'
        return f'SELECT level, "index", hash FROM merkle_node WHERE {self.condition(end)} ORDER BY {end}, level'


WHOLE = Stretch(0, MOST)


class Checkpoint(NamedTuple):
    """One row of `checkpoint`."""

    size: int
    epoch: int
    root: bytes
    frontier: bytes
    keyed_hash: bytes
    sealed_at: int

    def head(self) -> Head:
        """The head that it states."""
        return Head(self.epoch, self.size, self.root, self.sealed_at, self.keyed_hash)


def nearly_sorted(heads: Iterator[Head]) -> Iterator[Head]:
    """Heads by size, in constant memory; one that stands very far from its place comes out late."""
    waiting: list[tuple[int, bytes, int, Head]] = []
    for number, head in enumerate(heads):
        heappush(waiting, (head.size, head.root, number, head))
        if len(waiting) > _LOOK_AHEAD:
            yield heappop(waiting)[-1]
    while waiting:
        yield heappop(waiting)[-1]


@dataclass
class TreeCheck:
    """Fed with leaves up to each `boundary` in turn."""

    service: str
    head_key: bytes
    checkpoints: Iterator[Checkpoint]
    heads: Iterator[Head]
    nodes: Iterator[Node]
    diagnosis: Diagnosis
    leaves_after: Callable[[int], Iterator[bytes]]
    root_at: Callable[[int], bytes | None]
    frontier: Frontier = field(default_factory=Frontier)
    epoch: int = FIRST_EPOCH
    checked: int = 0
    sound: bool = True
    exchanged: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look at the first of each."""
        self._checkpoint = next(self.checkpoints, None)
        self._head = next(self.heads, None)
        self._node = next(self.nodes, None)
        # Nodes up to this size are not compared: their leaves are known to be other ones.
        self._nodes_from = 0

    @property
    def boundary(self) -> int:
        """The next size about which something was said."""
        checkpoint = self._checkpoint.size if self._checkpoint else MOST
        return min(checkpoint, self._head.size if self._head else MOST)

    def advance(self, leaves: list[bytes], size: int, *, whole: bool) -> None:
        """Take the leaves up to `size`; not `whole` where some of them are missing."""
        before = self.frontier.copy()
        for position in [place for place in self.exchanged if whole and place <= size]:
            leaves[position - before.size - 1] = self.exchanged.pop(position)
        completed = self.frontier.extend(leaves)
        self.sound = self.sound and whole
        while self._checkpoint is not None and self._checkpoint.size <= size:
            completed = self._check(self._checkpoint, before, leaves, completed)
            self.checked = self._checkpoint.size
            self._checkpoint = next(self.checkpoints, None)
        if self.sound and self._nodes_from < size:
            self._check_nodes(completed)
        while self._head is not None and self._head.size <= size:
            self._check_head(self._head, size)
            self._head = next(self.heads, None)

    def _check(
        self, checkpoint: Checkpoint, before: Frontier, leaves: list[bytes], completed: list[Node]
    ) -> list[Node]:
        """The kept nodes that these leaves complete, also where two leaves had to be put right."""
        self.epoch = checkpoint.epoch
        if not checkpoint.head().is_genuine(self.head_key, self.service):
            self.diagnosis.bad_root("forged_checkpoint", checkpoint.size)
            return completed
        stated = _frontier_of(checkpoint)
        if stated is None:
            self.diagnosis.bad_root("broken_checkpoint", checkpoint.size)
        same = self.sound and self.frontier.size == checkpoint.size
        if same and self.frontier.root() == checkpoint.root:
            return completed
        corrected = self._explain(checkpoint, before, leaves) if same else None
        if corrected is None and stated is not None:
            self.frontier, self.sound, self._nodes_from = stated, True, checkpoint.size
        return corrected or []

    def _explain(self, checkpoint: Checkpoint, before: Frontier, leaves: list[bytes]) -> list[Node] | None:
        first, last = before.size + 1, checkpoint.size
        if self.diagnosis.explains(before, leaves, checkpoint.root):
            return None
        found = self._search(before, leaves, checkpoint.root)
        if found is None:
            self.diagnosis.bad_root("other_root", last)
            return None
        (one, leaf_one), (other, leaf_other) = found
        self.diagnosis.exchanged(one, other)
        leaves[one - first] = leaf_one
        if other <= last:
            leaves[other - first] = leaf_other
        else:
            self.exchanged[other] = leaf_other
        self.frontier = before.copy()
        return self.frontier.extend(leaves)

    def _search(
        self, before: Frontier, leaves: list[bytes], root: bytes
    ) -> tuple[tuple[int, bytes], tuple[int, bytes]] | None:
        """Two positions and their right leaves, if exchanging them gives the root; nearest pairs first."""
        if not leaves:
            return None
        budget = _SEARCH_HASHES // (len(leaves) + before.size.bit_length() + 1)
        later = self.leaves_after(before.size + len(leaves))
        known = [*leaves, *islice(later, max(0, budget // len(leaves)))]
        for distance in range(1, len(known)):
            for one in range(min(len(leaves), len(known) - distance)):
                other = one + distance
                trial = list(leaves)
                trial[one] = known[other]
                if other < len(leaves):
                    trial[other] = known[one]
                tree = before.copy()
                tree.extend(trial)
                if tree.root() == root:
                    first = before.size + 1
                    return (first + one, known[other]), (first + other, known[one])
                budget -= 1
                if budget <= 0:
                    return None
        return None

    def _check_nodes(self, completed: list[Node]) -> None:
        for node in completed:
            while self._node is not None and _end(self._node) <= self._nodes_from:
                self._node = next(self.nodes, None)
            if self._node != node:
                self.diagnosis.bad_root("other_node", _end(node))
                self._nodes_from = MOST
                return
            self._node = next(self.nodes, None)

    def _check_head(self, head: Head, size: int) -> None:
        if not head.is_genuine(self.head_key, self.service):
            self.diagnosis.bad_root("forged_head", head.size)
            return
        today = self.frontier.root() if self.sound else None
        root = today if head.size == size else self.root_at(head.size)
        if root is not None and root != head.root and head.epoch >= self.epoch:
            self.diagnosis.bad_root("other_head", head.size)

    def beyond(self, size: int) -> int:
        """The largest size that a genuine checkpoint or head names and the log, of this size, does not have."""
        largest = size
        for checkpoint in filter(None, (self._checkpoint, *self.checkpoints)):
            if checkpoint.head().is_genuine(self.head_key, self.service):
                largest = max(largest, checkpoint.size)
            else:
                self.diagnosis.bad_root("forged_checkpoint", checkpoint.size)
        for head in filter(None, (self._head, *self.heads)):
            if head.is_genuine(self.head_key, self.service):
                largest = max(largest, head.size)
            else:
                self.diagnosis.bad_root("forged_head", head.size)
        return largest


def _end(node: Node) -> int:
    return (node.number + 1) << node.level


def _frontier_of(checkpoint: Checkpoint) -> Frontier | None:
    try:
        frontier = Frontier.from_bytes(checkpoint.size, checkpoint.frontier)
    except ValueError:
        return None
    return frontier if frontier.root() == checkpoint.root else None
