"""Data keys: one per ticket, per person, per sealed submitter, in a database of their own.

A key is stored wrapped (AES-256-GCM under the secret file's wrapping key). Destroying the row erases what
the key opened and leaves every hash valid. Keys are made ahead in the dozens and handed out from memory:
a key must be durable before anything is sealed with it, and one more commit per new ticket would be the
dearest part of a submission. A crash wastes the few that were not handed out.

An opened key is kept in memory for `LIFETIME` seconds: so long, another process may still read what this one
destroyed.
"""

from __future__ import annotations

import base64
import logging
import os
import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import MetaData, insert, select, text, update

from kernel import instants
from kernel.log.schema import key_tables
from kernel.refusals import Damaged, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection

    from kernel.log.database import Database

METADATA = MetaData()
DATA_KEY = key_tables(METADATA)["data_key"]
SEALED = "$sealed"
_INSERT_AT_ONCE = text(
    "INSERT INTO data_key (key_id, wrapped, wrapping_key, created_at)"
    " SELECT key_id, decode(wrapped, 'hex'), wrapping_key, created_at"
    " FROM json_to_recordset(CAST(:rows AS json))"
    " AS made (key_id text, wrapped text, wrapping_key text, created_at bigint)"
)
_NONCE = 12
_AHEAD = 256
_CACHED = 20_000
LIFETIME = 60.0
# Ids are random, so the first few are as good as any; one row may be damaged, all of them are not.
_SAMPLE = (
    select(DATA_KEY.c.key_id, DATA_KEY.c.wrapped)
    .where(DATA_KEY.c.wrapped.is_not(None))
    .order_by(DATA_KEY.c.key_id)
    .limit(3)
)
_log = logging.getLogger(__name__)

Wrapped = tuple[str, bytes]


def destroy(database: Database, key_ids: Sequence[str]) -> None:
    """Overwrite stored keys, which needs no key; one that is destroyed already keeps its time."""
    there = DATA_KEY.c.key_id.in_(key_ids), DATA_KEY.c.wrapped.is_not(None)
    with database.write() as connection:
        gone = update(DATA_KEY).where(*there).values(wrapped=None, destroyed_at=instants.now())
        changed = connection.execute(gone).rowcount
    if changed:
        database.scrub()


def sample(connection: Connection) -> list[Wrapped]:
    """A few keys as they are stored; none where all were destroyed or none was ever made."""
    return [(key_id, wrapped) for key_id, wrapped in connection.execute(_SAMPLE)]


def opens(wrapping_key: bytes, stored: Sequence[Wrapped]) -> bool:
    """Whether a wrapping key is the one that these keys, or some of them, were stored under."""
    wrapper = AESGCM(wrapping_key)
    return any(_unwrapped(wrapper, key_id, wrapped) for key_id, wrapped in stored)


def _unwrapped(wrapper: AESGCM, key_id: str, wrapped: bytes) -> bytes | None:
    try:
        return wrapper.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], key_id.encode())
    except (InvalidTag, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class DataKey:
    """An opened key; `seal` writes `<key id>:<base64 of nonce and ciphertext>`."""

    key_id: str
    cipher: AESGCM

    def seal(self, plain: str, event_id: str, field: str) -> dict[str, str]:
        """The ciphertext of a text, bound to the event and field it stands in."""
        nonce = os.urandom(_NONCE)
        sealed = self.cipher.encrypt(nonce, plain.encode(), f"{event_id}/{field}".encode())
        return {SEALED: f"{self.key_id}:{base64.b64encode(nonce + sealed).decode()}"}

    def open(self, sealed: str, event_id: str, field: str) -> str:
        """The text; `InvalidTag` where key, event or field is another."""
        raw = base64.b64decode(sealed.partition(":")[2])
        return self.cipher.decrypt(raw[:_NONCE], raw[_NONCE:], f"{event_id}/{field}".encode()).decode()


class KeyRing:
    """Hands out new keys and opens old ones; safe for several threads."""

    def __init__(
        self, database: Database, wrapping_key: bytes, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keys live in `database`, wrapped under `wrapping_key`; `clock` counts seconds."""
        self.database = database
        self._wrapping_key = wrapping_key
        self._wrapper = AESGCM(wrapping_key)
        self._clock = clock
        self._ready: list[DataKey] = []
        # With the second at which each was read, the oldest first.
        self._opened: OrderedDict[str, tuple[float, DataKey | None]] = OrderedDict()
        self._fits = False
        self._lock = threading.Lock()

    def check(self) -> None:
        """`Unavailable` where the stored keys are wrapped under another key than this ring's."""
        with self.database.read() as connection:
            stored = sample(connection)
        if stored and not opens(self._wrapping_key, stored):
            raise _foreign()

    def take(self, count: int = 1) -> list[DataKey]:
        """New keys, durable before they are answered."""
        with self._lock:
            if len(self._ready) < count:
                self._ready += self._make(max(_AHEAD, count))
            taken, self._ready = self._ready[:count], self._ready[count:]
            for key in taken:
                self._remember(key.key_id, key, self._clock())
            return taken

    def get(self, key_ids: Iterable[str]) -> dict[str, DataKey | None]:
        """Keys by id; `None` for one that was destroyed or never was. `Unavailable`: see `check`."""
        with self._lock:
            wanted, now = set(key_ids), self._clock()
            kept = ((key_id, self._opened.get(key_id)) for key_id in wanted)
            found = {key_id: entry[1] for key_id, entry in kept if entry and entry[0] > now - LIFETIME}
            missing = [key_id for key_id in wanted if key_id not in found]
            for start in range(0, len(missing), 500):
                for key_id, key in self._load(missing[start : start + 500]).items():
                    found[key_id] = key
                    self._remember(key_id, key, now)
            return found

    def open(self, sealed: Any, event_id: str, field: str) -> str | None:
        """The text of a `{"$sealed": …}`; `None` where its key was destroyed. `Unavailable`: see `check`.

        `Damaged` where the key is there and opens nothing: told as erased, a change would look lawful.
        """
        ciphertext = sealed.get(SEALED) if isinstance(sealed, dict) else None
        if not isinstance(ciphertext, str):
            raise Damaged
        key_id = ciphertext.partition(":")[0]
        key = self.get([key_id])[key_id]
        try:
            return None if key is None else key.open(ciphertext, event_id, field)
        except (InvalidTag, ValueError):
            raise Damaged from None

    def destroy(self, *key_ids: str) -> None:
        """Make what was sealed with the keys unreadable for ever: here at once, elsewhere within `LIFETIME`."""
        with self._lock:
            destroy(self.database, key_ids)
            for key_id in key_ids:
                self._remember(key_id, None, self._clock())

    def _remember(self, key_id: str, key: DataKey | None, read_at: float) -> None:
        self._opened[key_id] = (read_at, key)
        self._opened.move_to_end(key_id)
        if len(self._opened) > _CACHED:
            self._opened.popitem(last=False)

    def _make(self, count: int) -> list[DataKey]:
        if not self._fits:
            # Keys of two wrapping keys in one table would be texts that no secret file opens all of.
            self.check()
            self._fits = True
        made, rows, now = [], [], instants.now()
        for _ in range(count):
            key_id, raw, nonce = uuid.uuid4().hex, AESGCM.generate_key(256), os.urandom(_NONCE)
            wrapped = nonce + self._wrapper.encrypt(nonce, raw, key_id.encode())
            rows.append({"key_id": key_id, "wrapped": wrapped, "wrapping_key": "1", "created_at": now})
            made.append(DataKey(key_id, AESGCM(raw)))
        with self.database.write() as connection:
            if self.database.dialect == "postgresql":
                # One statement: a round trip per key would cost more than making it.
                connection.execute(_INSERT_AT_ONCE, {"rows": orjson.dumps(rows, default=bytes.hex).decode()})
            else:
                connection.execute(insert(DATA_KEY), rows)
        return made

    def _load(self, key_ids: list[str]) -> dict[str, DataKey | None]:
        query = select(DATA_KEY.c.key_id, DATA_KEY.c.wrapped).where(DATA_KEY.c.key_id.in_(key_ids))
        found: dict[str, DataKey | None] = dict.fromkeys(key_ids)
        with self.database.read() as connection:
            for key_id, wrapped in connection.execute(query):
                if wrapped is not None:
                    raw = _unwrapped(self._wrapper, key_id, wrapped)
                    if raw is None:
                        raise _foreign()
                    found[key_id] = DataKey(key_id, AESGCM(raw))
        return found


def _foreign() -> Unavailable:
    _log.error("a stored key does not open with the wrapping key of this secret file")
    return Unavailable({"part": "keys"})
