"""Keyset cursors: opaque, stable under inserts, bound to the arguments that made them."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Any

import orjson

from kernel.canonical import keyed_hash
from kernel.refusals import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

_MARK = 12


class Cursors:
    """Makes and reads cursors under a key, so that nobody can point one at rows outside their scope."""

    def __init__(self, key: bytes) -> None:
        """Use one key for all services' cursors."""
        self._key = key

    def make(self, bound_to: Mapping[str, Any], position: list[Any]) -> str:
        """A cursor behind a row's sort values."""
        place = orjson.dumps(position)
        return base64.urlsafe_b64encode(self._mark(bound_to, place) + place).decode().rstrip("=")

    def read(self, bound_to: Mapping[str, Any], cursor: str | None) -> list[Any] | None:
        """The sort values; `InvalidInput` where the cursor is not ours or was made by other arguments."""
        if cursor is None:
            return None
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError):
            raise InvalidInput.of(cursor="bad_cursor") from None
        mark, place = raw[:_MARK], raw[_MARK:]
        if not hmac.compare_digest(mark, self._mark(bound_to, place)):
            raise InvalidInput.of(cursor="bad_cursor")
        position: list[Any] = orjson.loads(place)
        return position

    def _mark(self, bound_to: Mapping[str, Any], place: bytes) -> bytes:
        asked = {name: value for name, value in bound_to.items() if name not in ("cursor", "limit")}
        words = orjson.dumps(asked, option=orjson.OPT_SORT_KEYS, default=str)
        return keyed_hash(self._key, b"cursor", words, place)[:_MARK]
