"""What the delivery tests share: databases of both kinds."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from items.storage.database import connect, migrate, workspace_url
from tests.delivery.published import Place, Visitor, open_place


def _as_postgres(command: list[str]) -> list[str]:
    """The server refuses to run as root: then it runs as its own user."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _programs() -> Path | None:
    """Return the folder of the newest PostgreSQL server on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    beside = shutil.which("initdb")
    return found[-1].parent if found else Path(beside).parent if beside else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Run a throw-away PostgreSQL server and return its URL."""
    programs = _programs()
    if programs is None:
        message = "no PostgreSQL server is installed here"
        if os.environ.get("ITEMWISE_REFERENCE") == "required":
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="itemwise-postgresql-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data, port = str(folder / "data"), _free_port()
    made = ["--auth=trust", "--username=itemwise", "--encoding=UTF8", "--locale=C", "--no-sync"]
    settings = f"-p {port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off"
    run = {"check": True, "capture_output": True, "cwd": folder}
    subprocess.run(_as_postgres([str(programs / "initdb"), "-D", data, *made]), **run)
    start = ["-D", data, "-o", settings, "-l", str(folder / "log"), "-w", "start"]
    subprocess.run(_as_postgres([str(programs / "pg_ctl"), *start]), **run)
    try:
        yield f"postgresql://itemwise@127.0.0.1:{port}/postgres"
    finally:
        stop = ["-D", data, "-m", "immediate", "stop"]
        subprocess.run(_as_postgres([str(programs / "pg_ctl"), *stop]), **run)
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Return a migrated, empty database: each test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        yield from _migrated(workspace_url(tmp_path))
        return
    url = request.getfixturevalue("postgresql")
    empty = connect(url)
    with empty.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    empty.dispose()
    yield from _migrated(url)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """Return a migrated, empty SQLite database, for what does not depend on the kind."""
    yield from _migrated(workspace_url(tmp_path))


def _migrated(url: str) -> Iterator[Engine]:
    engine = connect(url)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


@pytest.fixture
def place(sqlite: Engine) -> Iterator[Place]:
    """Return the sampler's pages over SQLite."""
    opened = open_place(sqlite)
    with opened.client:
        yield opened


@pytest.fixture
def visitor(place: Place) -> Visitor:
    """Return somebody who has started the test."""
    somebody = Visitor(place)
    somebody.start()
    return somebody
