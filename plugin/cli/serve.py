"""`stdc run`, `stdc web`, `stdc worker`: the service's processes."""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

import click
import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.util import import_app
from gunicorn.workers.gthread import ThreadWorker

from plugin.cli.session import Session, pass_session
from plugin.errors import Retryable
from plugin.pipeline.jobs import Jobs, open_huey, work

log = structlog.get_logger(__name__)

#: The WSGI application, by name: it reads $STDC_CONFIG in the worker process.
APP = "plugin.opening:serve()"
#: How long a request may take, and a request under way at a stop.
REQUEST_SECONDS = 30
#: A request must have come in whole within so many seconds: as long as it has not, it
#: holds a thread.
READ_SECONDS = 10.0
#: How long children may take to end: the worker's own grace, and some.
STOP_SECONDS = 75.0
#: How often children are looked at.
LOOK_SECONDS = 0.1
#: What asks a process to end.
STOPS = (signal.SIGTERM, signal.SIGINT)
#: How a child ends that was asked to: by itself, or, as it had begun nothing and had no
#: handler yet, by the signal.
CLEAN = (0, -signal.SIGTERM)
#: How often a worker asks for a store that is away.
AWAY_SECONDS = 5.0

Children = Mapping[str, "subprocess.Popen[bytes]"]


@click.command()
@pass_session
def run(session: Session) -> None:
    """Take webhooks and work: the web server and the worker in one go.

    Both are processes of their own. SIGTERM or Ctrl-C ends both when they have
    finished what is under way. Should one die, the other is stopped and the exit
    code is 1: what restarts services on this machine will say so and do so.
    While the database is away both start all the same, and wait for it.
    """
    _prepare(session)
    stop = _stop_on_signals()
    children = {name: _start(session, name) for name in ("web", "worker")}
    log.info("started", **{name: child.pid for name, child in children.items()})
    died = _wait(children, stop)
    failed = _stop(children)
    if died:
        raise click.ClickException(f"{died} ended by itself; the rest is stopped too")
    if failed:
        raise click.ClickException(f"no clean end of: {', '.join(failed)}")
    log.info("stopped")


@click.command()
@pass_session
def web(session: Session) -> None:
    """Take webhooks and show pages; the worker runs elsewhere.

    One gunicorn worker process with threads (`door.threads`) listens on
    `door.host` and `door.port`. Put TLS in front of it.

    It starts whenever config.toml can be read: while the database is away, or the
    mappings have a mistake, deliveries are kept on disk, the log says why, and
    pages answer 503.
    """
    os.environ["STDC_CONFIG"] = str(session.config_path)
    door = session.settings.door
    _Server(bind=_address(door.host, door.port), threads=door.threads).run()


@click.command()
@pass_session
def worker(session: Session) -> None:
    """Process deliveries and send writes; the web server runs elsewhere.

    SIGTERM ends it when what is under way is finished. While the database is away
    it waits.
    """
    settings = session.settings
    if not _await_store(session):
        return
    jobs = Jobs(session.parts, open_huey(settings.jobs, settings.data_dir))
    work(jobs, settings.jobs.workers)


def _prepare(session: Session) -> None:
    """Find what is wrong before anything starts; a fresh store gets its tables.

    The connections are closed again: they must not be shared with children.
    """
    try:
        session.parts.store.close()
    except Retryable as error:
        log.warning("store_away", why=str(error))


def _await_store(session: Session) -> bool:
    """Open the store, as soon as it can be; False when asked to stop before."""
    before = {one: signal.getsignal(one) for one in STOPS}
    stop = _stop_on_signals()
    while not stop.is_set():
        try:
            session.parts  # noqa: B018 -- opened when first asked for
        except Retryable as error:
            log.warning("store_away", why=str(error))
            stop.wait(AWAY_SECONDS)
        else:
            break
    for one, handler in before.items():
        signal.signal(one, handler)  # the consumer has its own
    return not stop.is_set()


def _start(session: Session, command: str) -> "subprocess.Popen[bytes]":
    """Start `stdc web` or `stdc worker` in a session of its own.

    Ctrl-C in a terminal reaches a whole group at once; so it is ours to pass on.
    """
    config = str(session.config_path)
    return subprocess.Popen(  # noqa: S603 -- our own command
        [sys.executable, "-m", "plugin", "--config", config, command],
        start_new_session=True,
    )


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for one in STOPS:
        signal.signal(one, ask)
    return stop


def _wait(children: Children, stop: threading.Event) -> str | None:
    """Wait for a stop (None) or for a child that ends (its name)."""
    while not stop.wait(LOOK_SECONDS):
        for name, child in children.items():
            if child.poll() is not None:
                log.error("died", process=name, code=child.returncode)
                return name
    return None


def _stop(children: Children) -> Sequence[str]:
    """End all children; name those that did not end cleanly."""
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    return [
        name
        for name, child in children.items()
        if _code(name, child, deadline - time.monotonic()) not in CLEAN
    ]


def _code(name: str, child: "subprocess.Popen[bytes]", patience: float) -> int:
    try:
        return child.wait(max(patience, 0.0))
    except subprocess.TimeoutExpired:
        log.exception("killed", process=name)
        child.kill()
        return child.wait()


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class _Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn with our settings instead of a command line."""

    cfg: Config

    def __init__(self, **options: Any) -> None:
        self._options = {
            "worker_class": _Worker,
            "workers": 1,
            "timeout": REQUEST_SECONDS,
            "graceful_timeout": REQUEST_SECONDS,
            "logger_class": _ServerLog,
            "control_socket_disable": True,
            "proc_name": "stdc-web",
            **options,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return import_app(APP)


class _Socket(socket.socket):
    """A connection that is given up when a request takes too long to come in."""

    until = 0.0

    def recv(self, size: int, flags: int = 0) -> bytes:
        self.settimeout(max(self.until - time.monotonic(), 0.001))
        try:
            return super().recv(size, flags)
        except TimeoutError as error:
            # as if the client had gone: gunicorn makes no fuss about that
            raise ConnectionResetError(errno.ECONNRESET, "too slow") from error
        finally:
            self.settimeout(None)


class _Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn's worker with threads, none of which waits for a slow client for long.

    Its own time-outs know nothing of a request that comes drop by drop.
    """

    def enqueue_req(self, conn: Any) -> None:
        if not isinstance(conn.sock, _Socket):
            conn.sock = _Socket(fileno=conn.sock.detach())
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        conn.sock.until = time.monotonic() + READ_SECONDS
        return super().handle(conn)


class _ServerLog(Logger):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn's log, sent where all other lines go."""

    def setup(self, cfg: Config) -> None:
        self.cfg = cfg
        for one in (self.error_log, self.access_log):
            one.handlers.clear()
            one.propagate = True
