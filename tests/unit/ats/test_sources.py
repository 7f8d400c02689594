"""Deliveries from an ATS: who may send them, and what they say."""

import base64
import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.serving import make_server

from plugin.ats.base import CandidateDraft, TargetIntent
from plugin.ats.webhook import WebhookConnector
from plugin.bootstrap import now
from plugin.sandbox.odoo.records import Records
from plugin.sandbox.odoo.server import OdooSandbox
from plugin.sandbox.receiver import ReceiverSandbox
from tests.support.inbox import MemoryInbox
from tests.support.odoo_recordings import exchanges
from webhooks.errors import InvalidSignature, Malformed
from webhooks.events import EventType
from webhooks.sources.base import Hint
from webhooks.sources.odoo import OdooSource
from webhooks.sources.standard import StandardSource
from webhooks.views import Intake, create_blueprint

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = b"odoo-inbound-secret"
ODOO = OdooSource([b"an-older-one", SECRET])
STANDARD = StandardSource([ReceiverSandbox.secret], "partner", "demo")


def basic(password: bytes) -> dict[str, str]:
    coded = base64.b64encode(b"odoo:" + password).decode()
    return {"Authorization": f"Basic {coded}"}


@pytest.mark.parametrize(
    "headers",
    [basic(SECRET), {"x-webhook-token": SECRET.decode()}, basic(b"an-older-one")],
)
def test_odoo_is_known_by_the_secret_of_its_address(headers: dict[str, str]) -> None:
    ODOO.verify(b"{}", headers)


@pytest.mark.parametrize(
    "headers",
    [{}, basic(b"wrong"), basic(b""), {"Authorization": "Basic %%%"},
     {"Authorization": f"Bearer {SECRET.decode()}"}, {"X-Webhook-Token": "é\udcff"}],
)  # fmt: skip
def test_nobody_else_is(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        ODOO.verify(b"{}", headers)


@pytest.mark.parametrize("secrets", [[], [b""], [b"good", b""]])
def test_an_empty_secret_lets_nobody_in(secrets: list[bytes]) -> None:
    with pytest.raises(ValueError, match="empty"):
        OdooSource(secrets)


@pytest.mark.parametrize("version", [18, 19])
def test_recorded_webhooks_are_hints_and_nothing_else(version: int) -> None:
    received = [one for one in exchanges(version) if one.is_webhook]
    assert len(received) >= 5
    for one in received:
        parsed = ODOO.parse(json.dumps(one.request).encode(), NOW)

        candidate = one.request.get("candidate_id")
        expected = (
            f"hr.candidate/{candidate}"
            if candidate
            else f"hr.applicant/{one.request['_id']}"
        )
        assert parsed.hints == (Hint(ref=expected),)
        assert (parsed.events, parsed.unreadable) == ((), ())


@pytest.mark.parametrize(
    "body",
    [{}, {"_model": "res.partner", "_id": 1}, {"_model": "hr.applicant", "_id": "1"},
     {"_model": "hr.applicant", "_id": True}, {"_model": ["hr.applicant"], "_id": 1},
     {"_model": "hr.applicant", "_id": 0}, {"_model": "hr.applicant", "_id": 2**40}],
)  # fmt: skip
def test_what_names_no_candidate_is_kept_with_its_reason(body: dict[str, Any]) -> None:
    parsed = ODOO.parse(json.dumps(body).encode(), NOW)

    assert parsed.hints == ()
    assert "name no candidate" in parsed.unreadable[0].reason


@given(
    st.dictionaries(
        st.sampled_from(
            ["webhook-id", "webhook-timestamp", "webhook-signature", "authorization"]
        ),
        st.one_of(
            st.text(),
            st.sampled_from(
                ["v1,", "v1,a,b", "v2", ",", "inf", "nan", "1e400", "-1", "9" * 30]
            ),
        ),
    ),
    st.binary(),
)
def test_no_header_gets_anything_but_a_refusal(
    headers: dict[str, str], body: bytes
) -> None:
    for source in (STANDARD, ODOO):
        with pytest.raises(InvalidSignature):
            source.verify(body, headers)


def news(event: str, **data: Any) -> bytes:
    whole = {"type": event, "timestamp": "2026-11-20T10:00:00Z", "data": data}
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    "event",
    ["candidate.hired", "candidate.unhired", "candidate.rejected",
     "candidate.withdrawn", "assignment.ended"],
)  # fmt: skip
def test_news_become_events_in_our_words(event: str) -> None:
    parsed = STANDARD.parse(news(event, marker="mautic:demo:12", ref="C-1"), NOW)

    (told,) = parsed.events
    assert told.type is EventType(event)
    assert told.contact_id == 12
    assert told.occurred_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert told.data == {"connection": "partner", "ref": "C-1"}
    again = STANDARD.parse(news(event, marker="mautic:demo:12", ref="C-1"), now())
    assert again.events[0].key == told.key


def test_a_ref_alone_is_enough_for_whoever_keeps_the_links() -> None:
    (told,) = STANDARD.parse(news("candidate.hired", ref="C-1"), NOW).events

    assert told.contact_id is None
    assert told.data["ref"] == "C-1"


def test_the_same_news_without_a_time_is_the_same_event() -> None:
    body = json.dumps({"type": "candidate.hired", "data": {"contact_id": 3}}).encode()

    keys = {STANDARD.parse(body, at).events[0].key for at in (NOW, now())}

    assert len(keys) == 1


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"marker": "mautic:other:12"},
        {"marker": "mautic:demo:x"},
        {"contact_id": -1},
    ],
)
def test_news_of_nobody_are_kept_with_their_reason(data: dict[str, Any]) -> None:
    parsed = STANDARD.parse(news("candidate.hired", **data), NOW)

    assert parsed.events == ()
    assert parsed.unreadable[0].where == "candidate.hired"


def test_a_type_without_a_word_is_counted() -> None:
    assert STANDARD.parse(news("candidate.smiled"), NOW).unknown == {
        "candidate.smiled": 1
    }


@pytest.mark.parametrize("source", [ODOO, STANDARD])
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"\xff"])
def test_what_is_no_object_is_malformed(source: Any, body: bytes) -> None:
    with pytest.raises(Malformed):
        source.parse(body, NOW)


class Door:
    """Our door on loopback, for look-alikes to knock on."""

    def __init__(self, name: str, source: Any) -> None:
        self.source = source
        self.inbox = MemoryInbox()
        intake = Intake(sources={f"ats/{name}": source}, inbox=self.inbox, clock=now)
        app = Flask("door")
        app.register_blueprint(create_blueprint(intake))
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.path = f"127.0.0.1:{self.server.port}/webhooks/ats/{name}"

    def parsed(self) -> list[Any]:
        return [
            self.source.parse(one.body, one.received_at)
            for one in self.inbox.deliveries
        ]


@pytest.fixture
def door() -> Any:
    opened: list[Any] = []

    def open_(name: str, source: Any) -> Door:
        made = Door(name, source)
        thread = threading.Thread(target=made.server.serve_forever, args=(0.005,))
        thread.start()
        opened.append((made, thread))
        return made

    yield open_
    for made, thread in opened:
        made.server.shutdown()
        thread.join()
        made.server.server_close()


@pytest.mark.parametrize("version", [18, 19])
def test_odoo_gets_its_secret_through_the_door(door: Any, version: int) -> None:
    """The address's password travels as a header, in the library Odoo uses too."""
    opened = door("odoo", ODOO)
    with OdooSandbox(version) as odoo:
        ref = odoo.make(partner_name="Sanne", email_from="sanne@example.nl")
        odoo.subscribe(f"http://odoo:{SECRET.decode()}@{opened.path}")
        odoo.subscribe(f"http://odoo:wrong@{opened.path}")
        odoo.hire(ref)
        odoo.refuse(ref)
        odoo.delete(ref)

    person = "hr.candidate" if version == 18 else "hr.applicant"
    hints = [one.hints for one in opened.parsed()]
    assert hints == [(Hint(ref=f"{person}/{ref}"),)] * 3


def test_18_tells_of_a_hire_before_it_is_so(door: Any) -> None:
    opened = door("odoo", ODOO)
    with OdooSandbox(18) as odoo:
        ref = odoo.make(partner_name="Sanne", email_from="sanne@example.nl")
        odoo.subscribe(f"http://odoo:{SECRET.decode()}@{opened.path}")
        with odoo.state.writing() as transaction:
            records = Records(odoo.state, transaction, 5)
            made = records.create("hr.applicant", {"candidate_id": int(ref)})
            records.write("hr.applicant", [made], {"stage_id": 6})
            told = opened.parsed()
            rows = odoo.state.tables["hr.applicant"]

    assert [one.hints for one in told] == [(Hint(ref=f"hr.candidate/{ref}"),)]
    assert rows == {}, "nobody else could see it yet"


def test_a_generic_ats_sends_its_news_through_the_door(door: Any) -> None:
    opened = door("partner", STANDARD)
    with ReceiverSandbox() as ats:
        connector = WebhookConnector(ats.url, ats.secret, clock=now)
        candidate = CandidateDraft(
            marker="mautic:demo:12", contact_id=12, name="Sanne", email=None
        )
        ref = connector.create(candidate, TargetIntent(), op_id="1").value.id  # type: ignore[union-attr]
        ats.subscribe(f"http://{opened.path}")
        statuses = [ats.hire(ref), ats.unhire(ref), ats.refuse(ref), ats.end(ref)]

    assert statuses == [200] * 4
    told = [one.events[0] for one in opened.parsed()]
    assert [one.type.value for one in told] == [
        "candidate.hired",
        "candidate.unhired",
        "candidate.rejected",
        "assignment.ended",
    ]
    assert {one.contact_id for one in told} == {12}
