"""A client whose server plays recordings."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from plugin.mautic.auth import BasicAuth
from plugin.mautic.client import Mautic

from .exchanges import Replay

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def replay(httpserver: HTTPServer) -> Iterator[Replay]:
    yield Replay(httpserver)
    httpserver.check()


@pytest.fixture
def mautic(httpserver: HTTPServer) -> Iterator[Mautic]:
    auth = BasicAuth(username="stdc", password="invented")
    with Mautic(httpserver.url_for(""), auth, clock=lambda: NOW) as client:
        yield client
