"""New identifiers are what RFC 9562 says of their version, and no two are alike."""

from __future__ import annotations

import uuid

import pytest

from kernel.identifiers import time_ordered, unguessable


@pytest.mark.parametrize(("make", "version"), [(time_ordered, 7), (unguessable, 4)])
def test_a_new_identifier_is_a_uuid_of_its_version(make, version):
    made = [make() for _ in range(1000)]
    parsed = [uuid.UUID(text) for text in made]
    assert [str(each) for each in parsed] == made
    assert {(each.version, each.variant) for each in parsed} == {(version, uuid.RFC_4122)}
    assert len(set(made)) == len(made)
