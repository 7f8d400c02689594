"""Dutch or English: asked for by `?lang=`, else kept, else as installed."""

from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, Response, request, session
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

    @app.after_request
    def tell(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Language", current())
        return response

    app.jinja_env.globals["language"] = current
    app.jinja_env.globals["in_language"] = in_language


def current() -> str:
    """Name the language of this request: nl or en."""
    return str(get_locale() or LANGUAGES[0])[:2]


def in_language(language: str) -> str:
    """Give the address of this same page in a language; never repeats a token."""
    asked = request.args.to_dict()
    asked.pop("token", None)
    return "?" + urlencode({**asked, "lang": language})
