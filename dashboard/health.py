"""What an operator wants to know of this installation: versions, database, how far the work is."""

import platform
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine, func, select, text

from dashboard.store import read_model
from dashboard.store.jobs import FAILED, RUNNING, job_table
from dashboard.store.read_tables import answer_table, session_table

KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
MEGABYTE = 1 << 20


def health(database: Engine) -> dict[str, object]:
    """Return the facts by name: numbers, or texts."""
    with database.connect() as connection:
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
        counts = {
            "Sessions": connection.scalar(select(func.count()).select_from(session_table)) or 0,
            "Answers": connection.scalar(select(func.count()).select_from(answer_table)) or 0,
        }
        server = ".".join(map(str, connection.dialect.server_version_info or ()))
        jobs = {
            state: connection.scalar(select(func.count()).where(job_table.c.state == state)) or 0
            for state in (RUNNING, FAILED)
        }
    return {
        "Itemwise": version("itemwise"),
        "Database": f"{KINDS.get(database.dialect.name, database.dialect.name)} {server}",
        "Tables at revision": str(revision),
        "Size of the database": _size(database),
        **counts,
        "Sessions to be read in": len(read_model.behind(database)),
        "Jobs under way": jobs[RUNNING],
        "Jobs that failed": jobs[FAILED],
        "Python": platform.python_version(),
        "Streamlit": version("streamlit"),
    }


def _size(database: Engine) -> str:
    """Return the size of the database in megabytes."""
    if database.dialect.name == "postgresql":
        with database.connect() as connection:
            size = connection.scalar(text("SELECT pg_database_size(current_database())")) or 0
    else:
        name = database.url.database
        size = Path(name).stat().st_size if name and Path(name).is_file() else 0
    return f"{size / MEGABYTE:,.1f} MB"
