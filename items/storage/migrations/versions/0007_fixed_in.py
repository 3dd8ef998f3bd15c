"""Triage: the version in which an item was fixed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column."""
    op.add_column("triage", sa.Column("fixed_in", sa.Integer))
