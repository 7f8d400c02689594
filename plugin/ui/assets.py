"""Style sheets and icon: named by their content, so browsers may keep them."""

import hashlib
from pathlib import Path

from flask import Flask, Response, request, url_for

FOLDER = Path(__file__).parent / "static"
#: A year; a changed file has another address.
KEEP = "public, max-age=31536000, immutable"


def configure(app: Flask) -> None:
    """Let templates write `asset("stdc.css")`, and browsers keep what they got."""
    versions = {path.name: _digest(path) for path in FOLDER.iterdir()}

    def asset(name: str) -> str:
        return url_for("pages.static", filename=name, v=versions[name])

    @app.after_request
    def keep(response: Response) -> Response:
        name = (request.view_args or {}).get("filename", "")
        is_current = request.args.get("v") == versions.get(name, "")
        if request.endpoint == "pages.static" and is_current:
            response.headers["Cache-Control"] = KEEP
        return response

    app.jinja_env.globals["asset"] = asset


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
