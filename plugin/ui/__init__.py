"""The pages: server-rendered, readable without JavaScript, closed without a key."""

from flask import Flask

from plugin.pipeline.parts import Parts
from plugin.ui import (
    assets,
    errors,
    language,
    navigation,
    pages,
    protection,
    roles,
    sign_in,
    words,
)


def register(app: Flask, parts: Parts) -> None:
    """Add pages, sign-in and translations to the application."""
    protection.configure(app, parts.settings)
    sign_in.configure(app, parts.settings)
    language.configure(app, parts.settings)
    assets.configure(app)
    words.configure(app)
    navigation.configure(app)
    errors.configure(app)
    app.jinja_env.globals["viewer"] = roles.current
    app.jinja_env.globals["settings"] = parts.settings
    app.jinja_env.globals["mapping_version"] = lambda: parts.mappings.version
    app.register_blueprint(sign_in.create_blueprint(parts.settings, parts.clock))
    app.register_blueprint(pages.create_blueprint(parts))
