"""The web application: the door, and the pages."""

import os
from pathlib import Path

from flask import Flask

from plugin import bootstrap, config, logs, ui
from plugin.pipeline.jobs import Jobs, Kick, open_huey
from plugin.pipeline.parts import Parts
from webhooks.views import Intake, create_blueprint


def create_app(parts: Parts | None = None) -> Flask:
    """Build the WSGI application; without parts, from the file $STDC_CONFIG names."""
    if parts is None:
        parts = _from_environment()
    app = Flask("plugin", static_folder=None)
    app.register_blueprint(
        create_blueprint(
            Intake(
                sources=parts.sources,
                inbox=parts.store.inbox,
                clock=parts.clock,
                max_bytes=parts.settings.door.max_bytes,
                on_accepted=parts.kick,
            )
        )
    )
    ui.register(app, parts)
    return app


def _from_environment() -> Parts:
    path = Path(os.environ.get("STDC_CONFIG", "config.toml"))
    settings = config.load(path, os.environ)
    logs.configure(settings)
    parts = bootstrap.build(settings)
    jobs = Jobs(parts, open_huey(settings.jobs, settings.data_dir))
    parts.kick = Kick(jobs.process)
    return parts
