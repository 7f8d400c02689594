"""The web application: the door, and the pages."""

from collections.abc import Iterable
from string import printable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, Request

from plugin import health, ui
from plugin.pipeline.parts import Parts
from plugin.pipeline.spool import Drainer
from plugin.pipeline.spooling import SpoolingInbox
from webhooks.views import Intake, open_door

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class AnyRequest(Request):
    """A request whose address and Host may be anything.

    Werkzeug fails on a Host that is no name of a machine, and on a query with a byte
    that is no UTF-8, where the server lets one through (gunicorn does not). Neither
    says anything to us, so neither may cost a delivery.
    """

    def __init__(self, environ: "WSGIEnvironment", *given: Any, **more: Any) -> None:
        """Read it: such bytes as %80 and the like, such a Host as none."""
        if not _is_host(environ.get("HTTP_HOST", "")):
            del environ["HTTP_HOST"]
        super().__init__(environ, *given, **more)
        if self.query_string:
            self.query_string = quote(self.query_string, safe=printable).encode()


def _is_host(text: str) -> bool:
    try:
        text.encode("idna")
    except UnicodeError:
        return False
    return True


def create_app(parts: Parts) -> Flask:
    """Build the WSGI application of a whole installation: the pages, the door before.

    The door is an application of its own, so that neither what the pages cost per
    request nor a mistake in them can touch a delivery.
    """
    app = Flask("plugin", static_folder=None)
    app.request_class = AnyRequest
    ui.register(app, parts)
    pages, door = app.wsgi_app, _door(parts).wsgi_app

    def serve(
        environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        chosen = door if _is_for_machines(environ["PATH_INFO"]) else pages
        return chosen(environ, start_response)

    app.wsgi_app = serve  # type: ignore[method-assign] # as Flask's manual has it
    return app


def _is_for_machines(path: str) -> bool:
    return path.startswith("/webhooks/") or path in health.PATHS


def _door(parts: Parts) -> Flask:
    door = Flask("door", static_folder=None)
    door.request_class = AnyRequest
    inbox = _inbox(parts)
    intake = Intake(
        sources=parts.sources,
        inbox=inbox,
        clock=parts.clock,
        max_bytes=parts.settings.door.max_bytes,
        on_accepted=parts.kick,
    )
    open_door(door, intake)
    health.register(door, parts, inbox)
    return door


def _inbox(parts: Parts) -> SpoolingInbox:
    """Make the door's inbox; what an earlier process left on disk is moved first."""
    drainer = Drainer(parts)
    inbox = SpoolingInbox(
        parts.store.inbox,
        parts.settings.spool,
        on_spooled=drainer,
    )
    if inbox.spool.waiting():
        drainer()
    return inbox
