"""The event log, people and what they are found by, units, groups, adopted rules."""

import sqlalchemy as sa
from alembic import op

from kernel.log.schema import key_text
from kernel.log.tables_0001 import create_log_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table of the first release."""
    create_log_tables()
    op.create_table(
        "person",
        sa.Column("person_id", key_text(36), nullable=False),
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("state", key_text(8), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("key_id", key_text(36), nullable=False),
        sa.Column("sealed_in", key_text(36), nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("registered_at", sa.BigInteger, nullable=False),
        sa.Column("number_mark", key_text(64), nullable=True),
        sa.Column("login_mark", key_text(64), nullable=True),
        sa.Column("residue", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "imported",
        sa.Column("person_id", key_text(36), nullable=False),
        sa.Column("batch", key_text(36), nullable=False),
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", key_text(6), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "batch"),
    )
    op.create_table(
        "person_token",
        sa.Column("token", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("person_id", key_text(36), nullable=False),
        sa.PrimaryKeyConstraint("token", "person_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "unit",
        sa.Column("unit_key", key_text(81), nullable=False),
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("unit", key_text(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("forms", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("unit_key"),
    )
    op.create_table(
        "cohort",
        sa.Column("group_key", key_text(81), nullable=False),
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("group_id", key_text(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("forms", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("group_key"),
    )
    op.create_table(
        "activity",
        sa.Column("activity_id", key_text(36), nullable=False),
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("kind", key_text(12), nullable=False),
        sa.Column("audience", key_text(24), nullable=False),
        sa.Column("held_on", key_text(10), nullable=False),
        sa.Column("attended", sa.Integer, nullable=False),
        sa.Column("key_id", key_text(36), nullable=False),
        sa.Column("sealed_in", key_text(36), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("activity_id"),
    )
    op.create_table(
        "person_read",
        sa.Column("person_id", key_text(36), nullable=False),
        sa.Column("read_id", key_text(36), nullable=False),
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("method", key_text(40), nullable=False),
        sa.Column("purpose", key_text(20), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "read_id"),
    )
    op.create_table(
        "correction",
        sa.Column("correction_id", key_text(36), nullable=False),
        sa.Column("person_id", key_text(36), nullable=False),
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("state", key_text(8), nullable=False),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("sealed_in", key_text(36), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("answered_at", sa.BigInteger, nullable=True),
        sa.Column("answered_in", key_text(36), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("correction_id"),
    )
    op.create_table(
        "policy",
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("version", key_text(12), nullable=False),
        sa.Column("previous", key_text(12), nullable=True),
        sa.Column("effective_from", key_text(10), nullable=False),
        sa.Column("adopted_at", sa.BigInteger, nullable=False),
        sa.Column("undated", sa.Integer, nullable=False),
        sa.Column("summary", sa.Text, nullable=True),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("institution", "number"),
    )
    op.create_table(
        "suggestion",
        sa.Column("ticket_id", key_text(36), nullable=False),
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("owner", key_text(64), nullable=False),
        sa.Column("state", key_text(8), nullable=False),
        sa.Column("closed_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    op.create_table(
        "erasure",
        sa.Column("person_id", key_text(36), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_index("person_institution", "person", ["institution", "state", "person_id"])
    op.create_index(
        "person_number",
        "person",
        ["number_mark"],
        unique=True,
        postgresql_where=sa.text("number_mark IS NOT NULL"),
        sqlite_where=sa.text("number_mark IS NOT NULL"),
    )
    op.create_index(
        "person_login",
        "person",
        ["login_mark"],
        unique=True,
        postgresql_where=sa.text("login_mark IS NOT NULL"),
        sqlite_where=sa.text("login_mark IS NOT NULL"),
    )
    op.create_index("imported_batch", "imported", ["batch", "person_id"])
    op.create_index("unit_institution", "unit", ["institution", "unit"])
    op.create_index("cohort_institution", "cohort", ["institution", "group_id"])
    op.create_index("activity_held", "activity", ["institution", "kind", "held_on", "activity_id"])
    op.create_index("correction_open", "correction", ["institution", "state", "correction_id"])
    op.create_index("correction_person", "correction", ["person_id", "correction_id"])
    op.create_index("suggestion_closed", "suggestion", ["institution", "state", "closed_at", "ticket_id"])
