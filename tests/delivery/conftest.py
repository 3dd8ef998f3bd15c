"""What the delivery tests share: databases of both kinds, empty or with the sampler on offer."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text

from items.storage.database import connect, migrate
from tests.delivery.published import Place, Visitor, open_place, publish_sampler
from tests.postgresql import server

KINDS = ("sqlite", "postgresql")

Fill = Callable[[Engine], object]
Copies = Callable[[str], Iterator[Engine]]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Run a throw-away PostgreSQL server and return its URL."""
    with server() as running:
        yield running.url


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
