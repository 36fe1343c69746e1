"""Counted buckets over durations, and exact percentiles as whole-number arithmetic.

A duration (microseconds, at most some 570 years) falls into one bucket of a root: 2**resolution of them to each
power of two from 0.13 s to 17 years, and one for exactly zero, which is what many stages take in office hours.
A bucket that holds many values may be counted again in up to 64 children of equal width, and so on down to one
microsecond. Every bucket is `(low, bits)`: the values low … low + 2**bits - 1.

Numbers of working days are few, so each number is its own bucket.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from datetime import datetime
from functools import lru_cache
from operator import add
from typing import TYPE_CHECKING, Final, NamedTuple

from kernel import instants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Percent, as the answer names them.
PERCENTILES: Final = {"p50": 50, "p90": 90, "p99": 99}
_SMALLEST: Final = 17
_LARGEST: Final = 49
_FINEST: Final = 6
_CHILD: Final = 6
# Below zero, zero, shorter than the smallest power, 2**resolution to a power, longer than the largest power.
_SHORT: Final = 2
_WIDEST: Final = 54
_ROOT: Final = 63


class Bucket(NamedTuple):
    """The values low … low + 2**bits - 1."""

    low: int
    bits: int

    @property
    def high(self) -> int:
        """The first value above the bucket."""
        return self.low + (1 << self.bits)


def root(resolution: int) -> Bucket:
    """The bucket of all values, which has children of that resolution (at most 6); wider than any other."""
    return Bucket(resolution, _ROOT)


def root_index(value: int) -> int:
    """Which bucket of the finest root a duration falls into; never decreases as the duration grows."""
    if value <= 0:
        return 0 if value < 0 else 1
    above = value - 1
    power = above.bit_length() - 1
    if power < _SMALLEST:
        return _SHORT
    if power >= _LARGEST:
        return _SHORT + 1 + ((_LARGEST - _SMALLEST) << _FINEST)
    part = (above >> (power - _FINEST)) - (1 << _FINEST)
    return _SHORT + 1 + ((power - _SMALLEST) << _FINEST) + part


def coarser(place: int, resolution: int) -> int:
    """The bucket of a root of that resolution which holds a bucket of the finest."""
    return place if place <= _SHORT else _SHORT + 1 + ((place - _SHORT - 1) >> (_FINEST - resolution))


def index(bucket: Bucket, value: int) -> int:
    """Which child of the bucket a value falls into."""
    if bucket.bits == _ROOT:
        return coarser(root_index(value), bucket.low)
    return (value - bucket.low) >> max(bucket.bits - _CHILD, 0)


def child(bucket: Bucket, number: int) -> Bucket:
    """The child with that index."""
    if bucket.bits == _ROOT:
        return _root_children(bucket.low)[number]
    bits = max(bucket.bits - _CHILD, 0)
    return Bucket(bucket.low + (number << bits), bits)


@lru_cache(maxsize=_FINEST + 1)
def _root_children(resolution: int) -> tuple[Bucket, ...]:
    parts = range(1 << resolution, 2 << resolution)
    powers = range(_SMALLEST - resolution, _LARGEST - resolution)
    return (
        # Two clocks that disagree can make a stage end before it starts; it must not be lost.
        Bucket(-1 << _WIDEST, _WIDEST),
        Bucket(0, 0),
        Bucket(1, _SMALLEST),
        *(Bucket((part << bits) + 1, bits) for bits in powers for part in parts),
        Bucket((1 << _LARGEST) + 1, _WIDEST),
    )


def pack(counts: Sequence[int]) -> bytes:
    """Counts by index as bytes: uint16 LE each the first index with a count and the width of a count, then the
    counts up to the last, uint16 or uint32 LE.
    """  # noqa: D205 - one sentence
    if not any(counts):
        return b""
    width, code = (2, "H") if max(counts) < 1 << 16 else (4, "I")
    packed = struct.pack(f"<{len(counts)}{code}", *counts)
    # Leading and trailing counts of zero are bytes of zero; a loop over the counts would be most of a roll-up.
    first = (len(packed) - len(packed.lstrip(b"\0"))) // width
    end = -(-len(packed.rstrip(b"\0")) // width) * width
    return struct.pack("<2H", first, width) + packed[first * width : end]


def add_packed(total: list[int], packed: bytes) -> None:
    """Add packed counts to a list of counts by index, which grows where it is too short."""
    if not packed:
        return
    first, width = struct.unpack_from("<2H", packed)
    code = "H" if width == 2 else "I"  # noqa: PLR2004 - the width that `pack` writes
    counts = struct.unpack_from(f"<{len(packed) // width - 4 // width}{code}", packed, 4)
    end = first + len(counts)
    if len(total) < end:
        total.extend([0] * (end - len(total)))
    total[first:end] = map(add, total[first:end], counts)


def pack_numbers(counts: Mapping[int, int]) -> bytes:
    """How often each number occurs, as bytes: number and count, int32 LE each, ascending."""
    flat = [part for pair in sorted(counts.items()) for part in pair]
    return struct.pack(f"<{len(flat)}i", *flat)


def unpack_numbers(packed: bytes) -> dict[int, int]:
    """The contrary of `pack_numbers`."""
    flat = struct.unpack(f"<{len(packed) // 4}i", packed)
    return dict(zip(flat[::2], flat[1::2], strict=True))


def percentile_ranks(count: int) -> dict[str, tuple[int, int, int]]:
    """For each percentile of so many values: the ranks below and above it (from 0) and the weight of the
    upper one in hundredths (`percentile_cont`: the place is p·(count - 1)).
    """  # noqa: D205 - one sentence
    places = {name: divmod(percent * (count - 1), 100) for name, percent in PERCENTILES.items()}
    return {name: (rank, rank + (weight > 0), weight) for name, (rank, weight) in places.items()}


def interpolate(below: int, above: int, weight: int, unit: int) -> float | int:
    """`below` + weight/100 of the way to `above`, in units of `unit`; rounded once, whole where it is whole."""
    return quotient(below * 100 + (above - below) * weight, 100 * unit)


def quotient(numerator: int, denominator: int) -> float | int:
    """The exact quotient where it is whole, else the nearest float."""
    whole, rest = divmod(numerator, denominator)
    return numerator / denominator if rest else whole


def statistics_of(values: Sequence[int], total: int, unit: int) -> dict[str, float | int]:
    """p50, p90, p99, max and mean of ascending values whose sum is `total`."""
    answer = {
        name: interpolate(values[lower], values[upper], weight, unit)
        for name, (lower, upper, weight) in percentile_ranks(len(values)).items()
    }
    return answer | {"max": quotient(values[-1], unit), "mean": quotient(total, unit * len(values))}


def month_of(instant: int) -> str:
    """`YYYY-MM` in Asia/Shanghai, as `kernel.instants.month_of`, which would cost a report and a roll-up most
    of their time.
    """  # noqa: D205 - one sentence
    starts, names = _months()
    place = bisect_right(starts, instant) - 1
    return names[place] if 0 <= place < len(names) else instants.month_of(instant)


@lru_cache(maxsize=1)
def _months() -> tuple[list[int], list[str]]:
    days = [datetime(y, m, 1, tzinfo=instants.SHANGHAI) for y in range(1990, 2101) for m in range(1, 13)]
    starts = [instants.from_datetime(day) for day in days]
    # The last one is only the end of the one before.
    return starts, [f"{day:%Y-%m}" for day in days[:-1]]
