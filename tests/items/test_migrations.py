"""The migrations make exactly the tables that all floors define, once, however many processes start."""

import importlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from items.errors import BadInput
from items.storage import parameter_sets
from items.storage.database import connect, metadata, migrate, migrations, transaction, workspace_url

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


def test_a_new_file_can_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """The switch to WAL is refused while another makes it; without patience, some of 60 files are."""
    at_once = Barrier(8)

    def open_it(database: Engine) -> None:
        at_once.wait()
        database.connect().close()

    with ThreadPoolExecutor(at_once.parties) as pool:
        for number in range(60):
            url = f"sqlite:///{tmp_path / str(number)}"
            databases = [connect(url) for _ in range(at_once.parties)]
            list(pool.map(open_it, databases))
            for database in databases:
                database.dispose()


def test_a_workspace_whose_covariances_had_no_versions_keeps_them_with_versions(tmp_path: Path) -> None:
    """The content is as the demonstration wrote it before 25 November 2026."""
    database = connect(workspace_url(tmp_path))
    table = {
        "item": ["x", "x", "y"],
        "version": [1, 2, 1],
        "model": ["2pl"] * 3,
        "a": [1.0] * 3,
        "b": [0.0] * 3,
    }
    covariances = {"x": [["a", "b"], [[0.4, 0.1], [0.1, 0.2]]], "y": [["a", "b"], [[0.3, 0.0], [0.0, 0.5]]]}
    content = {"table": table, "population": {"all": [0, 1]}, "covariances": covariances, "provenance": {}}
    with transaction(database) as connection:
        command.upgrade(migrations(connection), "0010")
        connection.execute(text("INSERT INTO bank VALUES ('x', 'X', 'X', 'en')"))
        row = {"id": 1, "bank": "x", "content": content, "at": "2026-11-25", "by": "", "note": ""}
        connection.execute(parameter_sets.set_table.insert(), row)
    migrate(database)
    found = parameter_sets.load(database, 1).parameters.covariances
    assert set(found) == {("x", 2), ("y", 1)}
    np.testing.assert_array_equal(found["x", 2].matrix, [[0.4, 0.1], [0.1, 0.2]])
    database.dispose()


def test_tables_that_cannot_be_brought_up_to_date_are_named_with_their_version(tmp_path: Path) -> None:
    """Two lines of development once used the number 0007: a workspace of the other one has these tables."""
    database = connect(workspace_url(tmp_path))
    with transaction(database) as connection:
        command.upgrade(migrations(connection), "0007")
        connection.execute(text("CREATE TABLE turn (x INTEGER)"))
    with pytest.raises(
        BadInput, match=r"itemwise\.db: has tables of version 0007 that cannot be brought to"
    ) as told:
        migrate(database)
    assert "open it with the itemwise that made it" in str(told.value)
    with database.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0007"
    database.dispose()
