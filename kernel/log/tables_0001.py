"""The tables of a log as the first release made them: what the first migration of every service runs.

Never changed: a later form of the log comes as a step of its own, or databases of one schema would differ.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.log.schema import SERIAL, key_text


def create_log_tables() -> None:
    """Make them, inside a migration."""
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.Column("keyed_hash", sa.LargeBinary, nullable=False),
        sa.Column("sealed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "command",
        sa.Column("command_id", key_text(36), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("request_hash", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("command_id"),
    )
    op.create_table(
        "cursor",
        sa.Column("consumer", key_text(80), nullable=False),
        sa.Column("source", key_text(40), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "source"),
    )
    op.create_table(
        "dead_letter",
        sa.Column("dead_letter_id", key_text(36), nullable=False),
        sa.Column("consumer", key_text(80), nullable=False),
        sa.Column("fingerprint", key_text(64), nullable=False),
        sa.Column("reason", key_text(60), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("state", key_text(12), nullable=False),
        sa.PrimaryKeyConstraint("dead_letter_id"),
        sa.UniqueConstraint("consumer", "fingerprint", name="dead_letter_fingerprint"),
    )
    op.create_index("dead_letter_open", "dead_letter", ["state", "first_at"])
    op.create_table(
        "event",
        sa.Column("event_id", key_text(36), nullable=False),
        sa.Column("stream_id", key_text(80), nullable=False),
        sa.Column("stream_version", sa.Integer, nullable=False),
        sa.Column("command_id", key_text(36), nullable=False),
        sa.Column("name", key_text(60), nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("prev_hash", sa.LargeBinary, nullable=False),
        sa.Column("event_hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
        sa.UniqueConstraint("stream_id", "stream_version", name="event_stream_version"),
        postgresql_with={"toast_tuple_target": 8160},
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE event ALTER body SET STORAGE EXTERNAL")
    op.create_table(
        "log_entry",
        sa.Column("position", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("event_id", key_text(36), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("event_id"),
    )
    op.create_table(
        "merkle_node",
        sa.Column("level", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("index", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("level", "index"),
    )
    op.create_table(
        "stream",
        sa.Column("stream_id", key_text(80), nullable=False),
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("base_version", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("head_hash", sa.LargeBinary, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("stream_id"),
    )
    op.create_table(
        "unsealed",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("event_id", key_text(36), nullable=False),
        sa.Column("event_hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
