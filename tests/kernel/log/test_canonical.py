"""Canonical bytes are RFC 8785's for every document that an event may hold."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel import canonical

ASCII = st.text(st.characters(min_codepoint=1, max_codepoint=126), max_size=12)
SAFE_INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | SAFE_INTEGERS | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(ASCII, inner, max_size=5),
    max_leaves=25,
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_random_documents_get_the_bytes_of_another_implementation(document):
    assert canonical.encode(document) == rfc8785.dumps(document)


def test_parts_of_a_keyed_hash_do_not_run_into_each_other():
    assert canonical.keyed_hash(b"k", b"ab", b"c") != canonical.keyed_hash(b"k", b"a", b"bc")
    assert canonical.keyed_hash(b"k", b"ab") != canonical.keyed_hash(b"l", b"ab")


def test_a_keyed_hash_that_goes_on_from_a_kept_beginning_is_the_hash_of_the_whole():
    beginning = canonical.begun(b"k", b"a", b"b")
    for end in (b"c", b"", b"d"):
        whole = canonical.keyed_hash(b"k", b"a", b"b", end)
        assert canonical.continued(beginning, end).digest() == whole
