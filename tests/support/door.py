"""A door for tests: Flask's client before it, an inbox in memory behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.inbox import MemoryInbox
from webhooks import signature, views
from webhooks.inbox import Inbox
from webhooks.sources.base import Parsed, Source
from webhooks.sources.mautic import MauticSource

SECRET = b"a-secret-of-the-tests"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Door:
    """A client with what it needs to knock, and what was kept."""

    client: FlaskClient
    inbox: MemoryInbox
    source: MauticSource

    def post(self, body: bytes, path: str = "/webhooks/mautic") -> TestResponse:
        """Send a body as Mautic does, signed."""
        given = {signature.HEADER: signature.sign(body, SECRET)}
        return self.client.post(
            path, data=body, headers=given, content_type="application/json"
        )

    def parsed(self) -> Parsed:
        """Read the delivery that was kept last."""
        delivery = self.inbox.deliveries[-1]
        return self.source.parse(delivery.body, delivery.received_at)


def open_door(
    *,
    inbox: Inbox | None = None,
    max_bytes: int = 10_000_000,
    on_accepted: Callable[[], None] = lambda: None,
    **others: Source,
) -> Door:
    """Make an application that is nothing but the door."""
    memory = MemoryInbox()
    source = MauticSource([SECRET, b"the-secret-before"])
    intake = views.Intake(
        sources={
            "mautic": source,
            "ats/demo": source,
            **{f"ats/{name}": one for name, one in others.items()},
        },
        inbox=inbox or memory,
        clock=lambda: NOW,
        max_bytes=max_bytes,
        on_accepted=on_accepted,
    )
    app = Flask(__name__)
    views.open_door(app, intake)
    return Door(client=app.test_client(), inbox=memory, source=source)
