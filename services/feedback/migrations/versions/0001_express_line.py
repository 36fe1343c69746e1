"""The event log, tickets and latency."""

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
        "calendar_year",
        sa.Column("year", key_text(4), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("imported_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("year"),
    )
    op.create_table(
        "latency_node",
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("dimension", key_text(12), nullable=False),
        sa.Column("key", key_text(40), nullable=False),
        sa.Column("stage", key_text(20), nullable=False),
        sa.Column("measure", key_text(8), nullable=False),
        sa.Column("low", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("bits", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("month", key_text(7), nullable=False),
        sa.Column("counts", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("institution", "dimension", "key", "stage", "measure", "low", "bits", "month"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "latency_root",
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("dimension", key_text(12), nullable=False),
        sa.Column("month", key_text(7), nullable=False),
        sa.Column("stage", key_text(20), nullable=False),
        sa.Column("key", key_text(40), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("provisional", sa.BigInteger, nullable=False),
        sa.Column("elapsed_sum", key_text(40), nullable=False),
        sa.Column("working_days_sum", key_text(40), nullable=False),
        sa.Column("working_sum", key_text(40), nullable=False),
        sa.Column("elapsed_max", sa.BigInteger, nullable=False),
        sa.Column("working_days_max", sa.BigInteger, nullable=False),
        sa.Column("working_max", sa.BigInteger, nullable=False),
        sa.Column("days", sa.LargeBinary, nullable=False),
        sa.Column("elapsed_counts", sa.LargeBinary, nullable=False),
        sa.Column("working_counts", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("institution", "dimension", "month", "stage", "key"),
        postgresql_with={"fillfactor": 70, "toast_tuple_target": 8160},
    )
    op.create_table(
        "lease",
        sa.Column("ticket_id", key_text(36), nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    op.create_table(
        "offer",
        sa.Column("ticket_id", key_text(36), nullable=False),
        sa.Column("assigned_at", sa.BigInteger, nullable=False),
        sa.Column("lease_token", sa.Integer, nullable=False),
        sa.Column("offered_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    op.create_table(
        "stage",
        sa.Column("ticket_id", key_text(36), nullable=False),
        sa.Column("round", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("stage", key_text(20), nullable=False),
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("channel", key_text(40), nullable=False),
        sa.Column("department", key_text(40), nullable=False),
        sa.Column("submitted_at", sa.BigInteger, nullable=False),
        sa.Column("elapsed_us", sa.BigInteger, nullable=False),
        sa.Column("working_days", sa.Integer, nullable=False),
        sa.Column("working_us", sa.BigInteger, nullable=False),
        sa.Column("provisional", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "round", "stage"),
    )
    for value in ("elapsed_us", "working_us"):
        op.create_index(f"stage_{value}", "stage", ["institution", "stage", value, "channel", "submitted_at"])
        columns = ["institution", "department", "stage", value, "submitted_at"]
        op.create_index(f"stage_department_{value}", "stage", columns)
    op.create_index("stage_submitted", "stage", ["institution", "submitted_at"])
    op.create_table(
        "stage_pending",
        sa.Column("ticket_id", key_text(36), nullable=False),
        sa.Column("round", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("stage", key_text(20), nullable=False),
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("channel", key_text(40), nullable=False),
        sa.Column("department", key_text(40), nullable=False),
        sa.Column("submitted_at", sa.BigInteger, nullable=False),
        sa.Column("elapsed_us", sa.BigInteger, nullable=False),
        sa.Column("working_days", sa.Integer, nullable=False),
        sa.Column("working_us", sa.BigInteger, nullable=False),
        sa.Column("provisional", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "round", "stage"),
        postgresql_with={"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 5000},
    )
    op.create_table(
        "stage_undone",
        sa.Column("ticket_id", key_text(36), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    op.create_table(
        "ticket",
        sa.Column("ticket_id", key_text(36), nullable=False),
        sa.Column("institution", key_text(40), nullable=False),
        sa.Column("number", key_text(12), nullable=False),
        sa.Column("channel", key_text(40), nullable=False),
        sa.Column("category", key_text(40), nullable=True),
        sa.Column("state", key_text(12), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("confidentiality", key_text(12), nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("key_id", key_text(36), nullable=False),
        sa.Column("policy", key_text(64), nullable=False),
        sa.Column("accepted_at", sa.BigInteger, nullable=True),
        sa.Column("first_assigned_at", sa.BigInteger, nullable=True),
        sa.Column("assigned_at", sa.BigInteger, nullable=True),
        sa.Column("replied_at", sa.BigInteger, nullable=True),
        sa.Column("closed_at", sa.BigInteger, nullable=True),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
        sa.Column("lead", key_text(40), nullable=True),
        sa.Column("assisting", sa.Text, nullable=False),
        sa.Column("outcome", key_text(40), nullable=True),
        sa.Column("due_at", sa.BigInteger, nullable=True),
        sa.Column("due_working_days", sa.Integer, nullable=True),
        sa.Column("due_provisional", sa.Integer, nullable=False),
        sa.Column("lease_token", sa.Integer, nullable=False),
        sa.Column("owner", key_text(64), nullable=True),
        sa.Column("receipt_index", key_text(64), nullable=True),
        sa.Column("source_key", key_text(64), nullable=True),
        sa.Column("import_key", key_text(64), nullable=True),
        sa.Column("import_digest", key_text(64), nullable=True),
        sa.Column("batch", key_text(36), nullable=True),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    op.create_index(
        "ticket_assisting",
        "ticket",
        ["institution", "state", "received_at", "ticket_id"],
        postgresql_where=sa.text("assisting != ''"),
        sqlite_where=sa.text("assisting != ''"),
    )
    op.create_index(
        "ticket_batch",
        "ticket",
        ["batch"],
        postgresql_where=sa.text("batch IS NOT NULL"),
        sqlite_where=sa.text("batch IS NOT NULL"),
    )
    op.create_index(
        "ticket_import",
        "ticket",
        ["import_key"],
        unique=True,
        postgresql_where=sa.text("import_key IS NOT NULL"),
        sqlite_where=sa.text("import_key IS NOT NULL"),
    )
    op.create_index(
        "ticket_lead",
        "ticket",
        ["institution", "lead", "state", "received_at", "ticket_id"],
        postgresql_where=sa.text("lead IS NOT NULL"),
        sqlite_where=sa.text("lead IS NOT NULL"),
    )
    op.create_index("ticket_number", "ticket", ["institution", "number"], unique=True)
    op.create_index(
        "ticket_queue",
        "ticket",
        ["institution", "lead", "assigned_at", "ticket_id"],
        postgresql_where=sa.text("state = 'assigned'"),
        sqlite_where=sa.text("state = 'assigned'"),
    )
    op.create_index(
        "ticket_open",
        "ticket",
        ["institution", "received_at", "channel", "lead"],
        postgresql_where=sa.text("state IN ('submitted', 'accepted', 'assigned')"),
        sqlite_where=sa.text("state IN ('submitted', 'accepted', 'assigned')"),
    )
    op.create_index(
        "ticket_receipt",
        "ticket",
        ["receipt_index"],
        unique=True,
        postgresql_where=sa.text("receipt_index IS NOT NULL"),
        sqlite_where=sa.text("receipt_index IS NOT NULL"),
    )
    op.create_index(
        "ticket_source",
        "ticket",
        ["institution", "source_key"],
        unique=True,
        postgresql_where=sa.text("source_key IS NOT NULL"),
        sqlite_where=sa.text("source_key IS NOT NULL"),
    )
    op.create_index("ticket_state", "ticket", ["institution", "state", "received_at", "ticket_id"])
