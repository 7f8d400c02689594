"""The web application: the door, and the pages."""

from flask import Flask

from plugin import health, ui
from plugin.pipeline.parts import Parts
from plugin.pipeline.spool import Drainer, SpoolingInbox
from webhooks.views import Intake, create_blueprint


def create_app(parts: Parts) -> Flask:
    """Build the WSGI application of a whole installation."""
    app = Flask("plugin", static_folder=None)
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
