"""Houses for the pipeline: on SQLite, and where it matters on PostgreSQL too."""

import pytest

from plugin.store import upgrade
from plugin.store.tables import metadata
from tests.support.databases import database, empty, postgres_server
from tests.support.house import open_house


@pytest.fixture(scope="session")
def postgres():
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated(postgres):
    with database(postgres) as url:
        upgrade(url)
        yield url


@pytest.fixture
def house(tmp_path):
    """An installation with all that writing needs, and no webhooks yet."""
    with open_house(tmp_path) as opened:
        opened.set_up()
        yield opened


@pytest.fixture
def lively(house):
    """The same with the demo's content, and a hook that tells us everything."""
    house.furnish()
    house.subscribe()
    house.line.calls.clear()
    return house


@pytest.fixture(params=["sqlite", "postgresql"])
def rooms(request, tmp_path):
    """Open empty houses, one after the other, on each database."""

    def url():
        if request.param == "sqlite":
            return None
        address = request.getfixturevalue("migrated")
        empty(address, metadata.tables)
        return address

    def open_one(name="house", **how):
        return open_house(tmp_path / name, database=url(), **how)

    return open_one
