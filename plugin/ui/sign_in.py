"""Who may see people: who has an account in Mautic with a role that we know.

Beside that whoever holds the admin's token. It comes in by a form, or by the link that
the demo prints, which works on the same machine only: addresses end up in logs. From
then on a signed cookie says who it is.
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
from plugin.errors import Rejected, Retryable
from plugin.mautic.account import Account, Accounts
from plugin.ui import roles
from plugin.ui.attempts import Attempts
from plugin.ui.language import LANGUAGES
from plugin.ui.protection import is_page

log = structlog.get_logger(__name__)

#: What is there without signing in.
OPEN = frozenset(
    {
        *("sign_in.form", "sign_in.enter", "sign_in.leave"),
        *("sign_in.go_to_mautic", "sign_in.come_back"),
    }
)
#: What stays open when no token is set: the error page needs its dress.
STATIC = "pages.static"
#: A path on this site: nothing that a browser reads as another host.
OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def configure(app: Flask, settings: Settings) -> None:
    """Sign the session with a key of its own, derived from the admin's token.

    So a new token ends every session; without one it is the secret of Mautic's
    credentials that does.
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
        # else the answer to a style sheet, asked for before, undoes what a form did
        SESSION_REFRESH_EACH_REQUEST=False,
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
        if roles.current() is not None:
            return redirect(own_path(request.args.get("then", "")))
        return _form()

    @bp.post("/sign-in")
    def enter() -> ResponseReturnValue:
        return _enter(settings, attempts, request.form)

    @bp.get("/sign-in/mautic")
    def go_to_mautic() -> ResponseReturnValue:
        return _go(settings)

    @bp.get("/sign-in/mautic/back")
    def come_back() -> ResponseReturnValue:
        return _come_back(settings, attempts)

    @bp.post("/sign-out")
    def leave() -> ResponseReturnValue:
        _start_anew()
        return redirect(url_for("sign_in.form"))

    return bp


def own_path(then: str) -> str:
    """Keep a redirect on this site; for anything else, the funnel."""
    return then if OWN_PATH.fullmatch(then) else url_for("pages.funnel")


def _key(settings: Settings) -> bytes:
    token = settings.ui.admin_token or settings.ui.mautic_client_secret
    if token is None:
        return secrets.token_bytes()
    return hmac.new(token.reveal().encode(), b"session", hashlib.sha256).digest()


def _guard(settings: Settings) -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None or not is_page() or endpoint == STATIC:
        return None
    if not settings.ui.is_open:
        abort(403, _("The pages are closed: config.toml has no ui.admin_token."))
    if endpoint in OPEN or roles.current() is not None:
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
        return _form(wrong=True), 401
    _let_in(roles.TOKEN_HOLDER)
    return redirect(own_path(given.get("then", "")))


def _form(**said: Any) -> str:
    return render_template("sign_in.html", **said)


def _let_in(who: roles.Who) -> None:
    _start_anew()
    roles.remember(who)
    session.permanent = True
    log.info("sign_in.accepted", who=who.actor, role=who.role.value)


def _accounts(settings: Settings) -> Accounts:
    """Open the door by way of Mautic; 404 where none was made."""
    ui = settings.ui
    if ui.mautic_client_id is None or ui.mautic_client_secret is None:
        abort(404)
    back = f"{settings.base_url}{url_for('sign_in.come_back')}"
    secret = ui.mautic_client_secret.reveal()
    return Accounts(settings.mautic.url, ui.mautic_client_id, secret, back)


def _go(settings: Settings) -> ResponseReturnValue:
    url, state = _accounts(settings).begin()
    session["oauth"] = {"state": state, "then": request.args.get("then", "")}
    return redirect(url)


def _come_back(settings: Settings, attempts: Attempts) -> ResponseReturnValue:
    accounts = _accounts(settings)
    address = request.remote_addr or ""
    wait = attempts.wait(address)
    if wait is not None:
        return _too_often(wait)
    begun = session.pop("oauth", None) or {}
    state = str(begun.get("state") or "")
    if not state or not hmac.compare_digest(
        state.encode(), request.args.get("state", "").encode()
    ):
        attempts.note(address)
        said = _("This sign-in was not begun here, or it ended. Try again.")
        return _form(problem=said), 401
    if "code" not in request.args:
        return _form(problem=_("Mautic was told not to let you in here.")), 401
    try:
        account = accounts.finish(request.args["code"])
    except Rejected as error:
        attempts.note(address)
        log.warning("sign_in.refused", address=address, why=str(error))
        return _form(problem=_("Mautic did not let you in. Try again.")), 401
    except Retryable as error:
        log.warning("sign_in.mautic_away", why=str(error))
        return _form(problem=_("Mautic does not answer now. Try again later.")), 503
    return _known(settings, account, str(begun.get("then") or ""))


def _known(settings: Settings, account: Account, then: str) -> ResponseReturnValue:
    role = roles.role_of(account, settings.ui)
    if role is None:
        log.warning("sign_in.no_role", user=account.id)
        said = _(
            "Your role in Mautic, %(role)s, opens nothing here. An admin can add it to "
            "config.toml ([ui]).",
            role=account.role or "-",
        )
        return _form(problem=said), 403
    _let_in(roles.Who(name=account.name, role=role, user_id=account.id))
    return redirect(own_path(then))


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
