"""What the delivery tests share: databases of both kinds, empty or with the sampler on offer."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text

from items.storage.database import connect, migrate
from tests.delivery.published import Place, Visitor, open_place, publish_sampler

KINDS = ("sqlite", "postgresql")

Fill = Callable[[Engine], object]
Copies = Callable[[str], Iterator[Engine]]


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

    def run(program: str, *arguments: str) -> None:
        command = _as_postgres([str(programs / program), "-D", data, *arguments])
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    run("initdb", "--auth=trust", "--username=itemwise", "--encoding=UTF8", "--locale=C", "--no-sync")
    settings = f"-p {port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off"
    run("pg_ctl", "-o", settings, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"postgresql://itemwise@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _prepare(url: str, fill: Fill) -> None:
    with _opened(url) as engine:
        migrate(engine)
        fill(engine)


FILLS: dict[str, Fill] = {"empty": lambda engine: None, "sampler": publish_sampler}
"""What a test may find in its database."""


@pytest.fixture(scope="session")
def sqlite_copies(tmp_path_factory: pytest.TempPathFactory) -> Copies:
    """Return what makes a fresh copy of a prepared SQLite database."""
    folder, made, numbers = tmp_path_factory.mktemp("databases"), dict[str, Path](), count()

    def copy(name: str) -> Iterator[Engine]:
        if name not in made:
            made[name] = folder / f"{name}.db"
            _prepare(f"sqlite:///{made[name]}", FILLS[name])
        own = folder / f"{next(numbers)}.db"
        shutil.copy(made[name], own)
        with _opened(f"sqlite:///{own}") as engine:
            yield engine

    return copy


@pytest.fixture(scope="session")
def postgresql_copies(postgresql: str) -> Copies:
    """Return what makes a fresh copy of a prepared PostgreSQL database."""
    made, numbers = set[str](), count()

    def copy(name: str) -> Iterator[Engine]:
        if name not in made:
            _create(postgresql, name)
            _prepare(_database(postgresql, name), FILLS[name])
            made.add(name)
        own = f"copy_{next(numbers)}"
        _create(postgresql, f"{own} TEMPLATE {name}")
        with _opened(_database(postgresql, own)) as engine:
            yield engine

    return copy


def _database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _create(server: str, what: str) -> None:
    with _opened(server) as engine, engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(f"CREATE DATABASE {what}"))


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Return a migrated, empty database: each test that asks for it runs on both kinds."""
    yield from request.getfixturevalue(f"{request.param}_copies")("empty")


@pytest.fixture(params=KINDS)
def published(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Return a database with the sampler on offer: each test that asks for it runs on both kinds."""
    yield from request.getfixturevalue(f"{request.param}_copies")("sampler")


@pytest.fixture
def sqlite(sqlite_copies: Copies) -> Iterator[Engine]:
    """Return an SQLite database with the sampler on offer, for what does not depend on the kind."""
    yield from sqlite_copies("sampler")


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
