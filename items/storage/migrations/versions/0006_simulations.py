"""Designs of tests by name, and the simulation that is kept with a published assessment."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables, and bind assessments to their simulation."""
    op.add_column("assessment", sa.Column("simulation", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "simulation",
        sa.Column("edition", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("edition", name="simulation_key"),
        sa.ForeignKeyConstraint(["edition"], ["assessment.edition"], name="simulation_edition_refers"),
    )
    op.create_table(
        "design",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", "revision", name="design_key"),
        sa.ForeignKeyConstraint(["bank"], ["bank.id"], name="design_bank_refers"),
    )
