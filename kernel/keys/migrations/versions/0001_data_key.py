"""The key table."""

import sqlalchemy as sa
from alembic import op

from kernel.log.schema import key_text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "data_key",
        sa.Column("key_id", key_text(36), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=True),
        sa.Column("wrapping_key", key_text(16), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("destroyed_at", sa.BigInteger, nullable=True),
    )
