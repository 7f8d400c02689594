"""A generic ATS in memory: takes our signed webhook, and sends hires back signed."""

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import requests
from flask import Flask, render_template_string, request
from flask.typing import ResponseReturnValue
from standardwebhooks import Webhook, WebhookVerificationError
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from plugin.sandbox.faults import WSGI, Faults, breaking
from plugin.sandbox.odoo.state import Clock, wall_clock

#: Seconds between looks at whether to stop, and that sending may take.
POLL, PATIENCE = 0.005, 10
TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>ATS (look-alike)</title></head>
<body><h1>Candidates ({{ people|length }})</h1>
<p>A look-alike that runs in memory: nothing here is mailed to anybody.</p>
<table><thead><tr><th scope="col">Name</th><th scope="col">Email</th>
<th scope="col">Status</th><th scope="col">Tags</th><th scope="col">Notes</th></tr>
</thead><tbody>{% for one in people %}<tr id="candidate-{{ one.ref }}">
<td>{{ one.data.name }}</td><td>{{ one.data.email }}</td><td>{{ one.status }}</td>
<td>{{ one.data.tags|join(", ") }}</td><td>{{ one.notes|join(" / ") }}</td></tr>
{% endfor %}</tbody></table></body></html>"""


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- werkzeug's name
        """Say nothing: the page shows what there is."""


@dataclass
class Held:
    """A candidate as this ATS has them."""

    ref: str
    data: dict[str, Any]
    status: str = "new"
    notes: list[str] = field(default_factory=list)
    #: What was told of consent and do-not-contact afterwards, oldest first.
    rights: list[dict[str, Any]] = field(default_factory=list)


class ReceiverSandbox:
    """A receiver of Standard Webhooks; `with ReceiverSandbox() as ats: ats.url`."""

    #: What signs both ways.
    secret = "whsec_" + base64.b64encode(b"a-sandbox-secret-of-no-worth").decode()

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, *, clock: Clock = wall_clock
    ) -> None:
        """Take where to listen; port 0 takes a free one."""
        self.people: dict[str, Held] = {}
        self.faults = Faults()
        #: Webhook ids that were taken, with what was answered.
        self.seen: dict[str, dict[str, Any]] = {}
        self._clock = clock
        self._at = (host, port)
        self._door: str | None = None
        self._sent = 0
        self._lock = threading.Lock()
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        host, port = self._at
        self._server = make_server(
            host, port, self._app(), threaded=True, request_handler=_Quiet
        )
        self._at = (host, self._server.port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    @property
    def url(self) -> str:
        """Give the address that takes our webhook."""
        host, port = self._at
        return f"http://{host}:{port}/candidates"

    def subscribe(self, url: str) -> None:
        """Send news to this address from now on."""
        self._door = url

    def hire(self, ref: str) -> int | None:
        """Hire somebody, and tell; gives the status of the answer."""
        return self._tell(ref, "candidate.hired", "hired")

    def unhire(self, ref: str) -> int | None:
        """Take a hire back, and tell."""
        return self._tell(ref, "candidate.unhired", "active")

    def refuse(self, ref: str) -> int | None:
        """Reject somebody, and tell."""
        return self._tell(ref, "candidate.rejected", "rejected")

    def withdraw(self, ref: str) -> int | None:
        """Note that somebody withdrew, and tell."""
        return self._tell(ref, "candidate.withdrawn", "withdrawn")

    def end(self, ref: str) -> int | None:
        """End somebody's assignment, and tell."""
        return self._tell(ref, "assignment.ended", "ended")

    def _app(self) -> WSGI:
        app = Flask("plugin.sandbox.receiver")
        app.add_url_rule("/", "page", self._page)
        app.add_url_rule("/candidates", "receive", self._receive, methods=["POST"])
        return breaking(app.wsgi_app, self.faults)

    def _page(self) -> str:
        return render_template_string(TEMPLATE, people=list(self.people.values()))

    def _receive(self) -> ResponseReturnValue:
        body = request.get_data()
        try:
            Webhook(self.secret).verify(body, dict(request.headers), json_parse=False)
        except (WebhookVerificationError, ValueError):
            return {"error": "the signature is wrong"}, 401
        number = request.headers["webhook-id"]
        with self._lock:
            if number not in self.seen:
                self.seen[number] = self._take(json.loads(body))
            return self.seen[number]

    def _take(self, message: Mapping[str, Any]) -> dict[str, Any]:
        if not message["type"].startswith("candidate."):
            return {}
        data = message["data"]
        marker = data["marker"]
        if message["type"] == "candidate.rights_changed":
            self.people[marker].rights.append(dict(data))
            return {}
        if message["type"] == "candidate.erase":
            self.people.pop(marker, None)
            return {}
        held = self.people.setdefault(
            marker, Held(ref=f"C-{len(self.people) + 1}", data={})
        )
        held.data = dict(data)
        held.notes += [data["note"]] if data["note"] else []
        host, port = self._at
        return {"ref": held.ref, "url": f"http://{host}:{port}/#candidate-{held.ref}"}

    def _tell(self, ref: str, event: str, status: str) -> int | None:
        held = next(one for one in self.people.values() if one.ref == ref)
        held.status = status
        if self._door is None:
            return None
        self._sent += 1
        now = self._clock().astimezone(UTC)
        data = {"ref": ref, "marker": held.data["marker"], "at": now.isoformat()}
        return self.send(event, data, f"msg-{self._sent}", now)

    def send(
        self, event: str, data: Mapping[str, Any], number: str, now: datetime
    ) -> int:
        """Send one signed message to the door; gives the status of the answer."""
        whole = {"type": event, "timestamp": now.isoformat(), "data": dict(data)}
        body = json.dumps(whole)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": number,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(number, now, body),
        }
        answer = requests.post(
            self._door or "", data=body, headers=headers, timeout=PATIENCE
        )
        return answer.status_code
