"""The look-alike answers recorded calls as Mautic 5.1.1 did, webhooks included.

The recorded exchanges are played in their order against one look-alike, so that
ids and state are those of the recording. Status, the shape of the answer and
the webhooks each call caused are compared.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from plugin.sandbox.mautic.server import MauticSandbox
from tests.contract.mautic.recordings import (
    Exchange,
    deliveries,
    differences,
    exchanges,
)

RECORDED_RECEIVER = "http://127.0.0.1:8899"
#: what the look-alike does not do, each with the reason
OTHERWISE = {
    "contacts-new-same-email": "a company name makes no company",
    "emails-send-segment": "the e-mail of a segment mailing is written out further",
    "contacts-batch-delete": "the answer's fields.all also shows in these webhooks",
}
AFTER_VISITS = dict.fromkeys(
    ("roles-list",), "the recording had visits before it, which are not replayed here"
)
#: the crons were run here, by hand
CRON_AFTER = "159-campaigns-contact-remove"
PLAYED = [found for found in exchanges("*.json") if found.path.startswith("/api")]


@dataclass(frozen=True)
class Played:
    """What one replayed call gave."""

    status: int
    answer: Any
    sent: list[dict[str, Any]]


@pytest.fixture(scope="module")
def played(make_httpserver: Any) -> Iterator[dict[str, Played]]:
    server = make_httpserver
    server.clear()
    server.expect_request("/hook/all", method="POST").respond_with_data("ok")
    server.expect_request("/hook/campaign", method="POST").respond_with_data("ok")
    with MauticSandbox() as sandbox:
        yield {found.name: play(sandbox, server, found) for found in PLAYED}
    server.clear()


def play(sandbox: MauticSandbox, server: Any, found: Exchange) -> Played:
    heard = len(server.log)
    headers = {k: v for k, v in found.headers.items() if k != "Authorization"}
    auth = None
    if "Authorization" in found.headers and found.label != "auth-bad":
        auth = (sandbox.username, sandbox.password)
    elif "Authorization" in found.headers:
        auth = (sandbox.username, "wrong")
    body = found.body.replace(RECORDED_RECEIVER, server.url_for("").rstrip("/"))
    answer = requests.request(
        found.method,
        sandbox.url + found.path,
        data=body.encode() or None,
        headers=headers,
        auth=auth,
        timeout=30,
    )
    sent = _heard(server, heard)
    if found.name == CRON_AFTER:
        sandbox.cron()
    return Played(answer.status_code, answer.json(), sent)


def _heard(server: Any, start: int) -> list[dict[str, Any]]:
    return [
        json.loads(request.data)
        for request, _ in server.log[start:]
        if request.path == "/hook/all"
    ]


def test_there_is_enough_to_compare_with() -> None:
    assert len(PLAYED) > 100


@pytest.mark.parametrize("found", PLAYED, ids=lambda found: found.name)
def test_answers_as_recorded(found: Exchange, played: dict[str, Played]) -> None:
    mine = played[found.name]

    assert mine.status == found.status, mine.answer
    assert list(differences(mine.answer, found.answer)) == []


@pytest.mark.parametrize(
    "found",
    [found for found in PLAYED if found.label not in OTHERWISE],
    ids=lambda found: found.name,
)
def test_sends_the_webhooks_that_were_recorded(
    found: Exchange, played: dict[str, Played]
) -> None:
    mine, recorded = played[found.name].sent, deliveries(found.label)

    assert [list(body) for body in mine] == [list(body) for body in recorded]
    for have, want in zip(mine, recorded, strict=True):
        assert list(differences(have, want)) == []
