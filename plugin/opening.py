"""The start of the web process: the door is open before the rest of the house is."""

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore, Event, Thread
from typing import TYPE_CHECKING

import structlog
from flask import Flask
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response
from werkzeug.wsgi import ClosingIterator

from plugin import bootstrap, config, health, logs
from plugin.app import AnyRequest, create_app
from plugin.config import Settings
from plugin.errors import Retryable
from plugin.pipeline.jobs import Jobs, open_huey
from plugin.pipeline.kick import Kick
from plugin.pipeline.parts import Parts
from plugin.pipeline.spool import Drainer, Spool
from plugin.pipeline.spooling import AWAY_SECONDS, SpoolingInbox
from webhooks.inbox import Delivery
from webhooks.views import Intake, open_door

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

#: A start waits so long for the whole house, then it opens the door alone.
OPEN_SECONDS = 5.0
#: Threads that no page takes: each may wait for a database that says nothing.
OURS = 2
#: What is answered whoever waits.
ALWAYS = ("/webhooks/", "/healthz")
RETRY_SOON = {"Retry-After": "10"}


def serve(*, clock: Clock = bootstrap.now) -> "Opening":
    """Build what `stdc web` serves, from the file that $STDC_CONFIG names.

    Raises Misconfigured when that file is wrong; whatever else is, the door opens.
    """
    path = Path(os.environ.get("STDC_CONFIG", "config.toml"))
    settings = config.load(path, os.environ)
    logs.configure(settings)
    return Opening(settings, partial(_whole, settings, clock), clock)


def _whole(settings: Settings, clock: Clock) -> Parts:
    parts = bootstrap.build(settings, clock=clock)
    jobs = Jobs(parts, open_huey(settings.jobs, settings.data_dir))
    parts.kick = Kick(jobs.ask)
    return parts


class Opening:
    """A web application that takes deliveries from its first moment on.

    Mautic up to 6 forgets what it cannot deliver, so a restart must not wait for a
    database that is away, for tables of another version, or for a mistake in the
    mappings: until all is well deliveries go to the spool, and pages answer 503.
    """

    def __init__(
        self,
        settings: Settings,
        build: Callable[[], Parts],
        clock: Clock,
        *,
        every_seconds: float = AWAY_SECONDS,
    ) -> None:
        """Build the whole, or open the door alone and go on trying every so often.

        So it does after `OPEN_SECONDS` too, when a database says nothing at all.
        """
        self._build = build
        self._spool = Spool(settings.spool)
        self._every_seconds = every_seconds
        self._drainer: Drainer | None = None
        self._room = BoundedSemaphore(max(1, settings.door.threads - OURS))
        self._app = _door_alone(settings, clock, self._drain)
        tried = Event()
        Thread(target=self._go_on, args=(tried,), name="opening", daemon=True).start()
        tried.wait(OPEN_SECONDS)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request, by what is open; pages leave some threads to the door."""
        if str(environ.get("PATH_INFO")).startswith(ALWAYS):
            return self._app(environ, start_response)
        if not self._room.acquire(blocking=False):
            busy = Response("Too much is asked of it at once.", 503, RETRY_SOON)
            return busy(environ, start_response)
        try:
            answer = self._app(environ, start_response)
        except BaseException:
            self._room.release()
            raise
        return ClosingIterator(answer, self._room.release)

    def _go_on(self, tried: Event) -> None:
        whole = self._try()
        if whole is not None:
            self._app = whole
        tried.set()
        pause = Event()
        while whole is None:
            pause.wait(self._every_seconds)
            whole = self._try()
        self._app = whole
        # what came through the door before the house was there
        if self._spool.waiting():
            self._drain()
        log.info("opening.done")

    def _try(self) -> Flask | None:
        try:
            parts = self._build()
            whole = create_app(parts)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the door opens
            log.error("opening.not_yet", why=str(error))  # noqa: TRY400 -- no bug of ours
            return None
        self._drainer = Drainer(parts)
        return whole

    def _drain(self) -> None:
        if self._drainer is not None:
            self._drainer()


class _NotYet:
    """The inbox of a store that is not open."""

    def accept(self, delivery: Delivery) -> int:
        del delivery
        raise Retryable("the store is not open yet")


def _door_alone(
    settings: Settings, clock: Clock, on_spooled: Callable[[], None]
) -> Flask:
    app = Flask("plugin", static_folder=None)
    app.request_class = AnyRequest
    spooling = SpoolingInbox(_NotYet(), settings.spool, on_spooled=on_spooled)
    intake = Intake(
        sources=bootstrap.sources_of(settings),
        inbox=spooling,
        clock=clock,
        max_bytes=settings.door.max_bytes,
    )
    open_door(app, intake)
    health.register_closed(app, settings, intake)

    @app.errorhandler(404)
    def closed(_error: Exception) -> ResponseReturnValue:
        said = "The service is starting: its database or its mappings are not ready."
        return said, 503, {"Content-Type": "text/plain", **RETRY_SOON}

    return app
