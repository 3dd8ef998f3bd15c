"""Work in the background: what was asked for, how far it is, what came of it.

A job belongs to one process, which writes a sign of life (`beat`) with its progress; whoever finds a running
job without a recent sign takes it for lost.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, Engine, Integer, String, Table, Text, insert, select, update

from items.storage.database import metadata, transaction

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
OVER = (DONE, FAILED, CANCELLED)

job_table = Table(
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("request", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("progress", JSON, nullable=False),
    Column("message", Text, nullable=False),
    Column("result", JSON, nullable=False),
    Column("beat", String(24), nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Job:
    """A job: `progress` is a list of steps, the newest last; `message` says in words what became of it."""

    id: int
    kind: str
    request: dict[str, Any]
    state: str
    progress: list[Any]
    message: str
    result: dict[str, Any]
    beat: str
    at: str
    by: str

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in OVER


def ask(database: Engine, kind: str, request: dict[str, Any], *, at: str, by: str) -> int:
    """Ask for a job and return its number."""
    row = {"kind": kind, "request": request, "state": WAITING, "progress": [], "message": "", "result": {}}
    with transaction(database) as connection:
        wanted = insert(job_table).returning(job_table.c.id)
        return int(connection.execute(wanted, {**row, "beat": at, "at": at, "by": by}).scalar_one())


def load(database: Engine, id: int) -> Job:
    """Return a job as it stands."""
    with database.connect() as connection:
        return Job(**connection.execute(select(job_table).where(job_table.c.id == id)).mappings().one())


def newest(database: Engine, kind: str, *, by: str | None = None) -> Job | None:
    """Return the newest job of a kind, of one person if named."""
    return next(iter(recent(database, kind, by=by, most=1)), None)


def recent(database: Engine, kind: str, *, by: str | None = None, most: int) -> tuple[Job, ...]:
    """Return the newest jobs of a kind, of one person if named, the newest first."""
    query = select(job_table).where(job_table.c.kind == kind).order_by(job_table.c.id.desc()).limit(most)
    if by is not None:
        query = query.where(job_table.c.by == by)
    with database.connect() as connection:
        return tuple(Job(**row) for row in connection.execute(query).mappings())


def go_on(database: Engine, id: int, *, at: str, progress: list[Any]) -> bool:
    """Write progress and a sign of life; return False if the job was cancelled and should end."""
    running = job_table.c.state.in_((WAITING, RUNNING))
    changed = {"state": RUNNING, "progress": progress, "beat": at}
    with transaction(database) as connection:
        wanted = update(job_table).where(job_table.c.id == id, running).values(changed)
        return bool(connection.execute(wanted).rowcount)


def end(database: Engine, id: int, state: str, *, message: str, result: dict[str, Any] | None = None) -> None:
    """End a job that is not over yet."""
    open_still = job_table.c.state.not_in(OVER)
    values = {"state": state, "message": message, "result": result or {}}
    with transaction(database) as connection:
        connection.execute(update(job_table).where(job_table.c.id == id, open_still).values(values))
