"""The Flask app of the look-alike: REST, sign-in, tracking and the overview."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Flask, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date
from werkzeug.wrappers import Response as Answered

from plugin.sandbox.mautic import api, auth, hooks, oauth, overview, php, web
from plugin.sandbox.mautic.model import ApiError, Call, Item, KernelError, crash
from plugin.sandbox.mautic.state import VERSION, State

#: The version that first took reports over the API.
REPORTS_SINCE = (5, 2)
_PART = re.compile(r"\[([^\]]*)\]")


def create_app(state: State) -> Flask:
    """Build the app around one state."""
    app = Flask("plugin.sandbox.mautic")
    app.secret_key = state.token("session", state.site_url, length=32)
    for methods, path, handler in api.routes():
        endpoint = f"{'/'.join(methods)} {path}"
        view = _view(state, handler, path)
        app.add_url_rule(f"/api{path}", endpoint, view, methods=list(methods))
    _add_oauth(app, state)
    app.add_url_rule("/", "overview", lambda: overview.page(state))
    web.register(app, state)
    app.after_request(partial(_versioned, state))
    app.register_error_handler(HTTPException, partial(_not_routed, state))
    app.register_error_handler(ApiError, _failed)
    return app


def _add_oauth(app: Flask, state: State) -> None:
    def token() -> Response:
        with state.lock:
            return _answer(200, oauth.token_view(state))

    def authorize() -> Answered:
        with state.lock:
            return oauth.authorize(state)

    def login() -> Answered:
        with state.lock:
            return oauth.login(state)

    both = ["GET", "POST"]
    app.add_url_rule("/oauth/v2/token", "token", token, methods=both)
    app.add_url_rule("/oauth/v2/authorize", "authorize", authorize, methods=both)
    app.add_url_rule("/oauth/v2/authorize_login", "login", login)
    app.add_url_rule(
        "/oauth/v2/authorize_login_check", "check", login, methods=["POST"]
    )
    app.add_url_rule("/logout", "logout", oauth.logout)


def _versioned(state: State, answer: Response) -> Response:
    if "Mautic-Version" in answer.headers:
        answer.headers["Mautic-Version"] = state.switches.version
    answer.headers["Date"] = http_date(state.now())
    return answer


def _view(state: State, handler: api.Handler, path: str) -> Any:
    area = path.strip("/")

    def run(**ids: Any) -> Response:
        writes_report = area.startswith("reports") and request.method != "GET"
        if (area == "focus" and not state.switches.focus_plugin) or (
            writes_report and not state.is_since(*REPORTS_SINCE)
        ):
            raise KernelError(404, f"Requested URL not found: {request.path}")
        with state.lock:
            actor, role, user = auth.authenticate(state, request)
        with hooks.transaction(state, actor):
            if not area.startswith("stats"):
                auth.check_permission(role, area, request.method)
            call = Call(
                actor, role, request.method, _body(), nested(request.args), user
            )
            status, body, headers = handler(state, call, **ids)
        return _answer(status, body, headers)

    return run


def _body() -> Any:
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return nested(request.form)
    if not request.get_data():
        return None
    try:
        return request.get_json(force=True)
    except HTTPException:
        failure = crash()
        raise KernelError(400, failure.message.replace("500", "400")) from None


def nested(values: MultiDict[str, str]) -> Item:
    """Read PHP's brackets: `a[0][b]=c` and `a[]=b` become objects and lists."""
    found: Item = {}
    for name, value in values.items(multi=True):
        head, _, _ = name.partition("[")
        _put(found, [head, *_PART.findall(name)], value)
    return found


def _put(target: Item, path: list[str], value: str) -> None:
    head, *rest = path
    head = head or str(len(target))
    if not rest:
        target[head] = value
        return
    inner = target.setdefault(head, {})
    if isinstance(inner, dict):
        _put(inner, rest, value)


def _answer(
    status: int, body: Any, headers: Mapping[str, str] | None = None
) -> Response:
    answer = Response(php.json_encode(body), status, mimetype="application/json")
    answer.headers.update({"Mautic-Version": VERSION} | dict(headers or {}))
    return answer


def _failed(error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101  # registered for this type
    return _answer(error.status, error.body())


def _not_routed(state: State, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this type
    makes_report = request.path == "/api/reports/new"
    is_told = makes_report and state.is_since(*REPORTS_SINCE)
    if error.code in (404, 405) and not is_told:
        missing = KernelError(404, f"Requested URL not found: {request.path}")
        return _answer(404, missing.body())
    status = error.code or 500
    return _answer(status, KernelError(status, error.description or "").body())
