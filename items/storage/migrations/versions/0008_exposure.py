"""Exposure counters: the turns of sessions, and snapshots of how often items were used."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "turn",
        sa.Column("session", sa.String(32), nullable=False),
        sa.Column("edition", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("snapshot", sa.Integer, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("theta", sa.Float),
        sa.Column("counted", sa.Integer),
        sa.PrimaryKeyConstraint("session", name="turn_key"),
        sa.ForeignKeyConstraint(["edition"], ["assessment.edition"], name="turn_edition_refers"),
        sa.UniqueConstraint("edition", "number", name="turn_edition_number_unique"),
    )
    op.create_table(
        "exposure_snapshot",
        sa.Column("edition", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("edition", "number", name="exposure_snapshot_key"),
        sa.ForeignKeyConstraint(["edition"], ["assessment.edition"], name="exposure_snapshot_edition_refers"),
    )
