"""The dashboard's read model: sessions, answers, ratings and reports as rows; sets that were rejected."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "read_until",
        sa.Column("session", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("session", name="read_until_key"),
    )
    op.create_table(
        "read_session",
        sa.Column("session", sa.String(32), nullable=False),
        sa.Column("assessment", sa.String(64), nullable=False),
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("edition", sa.String(64), nullable=False),
        sa.Column("parameter_set", sa.Integer, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("started_at", sa.String(24), nullable=False),
        sa.Column("last_at", sa.String(24), nullable=False),
        sa.Column("asked", sa.SmallInteger, nullable=False),
        sa.Column("ended_at", sa.String(24)),
        sa.Column("reason", sa.Text),
        sa.Column("theta", sa.Float),
        sa.Column("se", sa.Float),
        sa.Column("score", sa.Integer),
        sa.Column("low", sa.Integer),
        sa.Column("high", sa.Integer),
        sa.Column("level", sa.Text),
        sa.Column("answered", sa.SmallInteger),
        sa.Column("waiting", sa.SmallInteger),
        sa.PrimaryKeyConstraint("session", name="read_session_key"),
    )
    op.create_index("read_session_bank", "read_session", ["bank"])
    op.create_table(
        "read_answer",
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        *_item_version(),
        sa.Column("response", sa.Text, nullable=False),
        sa.Column("category", sa.SmallInteger),
        sa.Column("time_s", sa.Float),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("person", "position", name="read_answer_key"),
    )
    counted = ["bank", "item", "version", "category", "response"]
    op.create_index(f"read_answer_{'_'.join(counted)}", "read_answer", counted)
    op.create_table(
        "read_rating",
        sa.Column("session", sa.String(32), nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        *_item_version(),
        sa.Column("stars", sa.SmallInteger, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("category", sa.SmallInteger),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("session", "position", name="read_rating_key"),
    )
    op.create_index(
        "read_rating_bank_item_version_stars", "read_rating", ["bank", "item", "version", "stars"]
    )
    op.create_index("read_rating_bank_at", "read_rating", ["bank", "at"])
    op.create_table(
        "read_report",
        sa.Column("session", sa.String(32), nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False),
        sa.Column("bank", sa.String(64)),
        sa.Column("item", sa.String(64)),
        sa.Column("version", sa.SmallInteger),
        sa.Column("position", sa.SmallInteger),
        sa.Column("problem", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("session", "number", name="read_report_key"),
    )
    op.create_table(
        "rejection",
        sa.Column("parameter_set", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("parameter_set", name="rejection_key"),
        sa.ForeignKeyConstraint(
            ["parameter_set"], ["parameter_set.id"], name="rejection_parameter_set_refers"
        ),
    )
    op.add_column("analysis", sa.Column("source", sa.Text, nullable=False, server_default=""))


def _item_version() -> list["sa.Column[str] | sa.Column[int]"]:
    return [
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("version", sa.SmallInteger, nullable=False),
    ]
