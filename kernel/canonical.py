"""Canonical JSON (RFC 8785 for the values an event may hold) and keyed hashes of arguments.

orjson with sorted keys gives the same bytes as RFC 8785 as long as keys are ASCII and there are no floats; a
test compares both on random documents. No event holds a float: durations and instants are integers, and no
argument schema admits one.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson


def encode(document: Any) -> bytes:
    """The canonical bytes of a document without floats."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def keyed_hash(key: bytes, *parts: bytes) -> bytes:
    """32 bytes of BLAKE2b under a key: arguments may hold names, whose plain hash could be guessed."""
    return continued(begun(key), *parts).digest()


def begun(key: bytes, *parts: bytes) -> hashlib.blake2b:
    """A keyed hash of which only the beginning is known; it is kept, and `continued` for each end."""
    return continued(hashlib.blake2b(digest_size=32, key=key[:64]), *parts)


def continued(beginning: hashlib.blake2b, *parts: bytes) -> hashlib.blake2b:
    """The hash with more parts; `continued(begun(key, a), b).digest()` is `keyed_hash(key, a, b)`."""
    digest = beginning.copy()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest
