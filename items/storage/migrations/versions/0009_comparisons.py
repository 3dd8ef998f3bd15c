"""Comparisons of groups."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "comparison",
        sa.Column("job", sa.Integer, nullable=False),
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job", name="comparison_key"),
        sa.ForeignKeyConstraint(["job"], ["job.id"], name="comparison_job_refers"),
        sa.ForeignKeyConstraint(["bank"], ["bank.id"], name="comparison_bank_refers"),
    )
