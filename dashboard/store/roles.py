"""Who may do what: a role for each e-mail address, each role with the rights of those before it."""

from collections.abc import Mapping

from sqlalchemy import Column, Engine, String, Table, Text, delete, insert, select

from items.errors import BadInput
from items.storage.database import metadata, transaction

ROLES = ("viewer", "content editor", "psychometrician", "administrator")
"""In rising order of what they may do."""

RIGHTS: Mapping[str, str] = {
    "look": "viewer",
    "see people": "psychometrician",
    "triage": "content editor",
    "change items": "content editor",
    "calibrate": "psychometrician",
    "publish": "psychometrician",
    "administer": "administrator",
}
"""The least role for each right."""

role_table = Table(
    "role",
    metadata,
    Column("email", String(254), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
)


def may(role: str, right: str) -> bool:
    """Return whether a role has a right; nobody has a right with an unknown role."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(RIGHTS[right])


def role_of(database: Engine, email: str) -> str:
    """Return the role of a person who signed in, "" if they have none."""
    with database.connect() as connection:
        found = connection.scalar(select(role_table.c.role).where(role_table.c.email == email.lower()))
    return found or ""


def give(database: Engine, email: str, role: str, *, at: str, by: str) -> None:
    """Give a person a role, or take it away with "".

    Raises
    ------
    BadInput
        If the role is unknown, or the address is none.
    """
    if role and role not in ROLES:
        raise BadInput(f"there is no role '{role}'", where=email, right=f"one of {', '.join(ROLES)}")
    if "@" not in email:
        raise BadInput(f"'{email}' is no e-mail address", right="such as ada@example.org")
    row = {"email": email.lower(), "role": role, "at": at, "by": by}
    with transaction(database) as connection:
        connection.execute(delete(role_table).where(role_table.c.email == row["email"]))
        if role:
            connection.execute(insert(role_table), row)


def everybody(database: Engine) -> dict[str, str]:
    """Return the role of everybody who has one, by address."""
    query = select(role_table.c.email, role_table.c.role).order_by(role_table.c.email)
    with database.connect() as connection:
        return {row.email: row.role for row in connection.execute(query)}
