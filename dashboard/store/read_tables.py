"""The tables of the read model: a row a session, an answer, a rating, a report."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, SmallInteger, String, Table, Text

from items.storage.database import metadata

read_until_table = Table(
    "read_until",
    metadata,
    Column("session", String(32), primary_key=True),
    Column("seq", Integer, nullable=False),
)
session_table = Table(
    "read_session",
    metadata,
    Column("session", String(32), primary_key=True),
    Column("assessment", String(64), nullable=False),
    Column("bank", String(64), nullable=False),
    Column("edition", String(64), nullable=False),
    Column("parameter_set", Integer, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("started_at", String(24), nullable=False),
    Column("last_at", String(24), nullable=False),
    Column("asked", SmallInteger, nullable=False),
    Column("ended_at", String(24)),
    Column("reason", Text),
    Column("theta", Float),
    Column("se", Float),
    Column("score", Integer),
    Column("low", Integer),
    Column("high", Integer),
    Column("level", Text),
    Column("answered", SmallInteger),
    Column("waiting", SmallInteger),
    Index(None, "bank", "started_at"),
)
answer_table = Table(
    "read_answer",
    metadata,
    Column("person", String(32), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("bank", String(64), nullable=False),
    Column("item", String(64), nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("response", Text, nullable=False),
    Column("category", SmallInteger),
    Column("time_s", Float),
    Column("at", String(24), nullable=False),
    Index(None, "bank", "item", "version", "category", "response"),
)
rating_table = Table(
    "read_rating",
    metadata,
    Column("session", String(32), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("bank", String(64), nullable=False),
    Column("item", String(64), nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("stars", SmallInteger, nullable=False),
    Column("comment", Text, nullable=False),
    Column("category", SmallInteger),
    Column("at", String(24), nullable=False),
    Index(None, "bank", "item", "version", "stars"),
    Index(None, "bank", "at"),
)
report_table = Table(
    "read_report",
    metadata,
    Column("session", String(32), primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    Column("bank", String(64)),
    Column("item", String(64)),
    Column("version", SmallInteger),
    Column("position", SmallInteger),
    Column("problem", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", String(24), nullable=False),
)
