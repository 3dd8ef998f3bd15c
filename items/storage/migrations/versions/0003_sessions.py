"""Sessions: the events of each, and the assessments that they take."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables of sessions."""
    op.create_table(
        "assessment",
        sa.Column("edition", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("parameter_set", sa.Integer, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("items", sa.JSON, nullable=False),
        sa.Column("offered", sa.Boolean, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("edition", name="assessment_key"),
        sa.ForeignKeyConstraint(["bank"], ["bank.id"], name="assessment_bank_refers"),
        sa.ForeignKeyConstraint(
            ["parameter_set"], ["parameter_set.id"], name="assessment_parameter_set_refers"
        ),
    )
    op.create_index("assessment_id", "assessment", ["id"])
    op.create_table(
        "event",
        sa.Column("session", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("schema", sa.SmallInteger, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("session", "seq", name="event_key"),
    )
    op.create_index("event_kind_at", "event", ["kind", "at"])
