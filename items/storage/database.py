"""The database: one MetaData for every floor's tables, connections, transactions, migrations."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from items.errors import BadInput

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_unique",
        "fk": "%(table_name)s_%(column_0_N_name)s_refers",
        "pk": "%(table_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)
"""Every floor defines its tables here."""

MIGRATIONS = Path(__file__).parent / "migrations"
"""The folder of Alembic's revisions, part of the installed package."""

_BUSY_SECONDS = 20
_LOCK = 0x17E3  # any number that no other program locks in this database


def workspace_url(folder: Path) -> str:
    """Return the URL of the SQLite database in a workspace."""
    return f"sqlite:///{folder / 'itemwise.db'}"


@contextmanager
def open_database(workspace: Path, url: str | None = None, *, create: bool = False) -> Iterator[Engine]:
    """Open the migrated database of a workspace, or the one at a URL, and close it after the block.

    Parameters
    ----------
    workspace : Path
        The folder, used where there is no URL.
    url : str, optional
        URL of the database.
    create : bool, optional
        Whether a workspace that is not there is made.

    Raises
    ------
    BadInput
        If the workspace is missing or cannot be made, or the database cannot be opened.
    """
    if url is None and create:
        _make(workspace)
    elif url is None and not workspace.is_dir():
        right = "name one with --workspace, or begin one with `itemwise items import`"
        raise BadInput("there is no workspace", where=str(workspace), right=right)
    database = connect(url or workspace_url(workspace))
    try:
        migrate(database)
        yield database
    finally:
        database.dispose()


def _make(workspace: Path) -> None:
    try:
        workspace.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"cannot be made ({error.strerror})"
        raise BadInput(reason, where=str(workspace), right="name a folder for the workspace") from None


def connect(url: str) -> Engine:
    """Return an engine for SQLite (``sqlite:///FILE``) or PostgreSQL (``postgresql://…``), not yet opened.

    SQLite runs in WAL mode with foreign keys, waits for other writers, and syncs every commit to the disk.

    Raises
    ------
    BadInput
        If the URL is none of these.
    """
    right = "write sqlite:///FILE or postgresql://USER@HOST/NAME"
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": _BUSY_SECONDS})
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        if parsed.get_backend_name() == "postgresql":
            return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError):
        raise BadInput("is not a database URL", where=repr(url), right=right) from None
    except ModuleNotFoundError:
        right = "install itemwise[postgresql]"
        raise BadInput("needs the PostgreSQL driver", where=str(parsed), right=right) from None
    raise BadInput(f"{parsed.get_backend_name()!r} is not supported", where=str(parsed), right=right)


@contextmanager
def transaction(database: Engine) -> Iterator[Connection]:
    """Open a connection for writing: all that is done in the block is kept, or, if it raises, none.

    On SQLite the write lock is taken at once, so that a read in the block still holds when it writes.
    """
    with database.connect() as connection:
        connection.execution_options(writes=True)
        with connection.begin():
            yield connection


def migrate(database: Engine) -> None:
    """Bring the database to the newest tables; of several processes that start at once, one does it.

    Raises
    ------
    BadInput
        If the database cannot be opened or brought up to date, or was made by a newer version.
    """
    where, found = database.url.render_as_string(hide_password=True), None
    try:
        with transaction(database) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            found = MigrationContext.configure(connection).get_current_revision()
            command.upgrade(migrations(connection), "head")
    except DBAPIError as error:
        if found is None:
            reason = f"cannot be opened ({error.orig})"
            raise BadInput(reason, where=where, right="name a database that exists and is yours") from None
        reason = f"has tables of version {found} that cannot be brought to {_newest()} ({error.orig})"
        right = "open it with the itemwise that made it, export what you need, and begin a new one"
        raise BadInput(reason, where=where, right=right) from None
    except CommandError:
        reason = f"was made by a newer version of itemwise (its tables: {found}; known here: {_newest()})"
        raise BadInput(reason, where=where, right="install that version") from None


def _newest() -> str:
    """Return the version of the tables that this program makes."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def migrations(connection: Connection) -> Config:
    """Return Alembic's configuration for a connection, whatever the working folder."""
    config = _config()
    config.attributes["connection"] = connection
    return config


def _set_up_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says, not where sqlite3 guesses
    cursor = connection.cursor()
    _write_ahead(cursor)
    for setting in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _write_ahead(cursor: DBAPICursor) -> None:
    """Switch a SQLite file to WAL; while another process does so, SQLite refuses instead of waiting."""
    patience = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
