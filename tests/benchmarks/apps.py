"""The two applications that intake is measured on."""

import os

from flask import Flask, request

from plugin.bootstrap import now
from plugin.store import open_store, upgrade
from webhooks.sources.mautic import MauticSource
from webhooks.views import Intake, create_blueprint


def noop() -> Flask:
    """Read the body and answer, no more."""
    app = Flask("noop")

    @app.post("/webhooks/mautic")
    def receive() -> dict[str, int]:
        return {"receipt": len(request.get_data())}

    return app


def door() -> Flask:
    """Take deliveries as the service does: signature, durable commit, 200."""
    url = f"sqlite:///{os.environ['BENCH_FOLDER']}/intake.db"
    upgrade(url)
    store = open_store(url, clock=now)
    source = MauticSource([os.environ["BENCH_SECRET"].encode()])
    app = Flask("door")
    app.register_blueprint(
        create_blueprint(
            Intake(sources={"mautic": source}, inbox=store.inbox, clock=now)
        )
    )
    return app
