"""Whatever comes over HTTP, the whole application has an answer, and the worker an end.

Anything at all is asked of the application that `stdc web` serves, with every kind of
ATS configured and a real store: signed rightly or not, to any address, in any form.
No answer says that we failed, what was answered 200 at the door stands in the inbox
as it was sent, nothing else does, and the worker gets through all of it.
"""

import hashlib
import hmac
import io
import json
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook
from werkzeug.test import create_environ, run_wsgi_app

from plugin import bootstrap, config
from plugin.app import create_app
from plugin.ats.registry import signing_secret
from plugin.errors import Retryable
from plugin.opening import Opening
from plugin.pipeline.parts import Parts
from plugin.pipeline.process import process
from plugin.store import InboxItem, InboxState, upgrade
from tests.support import recordings
from tests.support.databases import database
from webhooks import signature
from webhooks.sources.mautic_events import TRIGGERS

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MAPPINGS = Path(__file__).parents[3] / "mappings"
SECRET = "a-secret-of-the-tests-for-"
MAX_BYTES = 20_000
CONFIG = """
[instance]
name = "tests"
base_url = "https://stdc.example.org"
mappings = "{mappings}"
data_dir = "{folder}/data"
[database]
url = "{database}"
[mautic]
url = "https://mautic.example.org"
auth = "basic"
username = "stdc"
password = "file:mautic"
webhook_secrets = ["file:mautic"]
[ats.odoo]
kind = "odoo"
url = "https://odoo.example.org"
database = "production"
login = "stdc"
secret = "file:odoo"
inbound_secret = "file:odoo"
[ats.recruitee]
kind = "recruitee"
url = "https://api.recruitee.example.org"
company = 4711
secret = "file:recruitee"
inbound_secret = "file:recruitee"
[ats.carerix]
kind = "carerix"
url = "https://api.carerix.example.org"
token_url = "https://id.carerix.example.org/token"
client_id = "stdc"
marker_field = "10189"
secret = "file:carerix"
inbound_secret = "file:carerix"
[ats.partner]
kind = "webhook"
url = "https://partner.example.org/hooks"
secret = "file:partner"
inbound_secret = "file:partner"
[ats.files]
kind = "csv"
url = "file://{folder}/drop"
[door]
max_bytes = {max_bytes}
[ui]
admin_token = "file:admin"
[log]
level = "error"
"""
NAMES = ("mautic", "odoo", "recruitee", "carerix", "partner")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, as a server hands it to the application."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    content_type: str
    body: bytes
    #: What the sender says of the body's length; None to say the truth.
    told: str | None

    def environ(self) -> dict[str, Any]:
        environ = create_environ("/", "https://stdc.example.org")
        environ |= {
            "REQUEST_METHOD": self.method,
            "PATH_INFO": self.path,
            "QUERY_STRING": self.query,
            "CONTENT_TYPE": self.content_type,
            "CONTENT_LENGTH": str(len(self.body)) if self.told is None else self.told,
            "wsgi.input": io.BytesIO(self.body),
            # so gunicorn says of every body, in chunks or not
            "wsgi.input_terminated": True,
        }
        for name, value in self.headers.items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        return environ


class Service:
    """The application, and what it keeps; no dataclass, whose values would be shown."""

    def __init__(self, app: Any, parts: Parts) -> None:
        self.app = app
        self.parts = parts
        #: The number of the last delivery that was looked at.
        self.last = 0

    def ask(self, asked: Asked) -> int:
        _, status, _ = run_wsgi_app(self.app, asked.environ(), buffered=True)
        return int(status.split()[0])

    def news(self) -> list[InboxItem]:
        """List what was kept since this was last asked."""
        with self.parts.store.view() as unit:
            found = list(unit.inbox.page(self.last, 10))
        self.last = max([self.last, *(one.id for one in found)])
        return found

    def work(self) -> InboxItem | None:
        """Let the worker do what there is; return how the last delivery stands."""
        while process(self.parts).deliveries:
            pass
        with self.parts.store.view() as unit:
            return unit.inbox.get(self.last)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")
    if request.param == "sqlite":
        yield from opened(folder, f"sqlite:///{folder}/data/stdc.db")
        return
    with database(request.getfixturevalue("postgres")) as url:
        upgrade(url)
        yield from opened(folder, url)


def opened(folder, url):
    for name in ("data", "drop"):
        (folder / name).mkdir()
    for name in (*NAMES, "admin"):
        (folder / name).write_text(SECRET + name)
    text = CONFIG.format(
        mappings=MAPPINGS, folder=folder, database=url, max_bytes=MAX_BYTES
    )
    (folder / "config.toml").write_text(text)
    made = bootstrap.build(config.load(folder / "config.toml", {}), clock=lambda: NOW)
    with closing(made.store), made.mautic:
        yield Service(create_app(made), made)


def by_mautic(body: bytes) -> dict[str, str]:
    return {signature.HEADER: signature.sign(body, f"{SECRET}mautic".encode())}


def by_recruitee(body: bytes) -> dict[str, str]:
    made = hmac.new(f"{SECRET}recruitee".encode(), body, hashlib.sha256)
    return {"X-Recruitee-Signature": made.hexdigest()}


def by_carerix(_body: bytes) -> dict[str, str]:
    return {"X-STDC-Secret": f"{SECRET}carerix"}


def by_partner(body: bytes) -> dict[str, str]:
    # the library judges by the machine's own clock
    at = bootstrap.now()
    signer = Webhook(signing_secret(f"{SECRET}partner"))
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signer.sign("msg_1", at, body.decode("utf-8")),
    }


#: How each sender proves who it is, but Odoo, whose proof is in the address.
PROOFS = {
    "mautic": by_mautic,
    "ats/recruitee": by_recruitee,
    "ats/carerix": by_carerix,
    "ats/partner": by_partner,
}

latin = partial(
    st.text,
    st.characters(max_codepoint=255, exclude_characters="\r\n\0"),
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1", "0", "\0", "\ud800", "[]", 2**31, 2**63, 2**64, 10**400])
    | st.sampled_from(["2026-11-23T00:00:00+00:00", "9999-12-31T23:59:59-23:59"])
)
#: Names that some sender's deliveries have, so that more than the first is read.
KNOWN = (
    *sorted(TRIGGERS),
    *("hit", "contact", "lead", "id", "stat", "submission", "timestamp", "fields"),
    *("_id", "_model", "candidate_id", "event_type", "payload", "type", "data"),
    *("entityId", "contact_id", "marker", "ref", "test"),
)
SAID = (
    *("hr.applicant", "hr.candidate", "candidate_moved", "candidate_created"),
    *("crEmployee:updated", "crMatch:created", "candidate.hired", "assignment.ended"),
    *("mautic:tests:7", "mautic:tests:0", "7"),
)
words = st.sampled_from(KNOWN) | st.text(max_size=6)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4)
    ),
    max_leaves=8,
)


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """Take a recording and put something else in one place of it."""
    name = draw(st.sampled_from(recordings.trigger_names()))
    whole = recordings.trigger(name).json()
    holder, inner = None, whole
    for _ in range(draw(st.integers(1, 6))):
        if not isinstance(inner, dict | list) or not inner:
            break
        steps = sorted(inner) if isinstance(inner, dict) else range(len(inner))
        holder, key = inner, draw(st.sampled_from(steps))
        inner = holder[key]
    holder[key] = draw(values)
    return json.dumps(whole).encode()


bodies = (
    st.binary(max_size=60)
    | values.map(lambda one: json.dumps(one).encode())
    | st.dictionaries(words, values | st.sampled_from(SAID), max_size=5).map(
        lambda one: json.dumps(one).encode()
    )
    | bent()
    | st.sampled_from([b"x" * (MAX_BYTES + 1), b"{" * MAX_BYTES, b'{"test": true}'])
)
HEADERS = (
    *("Webhook-Signature", "X-Webhook-Token", "Authorization", "webhook-id"),
    *("webhook-timestamp", "webhook-signature", "Cx-Signature", "X-STDC-Secret"),
    *("X-Recruitee-Signature", "X-Origin-Base-URL", "Content-Encoding", "Expect"),
    *("Transfer-Encoding", "Cookie", "Accept-Language", "Range", "If-None-Match"),
    *("If-Modified-Since", "X-Forwarded-For", "Origin", "Host", "X-Requested-With"),
)
ODD = (
    *("Basic %%%", "Basic Og==", "Bearer", "v1,", "v1,a,b", "nan", "1e400", "gzip"),
    *("chunked", "bytes=0-", "session=x.y.z", "nl;q=x", "[::1", "a:b:c", "a..b", "Thu"),
)
headers = st.dictionaries(
    st.sampled_from(HEADERS), latin(max_size=12) | st.sampled_from(ODD), max_size=4
)
PLACES = (
    *(f"/webhooks/{name}" for name in ("mautic", "mautic/", "ats", "", "ats/files")),
    *(f"/webhooks/ats/{name}" for name in NAMES),
    *("/", "/healthz", "/readyz", "/metrics", "/sign-in", "/sign-out", "/contacts"),
    *("/contacts/7", "/contacts/0", f"/contacts/{'9' * 30}", "/funnel", "/market"),
    *("/planner", "/calendar", "/content", "/rules", "/operations", "/doctor"),
    *("/static/stdc.css", "/static/..%2f..", "/favicon.ico", "//", "/./"),
)
requests = st.builds(
    Asked,
    method=st.sampled_from(["POST", "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
    | st.sampled_from(["PROPFIND", "post", ""]),
    path=st.sampled_from(PLACES) | latin(max_size=12).map(lambda one: f"/{one}"),
    query=latin(max_size=12)
    | latin(max_size=12).map(lambda one: f"token={one}")
    | st.sampled_from(["token=%ff%fe", "token=%", "lang=xx", "audience=%00", "page=-1"])
    | st.sampled_from(["as_of=9999-99-99", "q=%ed%a0%80", "page=1e9", "language=nl"]),
    headers=headers,
    content_type=latin(max_size=12)
    | st.sampled_from(["application/json", "text/plain; charset=x", "multipart/x"])
    | st.sampled_from(["multipart/form-data; boundary=", "multipart/form-data"])
    | st.just("application/x-www-form-urlencoded"),
    body=bodies,
    told=st.none() | st.sampled_from(["", "-1", "0", "x", "3", str(10**30)]),
)
THOROUGH = settings(
    max_examples=250,
    deadline=None,
    # one service for all: what is kept stays, and counts from where it was
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check(service: Service, asked: Asked) -> int:
    """Ask, and hold what must be true whatever is asked; return the status."""
    status = service.ask(asked)
    at_the_door = asked.path.startswith("/webhooks/") and asked.method.upper() == "POST"
    taken = [asked.body] if at_the_door and status == 200 else []
    news = service.news()

    assert 200 <= status < 500
    assert [one.body for one in news] == taken
    for one in news:
        assert f"/webhooks/{one.source}" == asked.path.rstrip("/")
        get_through(service)
    return status


def get_through(service: Service) -> None:
    """Let the worker do it: done, or parked with a reason that is no bug of ours."""
    item = service.work()

    assert item is not None
    assert (item.state is InboxState.PARKED) == bool(item.reason)
    assert item.state in {InboxState.PARKED, InboxState.DONE}
    assert "our bug" not in (item.reason or "")


@THOROUGH
@given(asked=requests)
def test_whatever_is_asked_is_answered_and_only_what_was_taken_is_kept(service, asked):
    check(service, asked)


@THOROUGH
@given(asked=requests, name=st.sampled_from(["ats/odoo", *PROOFS]))
def test_whatever_a_sender_sends_is_kept_and_the_worker_gets_through(
    service, asked, name
):
    """Signed rightly: refused only for its size, or as its end does not come."""
    body = asked.body
    if name == "ats/partner":  # its library signs text
        body = body.decode("utf-8", "ignore").encode()
    proof = PROOFS[name](body) if name in PROOFS else {}
    others = {"Webhook-Signature", "X-Webhook-Token", *proof}
    signed = replace(
        asked,
        method="POST",
        path=f"/webhooks/{name}",
        query=f"token={quote(SECRET)}odoo" if name == "ats/odoo" else asked.query,
        headers={one: text for one, text in asked.headers.items() if one not in others}
        | proof,
        body=body,
        told=None,
    )

    assert check(service, signed) == (413 if len(body) > MAX_BYTES else 200)


@pytest.mark.parametrize(
    ("query", "host"),
    [("\x80", None), ("token=\xe9&a=\xff", None), ("", "a..b"), ("", "x" * 70)],
)
def test_a_stray_byte_in_the_address_or_an_odd_host_costs_no_delivery(
    service, query, host
):
    """Neither while all is open nor while only the door is."""
    body = recordings.trigger("page_on_hit").body
    asked = Asked(
        method="POST",
        path="/webhooks/mautic",
        query=query,
        headers=by_mautic(body) | ({"Host": host} if host else {}),
        content_type="application/json",
        body=body,
        told=None,
    )
    settings_ = replace(
        service.parts.settings, spool=service.parts.settings.data_dir.parent / "spool"
    )
    closed = Opening(settings_, refuse, service.parts.clock, every_seconds=3600)

    assert check(service, asked) == 200
    assert run_wsgi_app(closed, asked.environ(), buffered=True)[1] == "200 OK"


def refuse() -> Parts:
    raise Retryable("the store is away")


def test_a_mistake_in_the_pages_touches_no_delivery(service):
    """Not even one that is met at every request."""
    app = create_app(service.parts)
    app.before_request(refuse)
    body = recordings.trigger("page_on_hit").body
    client = app.test_client()

    answer = client.post("/webhooks/mautic", data=body, headers=by_mautic(body))

    assert answer.status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.get("/funnel").status_code == 503
    service.news()
    service.work()
