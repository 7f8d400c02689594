"""A town of contacts, and somebody who looks at it."""

import pytest
from sqlalchemy import event

from tests.support.people import TOKEN, populate, town


@pytest.fixture
def here(tmp_path):
    """An installation where nobody lives yet."""
    with town(tmp_path) as here:
        yield here


@pytest.fixture
def stranger(here):
    """A browser that has shown no token."""
    return here.app().test_client()


@pytest.fixture
def admin(stranger):
    """A browser that has."""
    stranger.post("/sign-in", data={"token": TOKEN})
    return stranger


@pytest.fixture(scope="module")
def town_of_many(tmp_path_factory):
    """People in every phase; tests that share it only look."""
    with town(tmp_path_factory.mktemp("town")) as here:
        populate(here)
        yield here


@pytest.fixture
def looker(town_of_many):
    """A browser that may look at them."""
    client = town_of_many.app().test_client()
    client.post("/sign-in", data={"token": TOKEN})
    return client


@pytest.fixture
def statements(here):
    """What the database is asked, as it is asked."""
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    engine = here.parts.store._engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)
