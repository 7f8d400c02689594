"""OAuth2: client credentials, and signing in with a Mautic account."""

import html
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from flask import Response, redirect, request, session
from werkzeug.wrappers import Response as Answered

from plugin.sandbox.mautic import auth
from plugin.sandbox.mautic.model import Item, KernelError
from plugin.sandbox.mautic.state import State

CODE_LIFETIME = timedelta(seconds=30)
REFRESH_LIFETIME = timedelta(days=14)
LOGIN, ACCEPT = "/oauth/v2/authorize_login", "/oauth/v2/authorize"
PARAMETERS = ("client_id", "response_type", "redirect_uri", "state", "scope")


def token(state: State, form: Mapping[str, str]) -> Item:
    """Answer a token request; raises the kernel's 400 for what is wrong with it."""
    client = _client(state, form)
    grant = form.get("grant_type")
    if grant == "client_credentials":
        return _issue(state, client, None, refresh=False)
    if grant == "authorization_code":
        row = _spend(state, "code", form, client)
        if row["redirect_uri"] != form.get("redirect_uri"):
            raise KernelError(
                400,
                "The redirect URI is missing or do not match",
                "redirect_uri_mismatch",
            )
        return _issue(state, client, row["user_id"], refresh=True)
    if grant == "refresh_token":
        row = _spend(state, "refresh_token", form, client)
        return _issue(state, client, row["user_id"], refresh=True)
    raise KernelError(
        400, "The grant type is unauthorized for this client_id", "unauthorized_client"
    )


def _client(state: State, form: Mapping[str, str]) -> Item:
    client = state.tables["clients"].first(public_id=form.get("client_id"))
    if client is None or client["secret"] != form.get("client_secret"):
        raise KernelError(400, "The client credentials are invalid", "invalid_client")
    return client


def _spend(state: State, kind: str, form: Mapping[str, str], client: Item) -> Item:
    table = state.tables[TABLES[kind]]
    row = table.first(**{kind: form.get(kind), "client": client["id"]})
    if row is None or state.now() >= row["expires_at"]:
        name = kind.replace("_", " ")
        raise KernelError(400, f"The {name} is invalid or expired", "invalid_grant")
    del table[row["id"]]
    return row


def _issue(state: State, client: Item, user_id: int | None, *, refresh: bool) -> Item:
    holder = {"client": client["id"], "user_id": user_id}
    made = _keep(state, "access_token", holder, auth.TOKEN_LIFETIME)
    answer: Item = {
        "access_token": made["access_token"],
        "expires_in": int(auth.TOKEN_LIFETIME.total_seconds()),
        "token_type": "bearer",
        "scope": None,
    }
    if refresh:
        row = _keep(state, "refresh_token", holder, REFRESH_LIFETIME)
        answer["refresh_token"] = row["refresh_token"]
    return answer


#: kind of secret -> table it is kept in
TABLES = {
    "access_token": "tokens",
    "refresh_token": "refresh_tokens",
    "code": "codes",
}


def _keep(state: State, kind: str, holder: Item, life: timedelta) -> Item:
    secret = state.token(kind, state.site_url, state.next("tokens"), length=64)
    row = holder | {kind: secret, "expires_at": state.now() + life}
    return state.tables[TABLES[kind]].add(row)


def expire_tokens(state: State) -> None:
    """Make every access token expired, as an hour of waiting would."""
    for row in state.tables["tokens"].values():
        row["expires_at"] = state.now()


def token_view(state: State) -> Item:
    """Read the token request: form-encoded or JSON."""
    given = request.get_json(silent=True) if request.is_json else None
    return token(state, given if isinstance(given, dict) else request.values)


def authorize(state: State) -> Answered:
    """Show the page to accept, after Mautic's own login page."""
    asked = {name: request.values.get(name, "") for name in PARAMETERS}
    client = state.tables["clients"].first(public_id=asked["client_id"])
    if client is None or asked["redirect_uri"] not in client["redirect_uris"]:
        raise KernelError(
            400,
            "The redirect URI provided does not match registered URI(s).",
            "redirect_uri_mismatch",
        )
    if "user_id" not in session:
        session["back"] = f"{ACCEPT}?{urlencode(asked)}"
        return redirect(LOGIN)
    if request.method == "GET":
        return _page(_accept_form(client, asked))
    back: Item = {"state": asked["state"]} if asked["state"] else {}
    if "accepted" in request.form:
        back["code"] = _code(state, client, asked["redirect_uri"])
    else:
        back["error"] = "access_denied"
    joint = "&" if "?" in asked["redirect_uri"] else "?"
    return redirect(asked["redirect_uri"] + joint + urlencode(back))


def _code(state: State, client: Item, redirect_uri: str) -> str:
    user_id = int(session["user_id"])
    holder = {"client": client["id"], "user_id": user_id}
    row = _keep(state, "code", holder, CODE_LIFETIME)
    row["redirect_uri"] = redirect_uri
    return str(row["code"])


def login(state: State) -> Answered:
    """Show Mautic's login page, or check what was filled in there."""
    if request.method == "GET":
        return _page(LOGIN_FORM)
    name, word = request.form.get("_username", ""), request.form.get("_password", "")
    user = auth.sign_in(state, name, word)
    if user is None:
        return redirect(LOGIN)
    session["user_id"] = user["id"]
    return redirect(str(session.pop("back", "/")))


def logout() -> Answered:
    """Forget who signed in."""
    session.clear()
    return redirect("/")


def _page(body: str) -> Response:
    head = "<!doctype html><html lang='en'><meta charset='utf-8'><title>Mautic</title>"
    return Response(
        f"{head}<body><main>{body}</main></body></html>", mimetype="text/html"
    )


LOGIN_FORM = f"""<h1>Mautic</h1>
<form class="form-login" method="post" action="{LOGIN}_check">
<label>Username <input name="_username" autocomplete="username"></label>
<label>Password <input name="_password" type="password"></label>
<button type="submit">Login</button></form>"""


def _accept_form(client: Item, asked: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in asked.items()
    )
    return f"""<h1>{html.escape(str(client["name"]))} asks to use your account</h1>
<form method="post" action="{ACCEPT}" name="fos_oauth_server_authorize_form">{hidden}
<button name="accepted" value="Accept">Accept</button>
<button name="rejected" value="Deny">Deny</button></form>"""
