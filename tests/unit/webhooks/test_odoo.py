"""The door for an Odoo: its secret in the address, which nothing may write down."""

import logging
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.inbox import MemoryInbox
from webhooks.sources.odoo import OdooSource
from webhooks.views import Intake, create_blueprint

SECRET = "an-odoo-secret-in-an-address"
BODY = {"_id": 61, "_model": "hr.applicant"}
PATH = "/webhooks/ats/odoo"


@pytest.fixture
def inbox() -> MemoryInbox:
    return MemoryInbox()


@pytest.fixture
def client(inbox: MemoryInbox) -> FlaskClient:
    intake = Intake(
        sources={"ats/odoo": OdooSource([SECRET.encode(), b"the-one-before"])},
        inbox=inbox,
        clock=lambda: datetime(2026, 11, 23, tzinfo=UTC),
    )
    app = Flask(__name__)
    app.register_blueprint(create_blueprint(intake))
    return app.test_client()


@pytest.mark.parametrize("token", [SECRET, "the-one-before"])
def test_the_token_of_the_address_opens(
    client: FlaskClient, inbox: MemoryInbox, token: str
) -> None:
    answer = client.post(f"{PATH}?token={token}", json=BODY)

    assert answer.status_code == 200
    assert SECRET.encode() not in inbox.deliveries[0].body


@pytest.mark.parametrize("query", ["", "?token=", "?token=guessed", "?key=" + SECRET])
def test_nothing_else_does(client: FlaskClient, inbox: MemoryInbox, query: str) -> None:
    answer = client.post(PATH + query, json=BODY)

    assert answer.status_code == 401
    assert inbox.deliveries == []


def test_a_wrong_token_is_not_saved_by_a_right_header(client: FlaskClient) -> None:
    answer = client.post(
        f"{PATH}?token=guessed", json=BODY, headers={"X-Webhook-Token": SECRET}
    )

    assert answer.status_code == 401


@pytest.mark.parametrize("token", [SECRET, SECRET + "-mistyped"])
def test_the_token_is_written_nowhere(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, token: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        posted = client.post(f"{PATH}?token={token}", json=BODY)
        opened = client.get(f"{PATH}?token={token}")

    assert token not in caplog.text
    assert token not in posted.text
    assert token not in opened.text
