"""Parameter sets: covariances by item and version, once by item alone."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_sets = sa.table("parameter_set", sa.column("id", sa.Integer), sa.column("content", sa.JSON))


def upgrade() -> None:
    """Write the version beside each item; the numbers stay as they are."""
    connection = op.get_bind()
    for id, content in connection.execute(sa.select(_sets.c.id, _sets.c.content)).all():
        if isinstance(content["covariances"], dict):
            changed = {**content, "covariances": _records(content)}
            connection.execute(sa.update(_sets).where(_sets.c.id == id).values(content=changed))


def _records(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one record an item version; an item in several versions was kept with its last one."""
    versions = dict(zip(content["table"]["item"], content["table"]["version"], strict=True))
    return [
        {"item": item, "version": versions[item], "names": names, "matrix": matrix}
        for item, (names, matrix) in content["covariances"].items()
    ]
