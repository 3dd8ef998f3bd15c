"""Banks: versions of items, what they show, where they stand."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of banks."""
    op.create_table(
        "bank",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.PrimaryKeyConstraint("id", name="bank_key"),
    )
    op.create_table(
        "attachment",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="attachment_key"),
    )
    op.create_table(
        "item_version",
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("bank", "item", "version", "revision", name="item_version_key"),
        sa.ForeignKeyConstraint(["bank"], ["bank.id"], name="item_version_bank_refers"),
    )
    op.create_table(
        "bank_item",
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("bank", "item", name="bank_item_key"),
        sa.ForeignKeyConstraint(
            ["bank", "item", "version", "revision"],
            ["item_version.bank", "item_version.item", "item_version.version", "item_version.revision"],
            name="bank_item_bank_item_version_revision_refers",
        ),
    )
    op.create_table(
        "status_change",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="status_change_key"),
        sa.ForeignKeyConstraint(
            ["bank", "item"], ["bank_item.bank", "bank_item.item"], name="status_change_bank_item_refers"
        ),
    )
    op.create_index("status_change_bank_item", "status_change", ["bank", "item"])
