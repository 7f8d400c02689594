"""Who may see people: for now whoever holds the admin's token.

The token comes in by a form or, once, by a link such as the demo prints; from
then on a signed cookie says that it was shown. Every answer carries headers
that keep other sites and scripts out.
"""

import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from plugin.config import Settings

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
OPEN = frozenset({"sign_in.form", "sign_in.enter", "pages.static"})


def configure(app: Flask, settings: Settings) -> None:
    """Sign the session with a key of its own, derived from the admin's token."""
    token = settings.ui.admin_token
    key = token.reveal() if token else ""
    app.secret_key = hmac.new(key.encode(), b"session", hashlib.sha256).digest()
    app.config.update(
        SESSION_COOKIE_NAME="stdc",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
    )


def create_blueprint(settings: Settings) -> Blueprint:
    """Offer the sign-in form, and stand before every page."""
    bp = Blueprint("sign_in", __name__, template_folder="templates")

    _stand_before(bp, settings)

    @bp.get("/sign-in")
    def form() -> ResponseReturnValue:
        if "token" in request.args:
            return enter()
        return render_template("sign_in.html", wrong=False)

    @bp.post("/sign-in")
    def enter() -> ResponseReturnValue:
        given = request.values.get("token", "")
        if not _is_token(settings, given):
            return render_template("sign_in.html", wrong=True), 401
        session.clear()
        session["signed_in"] = True
        session.permanent = True
        return redirect(_local(request.values.get("then", "")))

    @bp.post("/sign-out")
    def leave() -> ResponseReturnValue:
        session.clear()
        return redirect(url_for("sign_in.form"))

    return bp


def _stand_before(bp: Blueprint, settings: Settings) -> None:
    """Let nobody pass who has not signed in, and give every page its headers."""

    @bp.before_app_request
    def guard() -> ResponseReturnValue | None:
        if not _is_page(request.endpoint) or request.endpoint in OPEN:
            return None
        if settings.ui.admin_token is None:
            abort(403, "the pages are closed: set ui.admin_token in config.toml")
        if session.get("signed_in"):
            return None
        return redirect(url_for("sign_in.form", then=request.full_path.rstrip("?")))

    @bp.after_app_request
    def protect(response: Response) -> Response:
        if _is_page(request.endpoint):
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response


def _is_page(endpoint: str | None) -> bool:
    return (endpoint or "").split(".")[0] in {"pages", "sign_in"}


def _is_token(settings: Settings, given: str) -> bool:
    token = settings.ui.admin_token
    return token is not None and hmac.compare_digest(
        token.reveal().encode(), given.encode()
    )


def _local(then: str) -> str:
    """Keep a redirect on this site: only a path, and not `//elsewhere`."""
    parts = urlsplit(then)
    is_path = then.startswith("/") and not then.startswith(("//", "/\\"))
    if is_path and not parts.scheme and not parts.netloc:
        return then
    return url_for("pages.funnel")
