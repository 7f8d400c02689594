"""The web application: the door, and the pages."""

import os
from pathlib import Path

from flask import Flask

from plugin import bootstrap, config, health, logs, ui
from plugin.pipeline.jobs import Jobs, open_huey
from plugin.pipeline.kick import Kick
from plugin.pipeline.parts import Parts
from plugin.pipeline.spool import Drainer, SpoolingInbox
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
                inbox=_inbox(parts),
                clock=parts.clock,
                max_bytes=parts.settings.door.max_bytes,
                on_accepted=parts.kick,
            )
        )
    )
    health.register(app, parts)
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


def _from_environment() -> Parts:
    path = Path(os.environ.get("STDC_CONFIG", "config.toml"))
    settings = config.load(path, os.environ)
    logs.configure(settings)
    parts = bootstrap.build(settings)
    jobs = Jobs(parts, open_huey(settings.jobs, settings.data_dir))
    parts.kick = Kick(jobs.ask)
    return parts
