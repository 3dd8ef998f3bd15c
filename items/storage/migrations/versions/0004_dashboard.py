"""The dashboard: triage of items, jobs in the background, analyses, saved views, roles, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _who_and_when() -> list[sa.Column[str]]:
    return [sa.Column("at", sa.String(24), nullable=False), sa.Column("by", sa.Text, nullable=False)]


def upgrade() -> None:
    """Create the dashboard's tables."""
    op.create_table(
        "triage",
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("due", sa.String(10), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        *_who_and_when(),
        sa.PrimaryKeyConstraint("bank", "item", "version", "revision", name="triage_key"),
        sa.ForeignKeyConstraint(["bank"], ["bank.id"], name="triage_bank_refers"),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("progress", sa.JSON, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        sa.Column("beat", sa.String(24), nullable=False),
        *_who_and_when(),
        sa.PrimaryKeyConstraint("id", name="job_key"),
    )
    op.create_table(
        "analysis",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("parameter_set", sa.Integer, nullable=False),
        sa.Column("answers", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="analysis_key"),
        sa.ForeignKeyConstraint(["bank"], ["bank.id"], name="analysis_bank_refers"),
        sa.ForeignKeyConstraint(
            ["parameter_set"], ["parameter_set.id"], name="analysis_parameter_set_refers"
        ),
    )
    op.create_table(
        "saved_view",
        sa.Column("page", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("query", sa.JSON, nullable=False),
        *_who_and_when(),
        sa.PrimaryKeyConstraint("page", "name", name="saved_view_key"),
    )
    op.create_table(
        "role",
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        *_who_and_when(),
        sa.PrimaryKeyConstraint("email", name="role_key"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        *_who_and_when(),
        sa.PrimaryKeyConstraint("id", name="audit_key"),
    )
