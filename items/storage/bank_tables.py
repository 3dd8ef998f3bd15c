"""The tables of banks: every version of every item is kept; ``bank_item`` says which one is current."""

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from items.storage.database import metadata

VERSION = ("bank", "item", "version", "revision")
"""What names one saved state of an item."""

bank_table = Table(
    "bank",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("title", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("language", String(35), nullable=False),
)
attachment_table = Table(
    "attachment",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
version_table = Table(
    "item_version",
    metadata,
    Column("bank", String(64), ForeignKey("bank.id"), primary_key=True),
    Column("item", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("record", JSON, nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
)
current_table = Table(
    "bank_item",
    metadata,
    Column("bank", String(64), primary_key=True),
    Column("item", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("notes", Text, nullable=False),
    ForeignKeyConstraint(VERSION, [f"item_version.{name}" for name in VERSION]),
)
status_table = Table(
    "status_change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bank", String(64), nullable=False),
    Column("item", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    ForeignKeyConstraint(("bank", "item"), ("bank_item.bank", "bank_item.item")),
    Index(None, "bank", "item"),
)
