"""Invitations: tokens handed out beforehand, each with what is known of the person who gets it.

Who that is stays with those who invite: kept are the session that the token opens, and the covariates.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import JSON, Column, Engine, String, Table, Text, insert, select

from engine.delivery.security import session_id
from engine.latent_regression import Known
from items.storage.database import metadata, transaction

invitation_table = Table(
    "invitation",
    metadata,
    Column("session", String(32), primary_key=True),
    Column("assessment", String(64), nullable=False),
    Column("known", JSON, nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """The assessment that a token invites to, and what is known of the person: covariates by name."""

    assessment: str
    known: Known


def invite(
    database: Engine,
    assessment: str,
    people: Sequence[Known],
    *,
    new_token: Callable[[], str],
    at: str,
    by: str,
) -> tuple[str, ...]:
    """Keep an invitation for each person, and return their tokens in the same order."""
    tokens = tuple(new_token() for _ in people)
    rows = [
        {"session": session_id(token), "assessment": assessment, "known": dict(known), "at": at, "by": by}
        for token, known in zip(tokens, people, strict=True)
    ]
    with transaction(database) as connection:
        connection.execute(insert(invitation_table), rows)
    return tokens


def invited(database: Engine, session: str) -> Invitation | None:
    """Return the invitation whose token opens this session, None if there is none."""
    table = invitation_table
    query = select(table.c.assessment, table.c.known).where(table.c.session == session)
    with database.connect() as connection:
        row = connection.execute(query).one_or_none()
    return Invitation(row.assessment, row.known) if row else None
