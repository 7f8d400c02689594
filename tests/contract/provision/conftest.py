"""A client of a look-alike in which nothing of ours is left."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from plugin.mautic.auth import ClientCredentials
from plugin.mautic.client import Mautic
from plugin.sandbox.mautic.server import MauticSandbox

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[MauticSandbox]:
    with MauticSandbox(clock=lambda: NOW) as running:
        yield running


@pytest.fixture
def mautic(sandbox: MauticSandbox) -> Iterator[Mautic]:
    auth = ClientCredentials(
        client_id=sandbox.client_id, client_secret=sandbox.client_secret
    )
    with Mautic(sandbox.url, auth, clock=lambda: NOW) as client:
        clean(client)
        yield client


def clean(client: Mautic) -> None:
    """Remove everything that a test could have made, users before what they use."""
    parts = (client.hooks, client.campaigns, client.segments, client.stages)
    for part in (*parts, client.emails, client.categories, client.tags):
        for one in list(part.everything()):
            part.remove(one["id"])
    for field in list(client.fields.everything()):
        if not field["isFixed"]:
            client.fields.remove(field["id"])
