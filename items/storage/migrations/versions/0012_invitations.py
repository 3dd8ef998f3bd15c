"""Invitations: what is known of a person before the session that their token opens."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "invitation",
        sa.Column("session", sa.String(32), nullable=False),
        sa.Column("assessment", sa.String(64), nullable=False),
        sa.Column("known", sa.JSON, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("session", name="invitation_key"),
    )
