"""Whether everything is well: endpoints for machines, `stdc doctor` for people."""

from flask import Flask

from plugin.health.views import create_blueprint
from plugin.pipeline.parts import Parts


def register(app: Flask, parts: Parts) -> None:
    """Add `/healthz`, `/readyz` and `/metrics` to the application."""
    app.register_blueprint(create_blueprint(parts))
