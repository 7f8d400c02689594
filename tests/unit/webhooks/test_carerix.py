"""Carerix's deliveries: signed by its key or by our secret, and read as hints."""

import json
from datetime import UTC, datetime

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug.wrappers import Response

from plugin.sandbox.carerix.server import CarerixSandbox
from webhooks.errors import InvalidSignature
from webhooks.sources.base import Hint
from webhooks.sources.carerix import CarerixSource

RECEIVED = datetime(2026, 11, 23, tzinfo=UTC)
SHARED = b"a-shared-secret-of-no-worth"


@pytest.fixture
def signed(httpserver):
    """What the look-alike sends when somebody is hired: body, headers, and its key."""
    kept = []

    def keep(request):
        kept.append((request.get_data(), dict(request.headers)))
        return Response("", 204)

    httpserver.expect_request("/door").respond_with_handler(keep)
    ats = CarerixSandbox()
    made = ats.state.create({"lastName": "de Wit"}, dedupe=False)
    ats.subscribe(httpserver.url_for("/door"))
    assert ats.hire(made["_id"]) == 204
    (body, headers) = kept[0]
    return body, headers, ats.public_key.encode()


def test_what_carerix_signed_is_taken(signed):
    body, headers, key = signed
    source = CarerixSource([key])

    source.verify(body, headers)

    (hint,) = source.parse(body, RECEIVED).hints
    assert hint == Hint(ref=f"crjob:{json.loads(body)['data']['entityId']}")


def test_what_was_changed_on_the_way_is_refused(signed):
    body, headers, key = signed

    with pytest.raises(InvalidSignature):
        CarerixSource([key]).verify(body + b" ", headers)
    with pytest.raises(InvalidSignature):
        CarerixSource([key]).verify(body, {})
    with pytest.raises(InvalidSignature):
        CarerixSource([key]).verify(body, {"Cx-Signature": "no base64!"})
    with pytest.raises(InvalidSignature):
        CarerixSource([CarerixSandbox().public_key.encode()]).verify(body, headers)


def test_a_shared_secret_does_too():
    source = CarerixSource([SHARED])

    source.verify(b"{}", {"X-STDC-Secret": SHARED.decode()})

    with pytest.raises(InvalidSignature):
        source.verify(b"{}", {"X-STDC-Secret": "guessed"})
    with pytest.raises(InvalidSignature):
        source.verify(b"{}", {"X-STDC-Secret": ""})


def test_a_key_is_not_taken_for_a_shared_secret(signed):
    body, _headers, key = signed

    with pytest.raises(InvalidSignature):
        CarerixSource([key]).verify(body, {"X-STDC-Secret": key.decode()})


def test_a_key_of_another_kind_is_refused():
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    for wrong in (pem, b"", b"-----BEGIN PUBLIC KEY-----\nno\n"):
        with pytest.raises(ValueError, match=r"."):
            CarerixSource([wrong])


@pytest.mark.parametrize(
    ("said", "refs", "unknown"),
    [
        ({"type": "CREmployee:updated", "data": {"entityId": 12}}, ["12"], 0),
        ({"type": "crmatch:updated", "data": {"entityId": "9"}}, ["crmatch:9"], 0),
        ({"type": "crcompany:updated", "data": {"entityId": "9"}}, [], 1),
        ({"type": "crmatch:updated", "data": {}}, [], 0),
        ({"type": "crmatch:updated"}, [], 0),
        ({"type": "crjob:created", "data": {"entityId": "1) { x }"}}, [], 0),
        ({"type": None}, [], 1),
        ({}, [], 1),
    ],
)
def test_an_event_is_a_hint_at_most(said, refs, unknown):
    found = CarerixSource([SHARED]).parse(json.dumps(said).encode(), RECEIVED)

    assert [one.ref for one in found.hints] == refs
    assert sum(found.unknown.values()) == unknown
    assert len(found.unreadable) == (1 if not refs and not unknown else 0)


def test_the_look_alike_lets_nobody_in_without_a_token():
    with CarerixSandbox() as ats:
        url = f"{ats.url}/graphql/v1/graphql"
        answer = requests.post(url, json={"query": "{ __typename }"}, timeout=5)
    assert answer.status_code == 401
