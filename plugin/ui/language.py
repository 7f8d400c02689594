"""Dutch or English: asked for by `?lang=`, else kept, else as installed."""

from pathlib import Path

from flask import Flask, request, session
from flask_babel import Babel, get_locale

from plugin.config import Settings

LANGUAGES = ("nl", "en")


def configure(app: Flask, settings: Settings) -> None:
    """Let Flask-Babel choose the language of each request."""

    def chosen() -> str:
        asked = request.args.get("lang") or session.get("lang")
        return asked if asked in LANGUAGES else settings.language.value

    Babel(
        app,
        default_locale=settings.language.value,
        default_translation_directories=str(Path(__file__).parent / "translations"),
        locale_selector=chosen,
    )

    @app.before_request
    def keep() -> None:
        if request.args.get("lang") in LANGUAGES:
            session["lang"] = request.args["lang"]

    app.jinja_env.globals["language"] = current


def current() -> str:
    """Name the language of this request: nl or en."""
    return str(get_locale() or LANGUAGES[0])[:2]
