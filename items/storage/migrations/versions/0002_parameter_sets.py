"""Parameter sets, and which one is in use."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of parameter sets."""
    op.create_table(
        "parameter_set",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="parameter_set_key"),
        sa.ForeignKeyConstraint(["bank"], ["bank.id"], name="parameter_set_bank_refers"),
    )
    op.create_index("parameter_set_bank", "parameter_set", ["bank"])
    op.create_table(
        "promotion",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("parameter_set", sa.Integer, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="promotion_key"),
        sa.ForeignKeyConstraint(["bank"], ["bank.id"], name="promotion_bank_refers"),
        sa.ForeignKeyConstraint(
            ["parameter_set"], ["parameter_set.id"], name="promotion_parameter_set_refers"
        ),
    )
    op.create_index("promotion_bank", "promotion", ["bank"])
