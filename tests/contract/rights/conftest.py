"""Offices on each database."""

import pytest

from plugin.store import upgrade
from plugin.store.tables import metadata
from tests.contract.rights.office import open_office
from tests.support.databases import database, empty, postgres_server


@pytest.fixture(scope="session")
def postgres():
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated(postgres):
    with database(postgres) as url:
        upgrade(url)
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def offices(request, tmp_path):
    """Open empty offices, one after the other, on each database."""

    def open_one(name="office"):
        if request.param == "sqlite":
            return open_office(tmp_path / name)
        address = request.getfixturevalue("migrated")
        empty(address, metadata.tables)
        return open_office(tmp_path / name, address)

    return open_one


@pytest.fixture
def office(offices):
    with offices() as opened:
        yield opened
