"""One empty, migrated store per test, on each database."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from plugin.store import open_store, upgrade
from plugin.store.tables import metadata
from tests.support.databases import database, empty, postgres_server

START = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, at: datetime = START) -> None:
        """Start at a moment."""
        self.at = at

    def __call__(self) -> datetime:
        """Tell the moment."""
        return self.at

    def tick(self, seconds: float = 1.0) -> datetime:
        """Go on, and tell the new moment."""
        self.at += timedelta(seconds=seconds)
        return self.at


@pytest.fixture(scope="session")
def postgres():
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated(postgres):
    """Address of one migrated database, emptied for each test: that is fastest."""
    with database(postgres) as url:
        upgrade(url)
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    path = tmp_path_factory.mktemp("sqlite") / "store.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request):
    return request.param


@pytest.fixture
def empty_url(backend, request, tmp_path):
    """Address of a database without any table."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
    else:
        with database(request.getfixturevalue("postgres")) as url:
            yield url


@pytest.fixture
def url(backend, request, tmp_path):
    """Address of an empty, migrated database."""
    if backend == "sqlite":
        path = tmp_path / "store.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("migrated")
        empty(url, metadata.tables)
        yield url


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(url, clock):
    store = open_store(url, clock=clock)
    yield store
    store.close()
