"""Whether everything is well: endpoints for machines, `stdc doctor` for people."""

from flask import Flask

from plugin.config import Settings
from plugin.health.views import create_blueprint, create_closed_blueprint
from plugin.pipeline.parts import Parts


def register(app: Flask, parts: Parts) -> None:
    """Add `/healthz`, `/readyz` and `/metrics` to the application."""
    app.register_blueprint(create_blueprint(parts))


def register_closed(app: Flask, settings: Settings) -> None:
    """Add `/healthz` and `/readyz` to a door behind which nothing is open yet."""
    app.register_blueprint(create_closed_blueprint(settings))
