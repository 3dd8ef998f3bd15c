"""Who may do what: a role for each e-mail address, each role with the rights of those before it."""

import re
from collections.abc import Collection, Mapping

import pandas as pd
from sqlalchemy import Column, Connection, Engine, String, Table, Text, delete, insert, select

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

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")

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


def who_may(right: str) -> str:
    """Return the roles that have a right, in words: "psychometricians and administrators"."""
    *others, last = (f"{role}s" for role in ROLES if may(role, right))
    return f"{', '.join(others)} and {last}" if others else last


def role_of(database: Engine, email: str) -> str:
    """Return the role of a person who signed in, "" if they have none."""
    with database.connect() as connection:
        found = connection.scalar(select(role_table.c.role).where(role_table.c.email == email.lower()))
    return found or ""


def give(
    database: Engine,
    email: str,
    role: str,
    *,
    at: str,
    by: str,
    seen: str | None = None,
    others: Collection[str] = (),
) -> None:
    """Give a person a role, or take it away with "".

    Parameters
    ----------
    seen : str, optional
        The role that the person had when somebody decided on this change; not checked if not given.
    others : collection of texts
        Administrators beside those of the table: by configuration, or the local one.

    Raises
    ------
    BadInput
        If the role is unknown, the address is none, somebody else has changed the role in the meantime, or
        nobody would be left to administer.
    """
    email = email.strip().lower()
    if role and role not in ROLES:
        raise BadInput(f"there is no role '{role}'", where=email, right=f"one of {', '.join(ROLES)}")
    if not ADDRESS.fullmatch(email):
        raise BadInput(f"'{email}' is no e-mail address", right="such as ada@example.org")
    with transaction(database) as connection:
        if seen is not None:
            _refuse_overtaken(connection, email, seen)
        same = role_table.c.email == email
        administered = connection.scalar(select(role_table.c.role).where(same)) == ROLES[-1]
        connection.execute(delete(role_table).where(same))
        if role:
            connection.execute(insert(role_table), {"email": email, "role": role, "at": at, "by": by})
        if administered and not others:
            _refuse_nobody(connection, email)


def everybody(database: Engine) -> pd.DataFrame:
    """Return `email, role, at, by` of everybody who has a role, by address."""
    columns = [role_table.c[name] for name in ("email", "role", "at", "by")]
    with database.connect() as connection:
        rows = [dict(row) for row in connection.execute(select(*columns).order_by("email")).mappings()]
    return pd.DataFrame(rows, columns=["email", "role", "at", "by"])


def _refuse_overtaken(connection: Connection, email: str, seen: str) -> None:
    """Raise BadInput unless the role is the one that was seen, "" for none."""
    table = role_table.c
    now = connection.execute(
        select(table.role, table.at, table.by).where(table.email == email).with_for_update()
    ).first()
    if (now.role if now else "") != seen:
        told = (
            f"{now.by} made them {now.role} on {now.at[:16].replace('T', ' at ')}"
            if now
            else "somebody took their role away in the meantime"
        )
        raise BadInput(told, where=email, right="look at the role they have now, then decide anew")


def _refuse_nobody(connection: Connection, email: str) -> None:
    """Raise BadInput, which undoes the change, if it took the last administrator away."""
    left = connection.scalar(select(role_table.c.email).where(role_table.c.role == ROLES[-1]).limit(1))
    if left is None:
        raise BadInput(
            "nobody would be left to administer",
            where=email,
            right="make somebody else an administrator first",
        )
