"""Canonical JSON (RFC 8785 for the values an event may hold) and keyed hashes of arguments.

orjson with sorted keys gives the same bytes as RFC 8785 as long as keys are ASCII and there are no floats;
`encode` refuses floats, because a hash must not depend on how a number is printed. A test compares both on
random documents.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson


def encode(document: Any) -> bytes:
    """The canonical bytes; `TypeError` where a float is inside."""
    _refuse_floats(document)
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def _refuse_floats(value: Any) -> None:
    kind = type(value)
    if kind is dict:
        for item in value.values():
            _refuse_floats(item)
    elif kind is list or kind is tuple:
        for item in value:
            _refuse_floats(item)
    elif kind is float:
        raise TypeError("a canonical document holds no floats")


def keyed_hash(key: bytes, *parts: bytes) -> bytes:
    """32 bytes of BLAKE2b under a key: arguments may hold names, whose plain hash could be guessed."""
    digest = hashlib.blake2b(digest_size=32, key=key[:64])
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
