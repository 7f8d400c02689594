"""Who may see people: for now whoever holds the admin's token.

The token comes in by a form, or by the link that the demo prints, which works
on the same machine only: addresses end up in logs. From then on a signed cookie
says that it was shown.
"""

import hashlib
import hmac
import math
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import (
    Blueprint,
    Flask,
    abort,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from plugin.config import Settings
from plugin.ui.attempts import Attempts
from plugin.ui.language import LANGUAGES
from plugin.ui.protection import is_page

log = structlog.get_logger(__name__)

#: What is there without signing in.
OPEN = frozenset({"sign_in.form", "sign_in.enter", "sign_in.leave"})
#: What stays open when no token is set: the error page needs its dress.
STATIC = "pages.static"
#: A path on this site: nothing that a browser reads as another host.
OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def configure(app: Flask, settings: Settings) -> None:
    """Sign the session with a key of its own, derived from the admin's token.

    So a new token ends every session.
    """
    is_secure = settings.base_url.startswith("https://")
    app.secret_key = _key(settings)
    app.config.update(
        SESSION_COOKIE_NAME="__Host-stdc" if is_secure else "stdc",
        SESSION_COOKIE_HTTPONLY=True,
        # lax, not strict: marketers come here by a link in Mautic
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
    )


def create_blueprint(settings: Settings, clock: Callable[[], datetime]) -> Blueprint:
    """Offer the sign-in form, and stand before every page."""
    bp = Blueprint("sign_in", __name__, template_folder="templates")
    attempts = Attempts(clock)

    @bp.before_app_request
    def guard() -> ResponseReturnValue | None:
        return _guard(settings)

    @bp.get("/sign-in")
    def form() -> ResponseReturnValue:
        if "token" in request.args and _is_local(settings):
            return _enter(settings, attempts, request.args)
        if session.get("signed_in"):
            return redirect(own_path(request.args.get("then", "")))
        return render_template("sign_in.html", wrong=False)

    @bp.post("/sign-in")
    def enter() -> ResponseReturnValue:
        return _enter(settings, attempts, request.form)

    @bp.post("/sign-out")
    def leave() -> ResponseReturnValue:
        _start_anew()
        return redirect(url_for("sign_in.form"))

    return bp


def own_path(then: str) -> str:
    """Keep a redirect on this site; for anything else, the funnel."""
    return then if OWN_PATH.fullmatch(then) else url_for("pages.funnel")


def _key(settings: Settings) -> bytes:
    token = settings.ui.admin_token
    if token is None:
        return secrets.token_bytes()
    return hmac.new(token.reveal().encode(), b"session", hashlib.sha256).digest()


def _guard(settings: Settings) -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None or not is_page() or endpoint == STATIC:
        return None
    if settings.ui.admin_token is None:
        abort(403, _("The pages are closed: config.toml has no ui.admin_token."))
    if endpoint in OPEN or session.get("signed_in"):
        return None
    return redirect(url_for("sign_in.form", then=request.full_path.rstrip("?")))


def _enter(settings: Settings, attempts: Attempts, given: Any) -> ResponseReturnValue:
    who = request.remote_addr or ""
    wait = attempts.wait(who)
    if wait is not None:
        return _too_often(wait)
    if not _is_token(settings, given.get("token", "")):
        attempts.note(who)
        log.warning("sign_in.refused", address=who)
        return render_template("sign_in.html", wrong=True), 401
    _start_anew()
    session["signed_in"] = True
    session.permanent = True
    log.info("sign_in.accepted", address=who)
    return redirect(own_path(given.get("then", "")))


def _too_often(wait: timedelta) -> ResponseReturnValue:
    seconds = math.ceil(wait.total_seconds())
    page = render_template("sign_in.html", wait_minutes=math.ceil(seconds / 60))
    return page, 429, {"Retry-After": str(seconds)}


def _start_anew() -> None:
    """Forget everything but the language."""
    language = session.get("lang")
    session.clear()
    if language in LANGUAGES:
        session["lang"] = language


def _is_token(settings: Settings, given: str) -> bool:
    token = settings.ui.admin_token
    return token is not None and hmac.compare_digest(
        token.reveal().encode(), given.encode()
    )


def _is_local(settings: Settings) -> bool:
    return urlsplit(settings.base_url).hostname in LOOPBACK
