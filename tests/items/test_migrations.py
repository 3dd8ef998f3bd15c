"""The migrations make exactly the tables that all floors define, once, however many processes start."""

import importlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from items.storage.database import connect, metadata, migrate, workspace_url

HOUSE = Path(__file__).resolve().parents[2]
FLOORS = ("items", "engine", "calibration", "dashboard")


def modules_with_tables() -> list[str]:
    """Return every module of the house that defines tables."""
    return [
        ".".join(file.relative_to(HOUSE).with_suffix("").parts)
        for floor in FLOORS
        for file in sorted((HOUSE / floor).rglob("*.py"))
        if "Table(" in (source := file.read_text(encoding="utf-8")) and "storage.database import" in source
    ]


def test_migrations_and_metadata_agree(tmp_path: Path) -> None:
    modules = modules_with_tables()
    assert "items.storage.bank_tables" in modules
    for module in modules:
        importlib.import_module(module)
    database = connect(workspace_url(tmp_path))
    migrate(database)
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        made = set(inspect(connection).get_table_names()) - {"alembic_version"}
    assert made == set(metadata.tables)
    database.dispose()


def test_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    databases = [connect(workspace_url(tmp_path)) for _ in range(4)]
    with ThreadPoolExecutor(len(databases)) as pool:
        list(pool.map(migrate, databases))
    with databases[0].connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
    for database in databases:
        database.dispose()
