"""Buckets are in order, cover every duration, and lie inside one another."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.feedback.domain import latency

VALUES = st.one_of(
    st.integers(-(2**53), 2**53), st.integers(-3, 300), st.integers(0, 60).map(lambda n: 1 << n >> 7)
)


RESOLUTIONS = st.integers(0, 6)


@given(VALUES, VALUES, RESOLUTIONS)
def test_the_root_bucket_never_decreases_as_the_duration_grows(one, other, resolution):
    low, high = sorted((one, other))
    assert latency.index(latency.root(resolution), low) <= latency.index(latency.root(resolution), high)


@given(VALUES, RESOLUTIONS)
def test_a_value_is_in_the_bucket_of_its_index_down_to_one_microsecond(value, resolution):
    bucket, levels = latency.root(resolution), 0
    while bucket.bits:
        bucket = latency.child(bucket, latency.index(bucket, value))
        assert bucket.low <= value < bucket.high
        levels += 1
    assert bucket.low == value
    assert levels <= 10


@given(RESOLUTIONS)
def test_the_root_buckets_follow_each_other_without_gap(resolution):
    root = latency.root(resolution)
    children = [latency.child(root, number) for number in range(latency.index(root, 2**53) + 1)]
    assert all(one.high == other.low for one, other in pairwise(children))
    assert latency.Bucket(0, 0) in children


@given(RESOLUTIONS, st.integers(0, 45))
def test_a_root_bucket_is_no_wider_than_its_resolution_says(resolution, power):
    root, value = latency.root(resolution), 140_000 << power >> 15
    bucket = latency.child(root, latency.index(root, value))
    assert 1 << bucket.bits <= max(value >> resolution, 1 << 17)


@given(st.lists(st.one_of(st.just(0), st.integers(0, 2**16), st.integers(0, 2**32 - 1)), max_size=70))
def test_packed_counts_come_back(counts):
    total: list[int] = []
    latency.add_packed(total, latency.pack(counts))
    assert [count for count in total if count] == [count for count in counts if count]
    assert all(total[place] == count for place, count in enumerate(counts) if count)


@given(st.dictionaries(st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**31 - 1), max_size=20))
def test_packed_numbers_come_back(numbers):
    assert latency.unpack_numbers(latency.pack_numbers(numbers)) == numbers
