"""The door: verify, keep, answer. What a delivery means is found out later."""

import errno
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    RequestEntityTooLarge,
    RequestTimeout,
)

from webhooks.errors import InvalidSignature, Trial
from webhooks.inbox import Delivery, Inbox
from webhooks.sources.base import TOKEN_HEADER, Source

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

#: Up to 6.x Mautic's queue forgets what got any answer, also "I could not keep it",
#: and sends again what got none. Others take a 503 for what it says.
FORGETFUL = frozenset({"mautic"})
#: Where a request's environment says that its sender is one of those.
_FORGETS = "stdc.forgets"
#: How the status begins of what was kept nowhere, and can be sent again.
_FAILED = ("5", "408")

#: How much of a body is asked for at once.
_CHUNK = 65536
#: How long a sender that can wait is asked to.
_RETRY_AFTER_SECONDS = "60"


def _nobody() -> None:
    """Wake nobody: the workers look by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What the door needs from the rest of the house."""

    #: "mautic" or "ats/<connection>" -> who sends there.
    sources: Mapping[str, Source]
    inbox: Inbox
    #: Says what time it is, aware UTC.
    clock: Callable[[], datetime]
    max_bytes: int = 10_000_000
    #: Called after the commit, to wake a worker; may fail without harm.
    on_accepted: Callable[[], None] = _nobody


def open_door(app: Flask, intake: Intake) -> None:
    """Let an application take deliveries.

    A sender that forgets what got an answer gets none where nothing was kept.
    """
    app.register_blueprint(create_blueprint(intake))
    app.wsgi_app = _HangUp(app.wsgi_app)  # type: ignore[method-assign] # Flask's way


class _HangUp:
    """Closes the connection in place of an answer that would cost a delivery.

    An error of this kind is what servers end a connection for without a word.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        statuses = list[str]()

        def start(status: str, *more: Any) -> Any:
            statuses.append(status)
            return start_response(status, *more)

        answer = self._app(environ, start)
        if environ.get(_FORGETS) and statuses[-1].startswith(_FAILED):
            if hasattr(answer, "close"):
                answer.close()
            raise ConnectionResetError(errno.ECONNRESET, "nothing was kept")
        return answer


def create_blueprint(intake: Intake) -> Blueprint:
    """Make POST /webhooks/mautic and POST /webhooks/ats/<connection>."""
    blueprint = Blueprint("webhooks", __name__)

    @blueprint.post("/webhooks/<path:name>")
    def receive(name: str) -> ResponseReturnValue:
        """Answer a delivery.

        Mautic up to 6 forgets its events once it has any answer at all, and a first
        answer other than 2xx switches a new webhook off: so 200, but only for
        what we hold, and no answer for what we could not keep.
        """
        return _receive(intake, name.rstrip("/"))

    @blueprint.route("/webhooks/<path:name>", methods=["GET", "PUT", "PATCH", "DELETE"])
    def explain(name: str) -> ResponseReturnValue:
        """Tell a person who opens the address in a browser what it is for."""
        message = f"/webhooks/{name} is a webhook address: it takes signed POSTs only"
        return {"error": message}, 405, {"Allow": "POST"}

    return blueprint


def _receive(intake: Intake, name: str) -> ResponseReturnValue:
    source = intake.sources.get(name)
    if source is None:
        return {"error": "no such webhook source is configured"}, 404
    request.environ[_FORGETS] = name in FORGETFUL
    try:
        body = _read(intake.max_bytes)
        source.verify(body, _headers())
    except Trial:
        return {"receipt": None}, 200
    except (HTTPException, InvalidSignature) as error:
        return _refuse(intake, name, error)
    return _keep(intake, name, body)


def _refuse(intake: Intake, name: str, error: Exception) -> ResponseReturnValue:
    said, status = "the body broke off", 400
    match error:
        case RequestEntityTooLarge():
            said, status = f"more than {intake.max_bytes} bytes", 413
        case RequestTimeout():
            said, status = "the body did not come in time", 408
        case InvalidSignature():
            said, status = str(error), 401
    log.warning("webhook refused: source=%s reason=%s", name, said)
    return {"error": said}, status


def _headers() -> dict[str, str]:
    """Read the headers; a `?token=` of the address counts as one.

    Some senders can neither sign nor set a header. Like every secret it is written
    into no log: nothing here logs an address.
    """
    headers = dict(request.headers)
    token = request.args.get("token") if request.query_string else None
    if token is not None:
        headers[TOKEN_HEADER] = token
    return headers


def _read(limit: int) -> bytes:
    """Read the body as sent; raise before or while it is more than `limit` bytes.

    Mautic never compresses, so nothing is unpacked: a small body stays small.
    """
    told = request.content_length
    if told is not None and told > limit:
        raise RequestEntityTooLarge
    try:
        body = b"".join(_chunks(limit + 1))
    except ConnectionError as error:
        raise RequestTimeout from error
    except Exception as error:
        # Every server has errors of its own for chunks that are none.
        raise BadRequest from error
    if len(body) > limit:
        raise RequestEntityTooLarge
    if told is not None and len(body) < told:
        raise BadRequest
    return body


def _chunks(room: int) -> Iterator[bytes]:
    while room and (part := request.stream.read(min(room, _CHUNK))):
        yield part
        room -= len(part)


def _keep(intake: Intake, name: str, body: bytes) -> ResponseReturnValue:
    delivery = Delivery(source=name, body=body, received_at=intake.clock())
    try:
        receipt = intake.inbox.accept(delivery)
    except Exception:
        # Whatever it was, nothing is kept, and the sender must hear that.
        log.exception("webhook not kept: source=%s bytes=%d", name, len(body))
        retry = {"Retry-After": _RETRY_AFTER_SECONDS}
        return {"error": "the delivery could not be kept"}, 503, retry
    try:
        intake.on_accepted()
    except Exception:
        # The delivery is kept: it is processed without the wake-up too.
        log.exception("no worker woken: receipt=%d", receipt)
    return {"receipt": receipt}, 200
