"""Triage of an item version: each change is a new row, so the whole story stays.

Two people may look at the same item at once: a change names the revision that it was made from, and is
refused where somebody else was first.
"""

from dataclasses import asdict, dataclass, replace

import pandas as pd
from sqlalchemy import (
    Column,
    Engine,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from dashboard.store import audit
from items.errors import BadInput
from items.storage.database import metadata, transaction

STATES = ("new", "triaged", "in review", "fixed", "no change", "retired")
FIXED = "fixed"
CLOSED = (FIXED, "no change", "retired")
"""States in which nothing is left to do."""

KEY = ["item", "version"]

triage_table = Table(
    "triage",
    metadata,
    Column("bank", String(64), ForeignKey("bank.id"), primary_key=True),
    Column("item", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("owner", Text, nullable=False),
    Column("due", String(10), nullable=False),
    Column("note", Text, nullable=False),
    Column("fixed_in", Integer),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
)


class Overtaken(Exception):
    """Somebody else changed the record first; `now` is how it stands."""

    def __init__(self, now: "Triage") -> None:
        self.now = now
        super().__init__(
            f"{now.by} changed {now.item} in the meantime: it is {now.words} now"
            + (f", owned by {now.owner}" if now.owner else "")
            + (f" ({now.note})" if now.note else "")
        )


@dataclass(frozen=True, slots=True)
class Triage:
    """Where the work on an item version stands.

    Attributes
    ----------
    revision : int
        0 for a record that nobody has touched; grows by one with each change.
    state : str
        One of `STATES`.
    due : str
        A date, ISO 8601, or "".
    fixed_in : int or None
        The version that is without the fault, where the state is "fixed".
    """

    bank: str
    item: str
    version: int
    revision: int = 0
    state: str = "new"
    owner: str = ""
    due: str = ""
    note: str = ""
    fixed_in: int | None = None
    at: str = ""
    by: str = ""

    @property
    def words(self) -> str:
        """Return the state in words: "fixed in version 2"."""
        return self.state if self.fixed_in is None else f"{self.state} in version {self.fixed_in}"


def difference(before: Triage, after: Triage) -> str:
    """Say what changed between two records, from what to what; an empty text if nothing did."""
    named = [
        {"state": one.words, "owner": one.owner, "due date": one.due, "note": one.note}
        for one in (before, after)
    ]
    return audit.changed(*named)


def change(database: Engine, record: Triage, *, at: str, by: str) -> Triage:
    """Keep a changed record; `record.revision` is the revision that it was made from.

    Raises
    ------
    Overtaken
        If somebody else changed it first.
    BadInput
        If the record is fixed in no newer version.
    ValueError
        If the state is unknown.
    """
    if record.state not in STATES:
        raise ValueError(f"'{record.state}' is no state of triage; known: {', '.join(STATES)}")
    fixed_in = record.fixed_in if record.state == FIXED else None
    if record.state == FIXED and (fixed_in is None or fixed_in <= record.version):
        right = "edit the item: the new version settles this one"
        where = f"{record.item} version {record.version}"
        raise BadInput("there is no newer version that could be the fix", where=where, right=right)
    after = replace(record, fixed_in=fixed_in, revision=record.revision + 1, at=at, by=by)
    now = find(database, record.bank, record.item, record.version)
    if now.revision != record.revision:
        raise Overtaken(now)
    try:
        with transaction(database) as connection:
            connection.execute(insert(triage_table), asdict(after))
    except IntegrityError:
        raise Overtaken(find(database, record.bank, record.item, record.version)) from None
    return after


def find(database: Engine, bank: str, item: str, version: int) -> Triage:
    """Return where an item version stands; "new" if nobody has touched it."""
    story = history(database, bank, item, version)
    return story[-1] if story else Triage(bank, item, version)


def history(database: Engine, bank: str, item: str, version: int) -> tuple[Triage, ...]:
    """Return every state of the record, oldest first."""
    table = triage_table.c
    query = select(*(table[name] for name in Triage.__slots__)).where(
        table.bank == bank, table.item == item, table.version == version
    )
    with database.connect() as connection:
        rows = connection.execute(query.order_by(table.revision)).mappings()
        return tuple(Triage(**row) for row in rows)


def standing(database: Engine, bank: str) -> pd.DataFrame:
    """Return the newest record of each item version of a bank that somebody has touched."""
    table = triage_table.c
    query = select(*(table[name] for name in Triage.__slots__)).where(table.bank == bank)
    with database.connect() as connection:
        rows = connection.execute(query.order_by(table.revision)).mappings().all()
    frame = pd.DataFrame([dict(row) for row in rows], columns=list(Triage.__slots__))
    return frame.drop_duplicates(KEY, keep="last").reset_index(drop=True)


def queue_with_standing(queue: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """Join the triage queue with where its items stand; what is closed comes last."""
    columns = [*KEY, "revision", "state", "owner", "due", "note", "fixed_in"]
    joined = queue.merge(standing[columns], on=KEY, how="left")
    joined = joined.fillna({"revision": 0, "state": "new", "owner": "", "due": "", "note": ""})
    closed = joined["state"].isin(CLOSED)
    return joined.astype({"revision": int}).iloc[closed.argsort(kind="stable")].reset_index(drop=True)
