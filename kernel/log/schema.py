"""The tables of an event log, the same on PostgreSQL and SQLite, one set per service database.

No foreign keys and no triggers: each would cost the writer on every event, a database owner can switch
them off, and what they would prevent `verify` proves. On PostgreSQL the services' role has no UPDATE or
DELETE on `event` and `log_entry` (deploy/postgresql).

Instants are microseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

# SQLite gives out row ids only for INTEGER PRIMARY KEY.
SERIAL = BigInteger().with_variant(Integer, "sqlite")


def key_text(length: int) -> TypeEngine[str]:
    """Text that is only compared for equality and byte order.

    Collation "C" on PostgreSQL: the database's own collation would compare every index entry by its
    language's rules. Text rather than `uuid`, so that an auditor's SQL reads the same on both databases.
    """
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def log_tables(metadata: MetaData) -> dict[str, Table]:
    """Define the log's tables on a service's metadata; answer them by name."""
    tables = [
        Table(
            "command",
            metadata,
            Column("command_id", key_text(36), primary_key=True),
            Column("subject", Text, nullable=False),
            Column("method", Text, nullable=False),
            Column("request_hash", LargeBinary, nullable=False),
            Column("answer", LargeBinary, nullable=False),
            Column("recorded_at", BigInteger, nullable=False),
        ),
        Table(
            "stream",
            metadata,
            Column("stream_id", key_text(80), primary_key=True),
            Column("institution", key_text(40), nullable=False),
            # The version before the last write: lets one upsert check and advance without reading first.
            Column("base_version", Integer, nullable=False),
            Column("version", Integer, nullable=False),
            Column("head_hash", LargeBinary, nullable=False),
            Column("recorded_at", BigInteger, nullable=False),
        ),
        Table(
            "event",
            metadata,
            Column("event_id", key_text(36), primary_key=True),
            Column("stream_id", key_text(80), nullable=False),
            Column("stream_version", Integer, nullable=False),
            Column("command_id", key_text(36), nullable=False),
            Column("name", key_text(60), nullable=False),
            Column("recorded_at", BigInteger, nullable=False),
            Column("body", LargeBinary, nullable=False),
            Column("prev_hash", LargeBinary, nullable=False),
            Column("event_hash", LargeBinary, nullable=False),
            UniqueConstraint("stream_id", "stream_version", name="event_stream_version"),
            # Ciphertext does not shrink, and a row cut in pieces costs an index entry for each.
            postgresql_with={"toast_tuple_target": 8160},
        ),
        Table(
            "unsealed",
            metadata,
            Column("seq", SERIAL, primary_key=True, autoincrement=True),
            Column("event_id", key_text(36), nullable=False),
            Column("event_hash", LargeBinary, nullable=False),
            # Never give out a row id twice, or a sealed and deleted one could return out of order.
            sqlite_autoincrement=True,
        ),
        Table(
            "log_entry",
            metadata,
            Column("position", BigInteger, primary_key=True, autoincrement=False),
            Column("event_id", key_text(36), nullable=False, unique=True),
            Column("leaf_hash", LargeBinary, nullable=False),
        ),
        Table(
            # Complete subtrees of 256**n leaves only (level 8, 16, …); the rest is cheap to recompute.
            "merkle_node",
            metadata,
            Column("level", Integer, primary_key=True, autoincrement=False),
            Column("index", BigInteger, primary_key=True, autoincrement=False),
            Column("hash", LargeBinary, nullable=False),
        ),
        Table(
            "checkpoint",
            metadata,
            Column("size", BigInteger, primary_key=True, autoincrement=False),
            Column("epoch", Integer, nullable=False),
            Column("root", LargeBinary, nullable=False),
            # The roots of the maximal complete subtrees, largest first, 32 bytes each.
            Column("frontier", LargeBinary, nullable=False),
            Column("keyed_hash", LargeBinary, nullable=False),
            Column("sealed_at", BigInteger, nullable=False),
        ),
        Table(
            "cursor",
            metadata,
            Column("consumer", key_text(80), primary_key=True),
            Column("source", key_text(40), primary_key=True),
            Column("epoch", Integer, nullable=False),
            Column("position", BigInteger, nullable=False),
        ),
        Table(
            "dead_letter",
            metadata,
            Column("dead_letter_id", key_text(36), primary_key=True),
            Column("consumer", key_text(80), nullable=False),
            Column("fingerprint", key_text(64), nullable=False),
            Column("reason", key_text(60), nullable=False),
            Column("body_sealed", LargeBinary, nullable=False),
            Column("attempts", Integer, nullable=False),
            Column("first_at", BigInteger, nullable=False),
            Column("last_at", BigInteger, nullable=False),
            Column("state", key_text(12), nullable=False),
            UniqueConstraint("consumer", "fingerprint", name="dead_letter_fingerprint"),
        ),
    ]
    Index("dead_letter_open", tables[-1].c.state, tables[-1].c.first_at)
    return {table.name: table for table in tables}


def key_tables(metadata: MetaData) -> dict[str, Table]:
    """The one table of a service's key database, apart from the log so that a key can be destroyed."""
    table = Table(
        "data_key",
        metadata,
        Column("key_id", key_text(36), primary_key=True),
        Column("wrapped", LargeBinary, nullable=True),
        Column("wrapping_key", key_text(16), nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("destroyed_at", BigInteger, nullable=True),
    )
    return {table.name: table}
