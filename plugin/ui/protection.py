"""What keeps other sites and scripts out of our pages."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from flask_babel import lazy_gettext as _

from plugin.config import Settings

#: Only our own style sheets, pictures and forms; no script at all.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
#: Methods that change nothing.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BLUEPRINTS = frozenset({"pages", "sign_in"})


def configure(app: Flask, settings: Settings) -> None:
    """Refuse forms of other sites, and put the headers on every page."""
    hosts = {urlsplit(settings.base_url).netloc}

    @app.before_request
    def refuse() -> None:
        if is_page() and request.method not in SAFE and not _is_own_form(hosts):
            abort(403, _("This form was not sent from our own pages."))

    @app.after_request
    def protect(response: Response) -> Response:
        if is_page():
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response


def is_page() -> bool:
    """Whether this request is for a page: not the door, whose callers read JSON."""
    return request.endpoint is None or request.blueprint in BLUEPRINTS


def _is_own_form(hosts: set[str]) -> bool:
    """Believe the browser, which says where a form comes from; scripts say nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc in hosts | {request.host}
