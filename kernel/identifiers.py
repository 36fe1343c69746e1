"""New identifiers."""

from __future__ import annotations

import os
import time

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def time_ordered() -> str:
    """A UUID version 7 (RFC 9562): neighbours in time are neighbours in an index, which keeps inserts cheap."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    return _uuid(value, 7)


def unguessable() -> str:
    """A UUID version 4 (RFC 9562): says nothing about when or in which order things were made."""
    return _uuid(int.from_bytes(os.urandom(16), "big"), 4)


def _uuid(value: int, version: int) -> str:
    # Written by hand: an import makes several for each letter, and the library makes an object first.
    value = value & ~(0xF << 76) | version << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def crockford(value: int, length: int) -> str:
    """The last `length` base-32 digits (Crockford's alphabet: none is taken for another when read aloud)."""
    digits = []
    for _ in range(length):
        digits.append(CROCKFORD[value & 31])
        value >>= 5
    return "".join(reversed(digits))
