"""The tree is RFC 6962's, by its published vectors and by somebody else's implementation."""

from __future__ import annotations

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.merkle import (
    EMPTY_ROOT,
    Frontier,
    Node,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The test vectors of the certificate-transparency reference implementation.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference_vectors(size):
    assert root_of([leaf_hash(entry) for entry in ENTRIES[:size]]).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing():
    assert root_of([]) == EMPTY_ROOT == Frontier().root()


def test_roots_and_proofs_agree_with_another_implementation():
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    leaves = leaves_of(300)
    for number in range(300):
        tree.append_entry(number.to_bytes(4, "big"))
    for size in (1, 2, 3, 7, 8, 100, 255, 256, 257, 300):
        assert root_of(leaves[:size]) == tree.get_root(size)
        # Theirs accepts what ours proves, by way of the same roots.
        proof = tree.prove_consistency(size, 300)
        pymerkle.verify_consistency(root_of(leaves[:size]), root_of(leaves), proof)
        path = tree.prove_inclusion(size, 300)
        pymerkle.verify_inclusion(leaves[size - 1], root_of(leaves), path, index=size, size=300)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1100), st.lists(st.integers(0, 600), max_size=4))
def test_growing_in_any_pieces_gives_the_same_tree(size, pieces):
    leaves = leaves_of(size)
    whole, grown, start = Frontier(), Frontier(), 0
    kept = whole.extend(leaves)
    grown_kept: list[Node] = []
    for piece in (*pieces, size):
        part = leaves[start : start + piece]
        if len(part) == 1:
            grown_kept += grown.append(part[0])
        else:
            grown_kept += grown.extend(part)
        start += len(part)
    assert (grown.size, grown.peaks, grown_kept) == (whole.size, whole.peaks, kept)
    again = Frontier.from_bytes(size, grown.to_bytes())
    assert again.root() == root_of(leaves)
    assert kept == [
        Node(8, number, root_of(leaves[256 * number : 256 * (number + 1)])) for number in range(size // 256)
    ]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 130))
def test_a_proof_of_inclusion_holds_for_its_leaf_and_place_only(data, size):
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(leaves, index), root_of(leaves)
    assert verify_inclusion(leaves[index], index, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"other"), index, size, proof, root)
    assert not verify_inclusion(leaves[index], index, size, [*proof, root], root)
    if size > 1:
        other = (index + 1) % size
        assert not verify_inclusion(leaves[index], other, size, proof, root)
        assert not verify_inclusion(leaves[index], index, size, proof[:-1], root)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 130))
def test_a_proof_of_consistency_holds_for_a_true_beginning_only(data, size):
    leaves = leaves_of(size)
    first = data.draw(st.integers(1, size))
    proof, old, new = consistency_proof(leaves, first), root_of(leaves[:first]), root_of(leaves)
    assert verify_consistency(first, size, old, new, proof)
    if first < size:
        changed = root_of([leaf_hash(b"other"), *leaves[1:first]])
        assert not verify_consistency(first, size, changed, new, proof)
        assert not verify_consistency(first, size, old, changed, proof)
        assert not verify_consistency(first, size, old, new, [])


def test_what_is_outside_the_tree_has_no_proof():
    leaves = leaves_of(3)
    assert not verify_inclusion(leaves[0], 3, 3, [], root_of(leaves))
    with pytest.raises(IndexError):
        inclusion_proof(leaves, 3)
    with pytest.raises(IndexError):
        consistency_proof(leaves, 4)


def test_a_frontier_that_does_not_fit_its_size_is_refused():
    with pytest.raises(ValueError, match="one peak for each bit"):
        Frontier.from_bytes(3, bytes(32))
