"""Messages that nobody can answer, kept until an operator decides. Bodies are sealed and never logged.

A message is known by its fingerprint (a hash of consumer, reason and body under a key), so that one that
comes again and again is one row with a count. `count` and `attempts` do the same for messages that end the
process which handles them: the attempt is durable before it begins. Everything raises `Unavailable` while the
database is away.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from kernel import instants
from kernel.canonical import keyed_hash
from kernel.identifiers import time_ordered
from kernel.refusals import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from kernel.identity.secrets import Secrets
    from kernel.log.database import Database

TRYING, OPEN = "trying", "open"
_ATTEMPTS = "attempts"
_NONCE, _TAG = 12, 16
_KEEP = text(
    "INSERT INTO dead_letter (dead_letter_id, consumer, fingerprint, reason, body_sealed, attempts, first_at,"
    " last_at, state) VALUES (:id, :consumer, :fingerprint, :reason, :body, :attempts, :now, :now, :state)"
    " ON CONFLICT (consumer, fingerprint) DO UPDATE"
    " SET attempts = dead_letter.attempts + EXCLUDED.attempts, last_at = EXCLUDED.last_at"
)
_COUNTED = text("SELECT attempts FROM dead_letter WHERE consumer = :consumer AND fingerprint = :fingerprint")
_LIST = text(
    "SELECT dead_letter_id, consumer, reason, attempts, first_at, last_at, fingerprint,"
    f" length(body_sealed) - {_NONCE + _TAG} AS size"
    " FROM dead_letter WHERE state = 'open' ORDER BY first_at LIMIT :limit"
)


class DeadLetters:
    """The dead letters of one service's database."""

    def __init__(self, database: Database, secrets: Secrets) -> None:
        """Seal bodies under a key derived from the secret file."""
        self._database = database
        self._key = keyed_hash(secrets.wrapping_key, b"dead letters")
        self._cipher = AESGCM(self._key)

    def dead_letter(self, consumer: str, reason: str, body: bytes, attempts: int) -> None:
        """Keep a message; returns when it is durable."""
        fingerprint = keyed_hash(self._key, consumer.encode(), reason.encode(), body).hex()
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, body, fingerprint.encode())
        self._write(consumer, fingerprint, reason, sealed, attempts=attempts, state=OPEN)

    def attempts(self, fingerprint: str) -> int:
        """How often `count` was called for this message."""
        with self._reading() as connection:
            values = {"consumer": _ATTEMPTS, "fingerprint": fingerprint}
            return int(connection.execute(_COUNTED, values).scalar_one_or_none() or 0)

    def count(self, fingerprint: str) -> None:
        """One more attempt is about to begin; returns when it is durable."""
        self._write(_ATTEMPTS, fingerprint, "redelivered", b"", attempts=1, state=TRYING)

    def waiting(self, limit: int = 100) -> list[dict[str, Any]]:
        """Open ones, oldest first: id, consumer, reason, attempts, times, fingerprint, size; no content."""
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(_LIST, {"limit": limit}).mappings()]

    def body(self, dead_letter_id: str) -> bytes:
        """The content of one, for the person who decides on it; `KeyError` where there is none."""
        query = text("SELECT fingerprint, body_sealed FROM dead_letter WHERE dead_letter_id = :id")
        with self._reading() as connection:
            row = connection.execute(query, {"id": dead_letter_id}).one_or_none()
        if row is None:
            raise KeyError(dead_letter_id)
        sealed = bytes(row.body_sealed)
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], row.fingerprint.encode())

    def _write(self, consumer: str, fingerprint: str, reason: str, body: bytes, **other: Any) -> None:
        values = {
            "id": time_ordered(),
            "consumer": consumer,
            "fingerprint": fingerprint,
            "reason": reason,
            "body": body,
            "now": instants.now(),
            **other,
        }
        with _or_unavailable(), self._database.write() as connection:
            connection.execute(_KEEP, values)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _or_unavailable(), self._database.read() as connection:
            yield connection


@contextmanager
def _or_unavailable() -> Iterator[None]:
    try:
        yield
    except OperationalError as fault:
        raise Unavailable from fault
