"""The pages: server-rendered, readable without JavaScript, closed without a key."""

from flask import Flask

from plugin.pipeline.parts import Parts
from plugin.ui import language, pages, sign_in, words


def register(app: Flask, parts: Parts) -> None:
    """Add pages, sign-in and translations to the application."""
    sign_in.configure(app, parts.settings)
    language.configure(app, parts.settings)
    words.configure(app)
    app.register_blueprint(sign_in.create_blueprint(parts.settings))
    app.register_blueprint(pages.create_blueprint(parts))
