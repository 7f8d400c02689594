"""The web application: the door, and the pages."""

from string import printable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, Request

from plugin import health, ui
from plugin.pipeline.parts import Parts
from plugin.pipeline.spool import Drainer, SpoolingInbox
from webhooks.views import Intake, create_blueprint

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


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
        self.query_string = quote(self.query_string, safe=printable).encode()


def _is_host(text: str) -> bool:
    try:
        text.encode("idna")
    except UnicodeError:
        return False
    return True


def create_app(parts: Parts) -> Flask:
    """Build the WSGI application of a whole installation."""
    app = Flask("plugin", static_folder=None)
    app.request_class = AnyRequest
    inbox = _inbox(parts)
    app.register_blueprint(
        create_blueprint(
            Intake(
                sources=parts.sources,
                inbox=inbox,
                clock=parts.clock,
                max_bytes=parts.settings.door.max_bytes,
                on_accepted=parts.kick,
            )
        )
    )
    health.register(app, parts, inbox)
    ui.register(app, parts)
    return app


def _inbox(parts: Parts) -> SpoolingInbox:
    """Make the door's inbox; what an earlier process left on disk is moved first."""
    drainer = Drainer(parts)
    inbox = SpoolingInbox(
        parts.store.inbox,
        parts.settings.spool,
        clock=parts.clock,
        on_spooled=drainer,
    )
    if inbox.spool.waiting():
        drainer()
    return inbox
