"""The Merkle tree of RFC 6962 section 2.1 over the positions of a log.

A leaf is SHA-256(0x00 ‖ event hash), an interior node SHA-256(0x01 ‖ left ‖ right). A tree of any size is
described by its frontier, the roots of its maximal complete subtrees, so that whoever extends it needs
one short row and never the leaves.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()
# A node is kept at every eighth level: 256 hashes rebuild whatever lies between.
LEVELS_KEPT = 8
_CHUNK = 1 << LEVELS_KEPT


class Node(NamedTuple):
    """The root of the complete subtree over leaves `number * 2**level` up to `(number + 1) * 2**level`."""

    level: int
    number: int
    hash: bytes


def leaf_hash(event_hash: bytes) -> bytes:
    """The leaf of an event."""
    return sha256(b"\0" + event_hash).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The parent of two nodes."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """A tree that only grows: its size and its peaks, largest first."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """A tree as somebody else described it; `ValueError` where size and peaks do not fit."""
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count() or any(len(peak) != HASH_SIZE for peak in self.peaks):
            raise ValueError("a tree has one peak for each bit of its size")

    @classmethod
    def from_bytes(cls, size: int, encoded: bytes) -> Frontier:
        """The tree of a stored frontier; `ValueError` where it does not fit the size."""
        peaks = [encoded[start : start + HASH_SIZE] for start in range(0, len(encoded), HASH_SIZE)]
        return cls(size, peaks)

    def to_bytes(self) -> bytes:
        """The peaks, largest first, 32 bytes each."""
        return b"".join(self.peaks)

    def copy(self) -> Frontier:
        """The same tree, to be extended apart."""
        return Frontier(self.size, self.peaks)

    def append(self, leaf: bytes) -> list[Node]:
        """Extend by one leaf; answer the kept nodes that it completes."""
        return self._push(leaf, 0)

    def extend(self, leaves: Sequence[bytes]) -> list[Node]:
        """Extend by leaves in order; answer the kept nodes that they complete."""
        kept: list[Node] = []
        start = 0
        while start < len(leaves):
            if self.size % _CHUNK == 0 and start + _CHUNK <= len(leaves):
                kept += self._push(_complete_root(leaves[start : start + _CHUNK]), LEVELS_KEPT)
                start += _CHUNK
            else:
                kept += self._push(leaves[start], 0)
                start += 1
        return kept

    def _push(self, node: bytes, level: int) -> list[Node]:
        kept = []
        index = self.size >> level
        self.size += 1 << level
        while True:
            if level and level % LEVELS_KEPT == 0:
                kept.append(Node(level, index, node))
            if not index & 1:
                break
            node = sha256(b"\1" + self.peaks.pop() + node).digest()
            index >>= 1
            level += 1
        self.peaks.append(node)
        return kept

    def root(self) -> bytes:
        """The root of the whole tree."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            root = sha256(b"\1" + peak + root).digest()
        return root


def _complete_root(nodes: Sequence[bytes]) -> bytes:
    while len(nodes) > 1:
        nodes = [
            sha256(b"\1" + left + right).digest() for left, right in zip(nodes[::2], nodes[1::2], strict=True)
        ]
    return nodes[0]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root of a tree with these leaves."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The path that proves the leaf at `index` (from 0) to whoever knows the root (RFC 6962, 2.1.1)."""
    if not 0 <= index < len(leaves):
        raise IndexError("no such leaf")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf stands at `index` in the tree of this size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, first, last = leaf, index, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            node = node_hash(sibling, node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and node == root


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """The nodes that prove the tree of the first `size` leaves a beginning of this one (RFC 6962, 2.1.2)."""
    if not 0 < size <= len(leaves):
        raise IndexError("no such tree")
    return _subproof(leaves, size, whole=True)


def _subproof(leaves: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = _split(len(leaves))
    if size <= split:
        return [*_subproof(leaves[:split], size, whole=whole), root_of(leaves[split:])]
    return [*_subproof(leaves[split:], size - split, whole=False), root_of(leaves[:split])]


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of size `second` begins with the tree of size `first` (RFC 9162, 2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second or not proof:
        return False
    path = [first_root, *proof] if first.bit_count() == 1 else list(proof)
    low, high = first - 1, second - 1
    while low & 1:
        low, high = low >> 1, high >> 1
    old = new = path[0]
    for node in path[1:]:
        if high == 0:
            return False
        if low & 1 or low == high:
            old, new = node_hash(node, old), node_hash(node, new)
            while not low & 1 and low:
                low, high = low >> 1, high >> 1
        else:
            new = node_hash(new, node)
        low, high = low >> 1, high >> 1
    return high == 0 and old == first_root and new == second_root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
