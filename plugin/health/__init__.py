"""Whether everything is well: endpoints for machines, `stdc doctor` for people."""

from flask import Flask

from plugin.config import Settings
from plugin.health.views import create_blueprint, create_closed_blueprint
from plugin.pipeline.parts import Parts
from plugin.pipeline.spooling import SpoolingInbox
from webhooks.views import Intake

#: What machines ask, beside the door.
PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


def register(app: Flask, parts: Parts, inbox: SpoolingInbox) -> None:
    """Add `/healthz`, `/readyz` and `/metrics` to the application."""
    app.register_blueprint(create_blueprint(parts, inbox))


def register_closed(app: Flask, settings: Settings, intake: Intake) -> None:
    """Add the same to a door behind which nothing is open yet."""
    blueprint = create_closed_blueprint(settings, intake.sources, intake.clock)
    app.register_blueprint(blueprint)
