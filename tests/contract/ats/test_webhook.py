"""The signed webhook: what is sent, what an answer may say, what refusals mean."""

import json
from datetime import datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook
from werkzeug import Request

from plugin.ats import registry
from plugin.ats.base import (
    AuthBroken,
    CandidateDraft,
    Consent,
    Ok,
    Permanent,
    Ref,
    Retry,
    TargetIntent,
    TargetKind,
    Throttled,
    Unknown,
)
from plugin.ats.handover import hand_over
from plugin.ats.odoo import OdooConnector
from plugin.ats.webhook import WebhookConnector
from plugin.bootstrap import now
from plugin.config import AtsSettings
from plugin.config.model import Secret
from plugin.errors import Misconfigured
from plugin.mappings.ats import AtsMapping
from plugin.sandbox.receiver import ReceiverSandbox

SECRET = ReceiverSandbox.secret
DRAFT = CandidateDraft(
    marker="mautic:demo:12",
    contact_id=12,
    name="Zoë",
    email="zoe@example.nl",
    fields={"phone": "06"},
    tags=("STDC",),
    note="Do",
    consent=Consent(proof="mag_delen", is_given=True),
)
JOB = TargetIntent(kind=TargetKind.JOB, ref="7")


def connector(server: HTTPServer) -> WebhookConnector:
    return WebhookConnector(server.url_for("/in"), SECRET, clock=now)


def sent(server: HTTPServer) -> list[tuple[Request, dict[str, Any]]]:
    requests = [request for request, _ in server.log]
    return [(one, json.loads(one.get_data())) for one in requests]


def test_what_is_sent_is_signed_and_says_it_all(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/in", method="POST").respond_with_json({})

    connector(httpserver).create(DRAFT, JOB, op_id="handover:x:12")

    ((request, body),) = sent(httpserver)
    Webhook(SECRET).verify(request.get_data(), dict(request.headers))
    assert request.headers["webhook-id"] == "handover:x:12"
    assert body["type"] == "candidate.handed_over"
    assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None
    assert body["data"]["target"] == {"kind": "job", "ref": "7"}
    assert body["data"]["marker"] == "mautic:demo:12"
    assert body["data"]["consent"] == {"field": "mag_delen", "given": True}
    assert body["data"]["name"] == "Zoë"


def test_another_attempt_has_the_same_id_and_its_own_time(
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_oneshot_request("/in").respond_with_data(status=503)
    httpserver.expect_oneshot_request("/in").respond_with_json({"ref": 8})

    results = [
        hand_over(connector(httpserver), DRAFT, JOB, link_ref=None, op_id="x")
        for _ in range(2)
    ]

    assert [type(one.failure) for one in results] == [Retry, type(None)]
    assert results[1].ref == Ref(id="8")
    assert {one.headers["webhook-id"] for one, _ in sent(httpserver)} == {"x"}


def test_a_known_candidate_is_updated(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/in").respond_with_data("thanks")
    known = Ref(id="C-1", url="https://ats.example/C-1")

    result = hand_over(connector(httpserver), DRAFT, JOB, link_ref=known, op_id="x")

    ((_, body),) = sent(httpserver)
    assert (body["type"], body["data"]["ref"]) == ("candidate.updated", "C-1")
    assert result.ref == known


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"ref": "C-1", "url": "https://ats/C-1"},
            Ref(id="C-1", url="https://ats/C-1"),
        ),
        ({"ref": "C-1", "url": "javascript:alert(1)"}, Ref(id="C-1")),
        ({"ref": {"a": 1}, "url": 3}, Ref(id="mautic:demo:12")),
        ([], Ref(id="mautic:demo:12")),
        ({"ref": "x" * 1000}, Ref(id="x" * 200)),
    ],
)
def test_what_an_answer_may_say(
    httpserver: HTTPServer, answer: Any, expected: Ref
) -> None:
    httpserver.expect_request("/in").respond_with_json(answer)

    assert connector(httpserver).create(DRAFT, JOB, op_id="x") == Ok(expected)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (301, Permanent), (400, Permanent), (401, AuthBroken), (403, AuthBroken),
        (410, Permanent), (429, Throttled), (500, Retry), (502, Unknown),
        (503, Retry), (504, Unknown),
    ],
)  # fmt: skip
def test_what_a_refusal_means(
    httpserver: HTTPServer, status: int, outcome: type[Any]
) -> None:
    headers = {"Retry-After": "9", "Location": "https://elsewhere.example/"}
    httpserver.expect_request("/in").respond_with_data("no", status, headers)

    failure = connector(httpserver).create(DRAFT, JOB, op_id="x")

    assert type(failure) is outcome
    assert str(status) in failure.message
    assert getattr(failure, "after_seconds", None) in (None, 9)
    assert type(connector(httpserver).check()) is outcome


def settings(**values: Any) -> AtsSettings:
    given = {
        "name": "partner",
        "kind": "webhook",
        "url": "https://x.example",
        "secret": Secret(SECRET),
    }
    return AtsSettings(**given | values)


def test_connections_are_made_from_their_settings() -> None:
    mapping = AtsMapping(connection="partner", hired_stages=frozenset({"Signed"}))
    odoo = settings(kind="odoo", options={"database": "d", "marker_field": "x_id"})

    made = [registry.build(one, mapping, clock=now) for one in (settings(), odoo)]

    assert [type(one) for one in made] == [WebhookConnector, OdooConnector]
    assert made[1].capabilities().hint_delay_seconds > 0


def test_a_secret_may_be_any_text() -> None:
    plain = settings(secret=Secret("just-a-text"), inbound_secret=Secret("another"))

    registry.build(plain, AtsMapping(connection="p"), clock=now)
    registry.source(plain, "demo")


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "sap"}, {"secret": Secret("whsec_")}, {"secret": Secret("whsec_é")}],
)
def test_what_cannot_be_made_is_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured, match=r"ats\.partner"):
        registry.build(settings(**wrong), AtsMapping(connection="p"), clock=now)
