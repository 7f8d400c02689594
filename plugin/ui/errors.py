"""Errors in the same dress as the pages: what is wrong, and the way back."""

from collections.abc import Mapping

import structlog
from flask import Flask, render_template
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.wrappers import Response

from plugin.errors import Retryable
from plugin.ui.protection import is_page

log = structlog.get_logger(__name__)

#: What to call an error, and what to say of it, by HTTP status.
WORDS: Mapping[int, tuple[str, str]] = {
    403: (_("Not allowed"), _("This is not for you to see.")),
    404: (_("Not there"), _("There is no such page, or it is no more.")),
    405: (_("Not this way"), _("This address is not meant to be opened like this.")),
    500: (_("Our fault"), _("Something went wrong on our side. The log says what.")),
    503: (_("Busy"), _("The database could not answer now. Try again in a moment.")),
}
OTHER = (_("That did not work"), _("The request could not be understood."))


def configure(app: Flask) -> None:
    """Dress the errors of pages; the door's callers get theirs as they are."""
    app.register_error_handler(HTTPException, dress)
    app.register_error_handler(Retryable, busy)


def dress(error: HTTPException) -> HTTPException | Response:
    """Write an error as a page; its status and headers stay."""
    if not is_page():
        return error
    title, text = WORDS.get(error.code or 500, OTHER)
    if error.description != type(error).description:
        text = error.description or text
    response = error.get_response()
    response.set_data(render_template("error.html", title=title, text=text))
    response.content_type = "text/html; charset=utf-8"
    return Response.force_type(response)


def busy(error: Retryable) -> HTTPException | Response:
    """Ask to come back when the store could not answer."""
    if not is_page():
        raise error
    log.warning("page.busy", reason=str(error))
    return dress(ServiceUnavailable(retry_after=5))
