"""Sessions of the read model: found by bank, in the order in which they began."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Put an index over both in place of the one over the bank."""
    op.drop_index("read_session_bank", "read_session")
    op.create_index("read_session_bank_started_at", "read_session", ["bank", "started_at"])
