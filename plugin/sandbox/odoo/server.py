"""The look-alike as a server on loopback, with the levers a recruiter has."""

import contextlib
import threading
from html import escape
from types import TracebackType
from typing import Any, Self

import requests
from flask import Flask, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from plugin.sandbox.odoo import methods
from plugin.sandbox.odoo.state import HIRED, Clock, OdooError, State, wall_clock

DATABASE, LOGIN, KEY = "demo", "mautic-sync", "odoo-demo-key"
#: Seconds that Odoo waits for whoever takes its webhook.
PATIENCE = 1
NEWEST = 19


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- werkzeug's name
        """Say nothing."""


class OdooSandbox:
    """An Odoo in memory; `with OdooSandbox(version=18) as odoo: odoo.url`."""

    database, login, api_key = DATABASE, LOGIN, KEY

    def __init__(
        self,
        version: int = NEWEST,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
    ) -> None:
        self.state = State(version, clock or wall_clock)
        #: Address of an automation's webhook; None while nobody made one.
        self.webhook: str | None = None
        self._at = (host, port)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Give the address, without a slash at the end."""
        return f"http://{self._at[0]}:{self._at[1]}"

    def start(self) -> Self:
        """Listen and serve in a thread; gives itself."""
        host, port = self._at
        app = create_app(self.state)
        self._server = make_server(
            host, port, app, threaded=True, request_handler=_Quiet
        )
        self._at = (host, self._server.port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="odoo-sandbox", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving; what it remembers stays readable."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def applicants(self, email: str) -> list[dict[str, Any]]:
        """List the persons with this address, archived ones too."""
        model = "hr.candidate" if self.state.version < NEWEST else "hr.applicant"
        wanted = [["email_normalized", "=", email.lower()]]
        with self.state.lock:
            return self.state.search(model, wanted, all_too=True)

    def notes(self, number: int) -> list[str]:
        """List the notes on a person."""
        with self.state.lock:
            rows = self.state.tables["mail.message"].values()
            return [row["body"] for row in rows if row["res_id"] == number]

    def hire(self, email: str) -> None:
        """Move somebody's application to the hired stage, as a recruiter does."""
        self._change(email, {"stage_id": HIRED})

    def unhire(self, email: str) -> None:
        """Take a hire back."""
        self._change(email, {"stage_id": HIRED - 1})

    def reject(self, email: str) -> None:
        """Refuse somebody, without a mail."""
        self._change(email, {"refuse_reason_id": 1, "active": False})

    def _change(self, email: str, values: dict[str, Any]) -> None:
        number = self._application(email)
        with self.state.lock:
            if self.state.version < NEWEST:
                self._announce(number)  # 18 tells before it commits
            self.state.write("hr.applicant", [number], values)
        if self.state.version >= NEWEST:
            self._announce(number)

    def _application(self, email: str) -> int:
        found = self.applicants(email)
        if not found:
            raise LookupError(f"nobody with {email} stands in this Odoo")
        person = int(found[-1]["id"])
        if self.state.version >= NEWEST:
            return person
        with self.state.lock:
            wanted = [["candidate_id", "=", person]]
            rows = self.state.search("hr.applicant", wanted, all_too=True)
            return rows[-1]["id"] if rows else self._apply(person)

    def _apply(self, person: int) -> int:
        """Make an application for a candidate without one, as a recruiter would."""
        return self.state.add("hr.applicant", {"candidate_id": person})

    def _announce(self, number: int) -> None:
        """Tell once, unsigned; a failure is only logged by Odoo."""
        if self.webhook is None:
            return
        record = dict(self.state.tables["hr.applicant"][number])
        body = {"_action": "POST Mautic(#275)", "_id": number, "_model": "hr.applicant"}
        with contextlib.suppress(requests.RequestException):
            requests.post(self.webhook, json=body | record, timeout=PATIENCE)


def create_app(state: State) -> Flask:
    """Build the WSGI application over a state."""
    app = Flask("odoo-sandbox", static_folder=None)

    @app.get("/")
    def overview() -> str:
        return _overview(state)

    @app.get("/web/version")
    def version() -> ResponseReturnValue:
        if state.version < NEWEST:
            return Response("<h1>Not Found</h1>", 404, mimetype="text/html")
        return jsonify(version_info=[19, 0, 0, "final", 0, ""], version="19.0")

    @app.post("/json/2/<model>/<method>")
    def json2(model: str, method: str) -> ResponseReturnValue:
        if state.version < NEWEST:
            return redirect("/web/login", 303)
        return _json2(state, model, method)

    @app.post("/jsonrpc")
    def jsonrpc() -> ResponseReturnValue:
        return _jsonrpc(state)

    return app


def _json2(state: State, model: str, method: str) -> ResponseReturnValue:
    if request.headers.get("Authorization", "").lower() != f"bearer {KEY}":
        return _told19("werkzeug.exceptions.Unauthorized", "Invalid apikey", 401)
    if request.headers.get("X-Odoo-Database", DATABASE) != DATABASE:
        return Response("<h1>Not Found</h1>", 404, mimetype="text/html")
    given = request.get_json(silent=True)
    given = given if isinstance(given, dict) else {}
    try:
        return jsonify(methods.call(state, model, method, given))
    except OdooError as error:
        return _told19(error.name, str(error), error.status)


def _told19(name: str, message: str, status: int) -> ResponseReturnValue:
    body = {"name": name, "message": message, "arguments": [message], "context": {}}
    return jsonify(body | {"debug": f"{name}: {message}"}), status


def _jsonrpc(state: State) -> ResponseReturnValue:
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        return Response("<h1>Bad Request</h1>", 400, mimetype="text/html")
    params = asked.get("params") or {}
    try:
        result = _service(state, params.get("service"), params.get("args") or [])
    except OdooError as error:
        told = {"name": error.name, "message": str(error), "debug": str(error)}
        data = {"code": 200, "message": "Odoo Server Error", "data": told}
        return jsonify(jsonrpc="2.0", id=asked.get("id"), error=data)
    return jsonify(jsonrpc="2.0", id=asked.get("id"), result=result)


def _service(state: State, service: Any, args: list[Any]) -> Any:
    if service == "common":
        return 1 if args[:3] == [DATABASE, LOGIN, KEY] else False
    database, uid, key, model, method, given, named = [*args, {}, {}][:7]
    if (database, uid, key) != (DATABASE, 1, KEY):
        raise OdooError("odoo.exceptions.AccessDenied", "Access Denied", 200)
    return methods.call(state, model, method, _named(method, given, named))


def _named(method: str, given: list[Any], named: dict[str, Any]) -> dict[str, Any]:
    """Give positional arguments their names, as `execute_kw` wants them."""
    names = {
        "create": ("vals_list",),
        "write": ("ids", "vals"),
        "read": ("ids", "fields"),
        "unlink": ("ids",),
        "message_post": ("ids",),
    }.get(method, ("domain", "fields"))
    return {**dict(zip(names, given, strict=False)), **named}


def _overview(state: State) -> str:
    with state.lock:
        rows = state.search("hr.applicant", [], all_too=True)
        if state.version < NEWEST:
            applied = {row["candidate_id"] for row in rows}
            rest = state.tables["hr.candidate"].values()
            rows += [row for row in rest if row["id"] not in applied]
        stages = state.tables["hr.recruitment.stage"]
        lines = [_line(state, stages, row) for row in rows]
    return PAGE.format(version=state.version, rows="".join(lines))


def _line(state: State, stages: dict[int, Any], row: dict[str, Any]) -> str:
    stage = stages.get(row.get("stage_id") or 0, {"name": "candidate"})["name"]
    if not row["active"]:
        stage = f"{stage} (refused)"
    tags = [
        state.tables["hr.applicant.category"][one]["name"] for one in row["categ_ids"]
    ]
    messages = state.tables["mail.message"].values()
    notes = [one["body"] for one in messages if one["res_id"] == row["id"]]
    cells = (row["partner_name"], row["email_from"], stage, ", ".join(tags))
    text = "".join(f"<td>{escape(str(cell or ''))}</td>" for cell in cells)
    return f"<tr>{text}<td>{''.join(notes)}</td></tr>"


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<title>Odoo {version} look-alike</title>
<style>body{{font:16px system-ui;margin:2rem;color:#222;background:#fff}}
table{{border-collapse:collapse}}td,th{{padding:.4rem .8rem;border-bottom:1px solid #ccc;
text-align:left;vertical-align:top}}</style>
<h1>Recruitment (look-alike of Odoo {version})</h1>
<table><thead><tr><th>Candidate</th><th>E-mail</th><th>Stage</th><th>Tags</th><th>Notes</th>
</tr></thead><tbody>{rows}</tbody></table></html>"""
