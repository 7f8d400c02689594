"""The two applications that intake is measured on."""

import os
from pathlib import Path

from flask import Flask, request

from plugin.opening import Opening, serve

MAPPINGS = Path(__file__).parents[2] / "mappings"
CONFIG = """
[instance]
name = "benchmark"
base_url = "http://127.0.0.1"
mappings = "{mappings}"
data_dir = "data"
[mautic]
url = "http://127.0.0.1:9"
auth = "basic"
username = "nobody"
password = "env:BENCH_SECRET"
webhook_secrets = ["env:BENCH_SECRET"]
"""


def noop() -> Flask:
    """Read the body and answer, no more."""
    app = Flask("noop")

    @app.post("/webhooks/mautic")
    def receive() -> dict[str, int]:
        return {"receipt": len(request.get_data())}

    return app


def door() -> Opening:
    """Serve what `stdc web` serves: spool, counters, pages and all; SQLite, no worker.

    Nobody empties its queue of jobs, and its Mautic is away; the door needs neither.
    """
    path = Path(os.environ["BENCH_FOLDER"]) / "config.toml"
    path.write_text(CONFIG.format(mappings=MAPPINGS), encoding="utf-8")
    os.environ["STDC_CONFIG"] = str(path)
    return serve()
