"""The look-alike's HTTP: JSON-2 on 19, JSON-RPC on both, and the page for people."""

import json
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue

from plugin.sandbox.faults import WSGI, Faults, breaking
from plugin.sandbox.odoo.methods import Methods
from plugin.sandbox.odoo.model import OdooError
from plugin.sandbox.odoo.overview import page
from plugin.sandbox.odoo.seed import NO_RIGHTS, SYNC
from plugin.sandbox.odoo.state import State

DATABASE = "sandbox"
KEY, KEY_WITHOUT_RIGHTS = "sandbox-api-key", "sandbox-key-without-rights"
USERS = {KEY: SYNC, KEY_WITHOUT_RIGHTS: NO_RIGHTS}
LOGINS = {"mautic-sync": SYNC, "norights": NO_RIGHTS}
_NEW = 19
_NO_DATABASE = "<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
#: What Python says of a call by position with an argument too few.
_BAD_CALL = "missing a required argument: {!r}"


def create_app(state: State, faults: Faults) -> WSGI:
    """Build the app around one database."""
    app = Flask("plugin.sandbox.odoo")
    methods = Methods(state)
    is_new = state.version >= _NEW
    app.add_url_rule("/", "page", lambda: page(state))
    app.add_url_rule("/web", "web", lambda: page(state))
    app.add_url_rule(
        "/jsonrpc", "jsonrpc", lambda: _jsonrpc(state, methods), methods=["POST"]
    )
    if is_new:
        version = {"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"}
        app.add_url_rule("/web/version", "version", lambda: version)

    @app.route("/json/2/<model>/<method>", methods=["POST"])
    def json2(model: str, method: str) -> ResponseReturnValue:
        """Call by JSON-2; 18 sends whoever comes here to its login page."""
        if not is_new:
            return redirect(f"/web/login?redirect={request.path}", 303)
        return _json2(methods, model, method)

    return breaking(app.wsgi_app, faults)


def _json2(methods: Methods, model: str, method: str) -> ResponseReturnValue:
    try:
        return _answer(_json2_call(methods, model, method))
    except OdooError as error:
        told = _told(error) | {"arguments": [error.message], "context": {}}
        return _answer(told, error.status)


def _json2_call(methods: Methods, model: str, method: str) -> Any:
    database = request.headers.get("X-Odoo-Database")
    if database not in (None, "", DATABASE):
        raise _Html(_NO_DATABASE)
    user = _user()
    try:
        given = json.loads(request.get_data())
    except ValueError as error:
        raise OdooError(
            "werkzeug.exceptions.BadRequest",
            f"could not parse the body as json: {error}",
            HTTPStatus.BAD_REQUEST,
        ) from None
    named = given if isinstance(given, dict) else {}
    how = methods.find(model, method)
    ids = named.pop("ids", None)
    for name in how.required:
        if name not in named:
            raise _unprocessable(_BAD_CALL.format(name))
    if ids is not None and not how.on_records:
        raise _unprocessable(f"cannot call {model}.{method} with ids")
    return _run(methods, user, model, method, ids, named)


def _run(  # noqa: PLR0917 -- the parts of one call
    methods: Methods, user: int, model: str, method: str, ids: Any, named: Any
) -> Any:
    try:
        return methods.call(user, model, method, ids, named)
    except (TypeError, KeyError) as error:
        raise OdooError("builtins.TypeError", str(error)) from error


def _user() -> int:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    user = USERS.get(key) if scheme.lower() == "bearer" else None
    if user is None:
        raise OdooError(
            "werkzeug.exceptions.Unauthorized",
            "Invalid apikey",
            HTTPStatus.UNAUTHORIZED,
        )
    return user


def _unprocessable(message: str) -> OdooError:
    return OdooError("werkzeug.exceptions.UnprocessableEntity", message, 422)


class _Html(OdooError):
    """An answer that is no JSON at all."""

    def __init__(self, text: str) -> None:
        super().__init__("", text, HTTPStatus.NOT_FOUND)


def _jsonrpc(state: State, methods: Methods) -> ResponseReturnValue:
    try:
        call = json.loads(request.get_data())
        params = call.get("params") or {}
    except (ValueError, AttributeError):
        return Response("Invalid JSON data", HTTPStatus.BAD_REQUEST)
    whole = {"jsonrpc": "2.0", "id": call.get("id")}
    try:
        result = _service(state, methods, **params)
    except OdooError as error:
        told = _told(error) | {"arguments": [error.message], "context": {}}
        failure = {"code": 200, "message": "Odoo Server Error", "data": told}
        return _answer(whole | {"error": failure})
    # a method that returns nothing leaves the key out
    return _answer(whole if result is None else whole | {"result": result})


def _service(
    state: State, methods: Methods, *, service: str, method: str, args: list[Any]
) -> Any:
    if (service, method) == ("common", "version"):
        return {"server_version": f"{state.version}.0", "protocol_version": 1}
    if args[0] != DATABASE:
        raise OdooError(
            "psycopg2.OperationalError",
            f'FATAL:  database "{args[0]}" does not exist\n',
        )
    if (service, method) == ("common", "authenticate"):
        _, login, key, _agent = args
        user = USERS.get(key)
        return user if user is not None and LOGINS.get(login) == user else False
    _, uid, key, model, name, by_position, *rest = args
    if uid not in USERS.values():
        raise OdooError(
            "odoo.exceptions.MissingError",
            f"Record does not exist or has been deleted.\n(Record: res.users({uid},))",
        )
    if USERS.get(key) != uid:
        raise OdooError("odoo.exceptions.AccessDenied", "Access Denied")
    return _execute(methods, uid, model, name, by_position, rest[0] if rest else {})


def _execute(  # noqa: PLR0917 -- the parts of one call
    methods: Methods, user: int, model: str, name: str, given: list[Any], more: Any
) -> Any:
    how = methods.find(model, name)
    if name == "create" and not given:
        raise OdooError("builtins.IndexError", "tuple index out of range")
    left = list(given)
    ids = left.pop(0) if how.on_records and left else None
    names = how.required or ("fields",)
    named = dict(zip(names, left, strict=False)) | more
    for wanted in how.required:
        if wanted not in named:
            message = f"{name}() missing 1 required positional argument: {wanted!r}"
            raise OdooError("builtins.TypeError", message)
    return _run(methods, user, model, name, ids, named)


def _told(error: OdooError) -> dict[str, Any]:
    debug = error.message.strip().rsplit("\n", 1)[-1]
    return {"name": error.name, "message": error.message, "debug": debug}


def _answer(value: Any, status: int = 200) -> Response:
    if isinstance(value, dict) and value.get("name") == "":
        return Response(value["message"], status, mimetype="text/html")
    return Response(json.dumps(value), status, mimetype="application/json")
