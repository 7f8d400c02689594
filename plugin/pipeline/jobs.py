"""The jobs and their clock: Huey's consumer, schedules, locks and signals.

Every job drains rows that stand in the inbox or the outbox, so a job that is
lost loses nothing: the next one, at the latest a minute later, finds the rows.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer

from plugin.config import JobSettings
from plugin.errors import Misconfigured
from plugin.pipeline import deliver_ats, deliver_mautic
from plugin.pipeline.catalogue import refresh_all
from plugin.pipeline.parts import Parts
from plugin.pipeline.process import process
from plugin.pipeline.reconcile import reconcile
from plugin.pipeline.sweep import sweep

log = structlog.get_logger(__name__)

#: Deliveries per pass: small enough that a stop is quick.
PROCESS_LIMIT = 200
#: The door asks for a pass at most this often; what waits is taken together.
KICK_SECONDS = 0.25


def open_huey(settings: JobSettings, data_dir: Path) -> Huey:
    """Open the job queue that the settings name.

    Raises Misconfigured when Redis or PostgreSQL is asked for without a URL.
    """
    if settings.backend == "sqlite":
        return SqliteHuey("stdc", filename=str(data_dir / "jobs.db"), results=False)
    if not settings.url:
        raise Misconfigured(
            f"jobs.backend = {settings.backend!r} needs jobs.url",
            (f"give jobs.url, as in {settings.backend}://127.0.0.1/0",),
        )
    if settings.backend == "redis":
        return RedisHuey("stdc", url=settings.url, results=False)
    return PostgresHuey("stdc", dsn=settings.url, results=False)


class Jobs:
    """The tasks of one installation, registered with its queue."""

    def __init__(self, parts: Parts, huey: Huey) -> None:
        """Register the tasks; nothing runs until a consumer does."""
        self.parts = parts
        self.huey = huey
        self.process = self._register("process", self._process)
        self.deliver = self._register("deliver", self._deliver)
        self._every_minute("tick", self._tick)
        self._every("catalogue", self._catalogue, crontab(minute="*/10"))
        self._every("reconcile", self._reconcile, crontab(minute="5-59/10"))

    def _register(self, name: str, run: Callable[[], None]) -> Callable[[], Any]:
        task: Callable[[], Any] = self.huey.task(name=name)(self._alone(name, run))
        return task

    def _every_minute(self, name: str, run: Callable[[], None]) -> None:
        self._every(name, run, crontab())

    def _every(self, name: str, run: Callable[[], None], when: Any) -> None:
        self.huey.periodic_task(when, name=name)(self._alone(name, run))

    def _alone(self, name: str, run: Callable[[], None]) -> Callable[[], None]:
        """Run one at a time over all workers; a second one has nothing to do."""

        def locked() -> None:
            lock = self.huey.lock_task(name)
            if not lock.acquire():
                return
            try:
                run()
            finally:
                lock.clear()

        return locked

    def _process(self) -> None:
        while process(self.parts, limit=PROCESS_LIMIT).deliveries:
            self.deliver()
        self.deliver()

    def _deliver(self) -> None:
        deliver_mautic.deliver_all(self.parts)
        deliver_ats.deliver_all(self.parts)
        # what an ATS answered changes what Mautic shows
        deliver_mautic.deliver_all(self.parts)

    def _tick(self) -> None:
        self._process()
        sweep(self.parts)
        deliver_ats.poll_all(self.parts)
        self._deliver()

    def _catalogue(self) -> None:
        refresh_all(self.parts)

    def _reconcile(self) -> None:
        if reconcile(self.parts).healed:
            self._deliver()


class Kick:
    """Ask for a pass over the inbox: at once, then at most every so often.

    A burst of deliveries asks once at its start and once after it, so that the
    last one is never left waiting for the minute's tick.
    """

    def __init__(self, enqueue: Callable[[], Any]) -> None:
        """Take the task to enqueue."""
        self._enqueue = enqueue
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._last = 0.0

    def __call__(self) -> None:
        """Enqueue now, or soon if one was enqueued a moment ago."""
        with self._lock:
            if self._timer is not None:
                return
            wait = self._last + KICK_SECONDS - time.monotonic()
            if wait <= 0:
                self._fire()
            else:
                self._timer = threading.Timer(wait, self._later)
                self._timer.daemon = True
                self._timer.start()

    def _later(self) -> None:
        with self._lock:
            self._timer = None
            self._fire()

    def _fire(self) -> None:
        self._last = time.monotonic()
        try:
            self._enqueue()
        except Exception:  # the minute's tick takes what stays
            log.exception("kick.failed")


def work(jobs: Jobs, workers: int) -> None:
    """Run the consumer until SIGTERM or SIGINT; finish what is under way first."""
    jobs.huey.flush_locks("process", "deliver", "tick", "catalogue", "reconcile")
    consumer = Consumer(
        jobs.huey,
        workers=workers,
        max_delay=0.5,
        graceful_signal="TERM",
        shutdown_timeout=60,
    )
    jobs.process()
    consumer.run()
