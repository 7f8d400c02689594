"""The jobs and their clock: Huey's consumer, its queue and its schedule.

Every job drains rows that stand in the store, so a job that is lost loses
nothing: the next one, at the latest a minute later, finds the rows.
"""

import gc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from psycopg.conninfo import conninfo_to_dict
from redis import ConnectionPool

from plugin.config import JobSettings
from plugin.errors import Misconfigured, StdcError
from plugin.pipeline import (
    catalogue,
    content_report,
    deliver_alerts,
    deliver_ats,
    deliver_mautic,
    digest,
    erasures,
    heartbeat,
    trials,
)
from plugin.pipeline.consumer import RestingConsumer
from plugin.pipeline.domains import learn_domains
from plugin.pipeline.hook import watch
from plugin.pipeline.parts import Parts
from plugin.pipeline.process import process
from plugin.pipeline.reconcile import reconcile
from plugin.pipeline.refresh import refresh
from plugin.pipeline.retention import purge
from plugin.pipeline.spool import drain
from plugin.pipeline.sweep import sweep
from plugin.pipeline.takeover import Takeover, watched
from plugin.pipeline.turns import OneAtATime, is_turn_lost, leased
from plugin.pipeline.writes import ALERT, MAUTIC, ats
from plugin.store.engine import POSTGRES_NETWORK

log = structlog.get_logger(__name__)

#: Deliveries per pass: small enough that a stop is quick.
PROCESS_LIMIT = 200
#: Passes before others get a turn, where there is one worker thread for all.
PASSES = 20
#: Jobs that wait, for the inbox and for each destination, before the door asks for
#: no more: nobody works, and rows stay.
MOST_WAITING = 20
#: What PostgreSQL calls a table that was made just now: unique_violation,
#: duplicate_table, duplicate_object (its row type).
MADE_JUST_NOW = frozenset({"23505", "42P07", "42710"})
#: How long the queue may take to answer, unless its address says otherwise; more
#: than Huey's own wait for a job.
QUEUE_SECONDS = 5
#: So many tables and indexes may each be made by somebody else first.
TRIES = 6
#: How long workers may end what is under way, in seconds.
GRACE_SECONDS = 60


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
        pool = ConnectionPool.from_url(
            settings.url,
            socket_timeout=QUEUE_SECONDS,
            socket_connect_timeout=QUEUE_SECONDS,
        )
        return RedisHuey("stdc", connection_pool=pool, results=False)
    return _postgres(settings.url)


def _postgres(url: str) -> Huey:
    """Open the queue; its tables may be made by several processes at once.

    PostgreSQL's CREATE TABLE IF NOT EXISTS is no protection from that: all but one
    of them are refused, and find what was refused when they try again.
    """
    told = conninfo_to_dict(url)
    network = {
        name: value for name, value in POSTGRES_NETWORK.items() if name not in told
    }
    for _ in range(TRIES):
        try:
            return PostgresHuey("stdc", dsn=url, results=False, **network)
        except Exception as error:
            if getattr(error, "sqlstate", None) not in MADE_JUST_NOW:
                raise
    return PostgresHuey("stdc", dsn=url, results=False, **network)


class Scheduled(NamedTuple):
    """A job that runs by the clock."""

    name: str
    when: Callable[..., bool]
    run: Callable[[], object]


class Jobs:
    """The tasks of one installation, registered with its queue."""

    def __init__(self, parts: Parts, huey: Huey) -> None:
        """Register the tasks; nothing runs until a consumer does."""
        self.parts = parts
        self.huey = huey
        #: Enqueue a pass over the inbox, or over the outbox.
        self.process = self._task("process", OneAtATime(self._process))
        #: What sends to each destination: none waits for another.
        self.senders = {
            where: self._task(f"deliver.{where}", OneAtATime(_plain(send)))
            for where, send in self._sending()
        }
        #: Enqueue the judging of everybody by mappings that changed.
        self.rejudge = self._task("rejudge", OneAtATime(self._rejudge))
        huey.periodic_task(crontab(), name="tick")(_plain(OneAtATime(self._tick)))
        for one in self.schedule():
            huey.periodic_task(one.when, name=one.name)(self._by_the_clock(one))

    def ask(self) -> None:
        """Enqueue a pass over the inbox, unless plenty of jobs wait already."""
        if self.huey.pending_count() < MOST_WAITING * (1 + len(self.senders)):
            self.process()

    def deliver(self) -> None:
        """Enqueue a pass over the outbox for each destination that is due anything."""
        now = self.parts.clock()
        with self.parts.store.view() as unit:
            due = [one for one in self.senders if unit.outbox.has_due(one, now)]
        for where in due:
            self.senders[where]()

    def schedule(self) -> Iterator[Scheduled]:
        """List what runs by the clock beside the tick of every minute."""
        parts = self.parts
        yield Scheduled("hook", crontab(), self._watch)
        yield Scheduled("asked", crontab(), self._look_if_asked)
        yield Scheduled("erasures", crontab(), lambda: erasures.go_on(parts))
        yield Scheduled("trials", crontab(), lambda: trials.go_on(parts))
        for name in parts.connectors:
            poll = partial(deliver_ats.poll_each, parts, name)
            yield Scheduled(f"poll.{name}", crontab(), poll)
        ten, later = crontab(minute="*/10"), crontab(minute="5-59/10")
        yield Scheduled("catalogue", ten, lambda: catalogue.refresh_all(parts))
        yield Scheduled("reconcile", later, lambda: reconcile(parts))
        hourly = crontab(minute="7")
        yield Scheduled("digest", hourly, lambda: digest.go_on(parts))
        at_night = crontab(hour="2", minute="27")
        yield Scheduled("content", at_night, lambda: content_report.look(parts))
        yield Scheduled("retention", crontab(minute="17"), lambda: purge(parts))

    def _task(self, name: str, run: Callable[[], None]) -> Callable[[], Any]:
        task: Callable[[], Any] = self.huey.task(name=name)(_plain(run))
        return task

    def _by_the_clock(self, one: Scheduled) -> Callable[[], None]:
        """Run on one worker at a time, and send what came of it."""

        def run() -> None:
            self._alone(one.name, one.run)
            self.deliver()

        return run

    def _alone(self, name: str, run: Callable[[], object]) -> None:
        """Run what one worker does for all; what cannot be done now waits its turn."""
        try:
            leased(self.parts, name, run)
        except StdcError as error:
            log.warning("job.failed", job=name, why=str(error))

    def _process(self) -> None:
        self._drain()
        for _ in range(PASSES):
            if self.parts.stopping():
                return
            if not process(self.parts, limit=PROCESS_LIMIT).deliveries:
                return
            self.deliver()
        self.process()

    def _drain(self) -> None:
        try:
            drain(self.parts)
        except Exception:  # what stands in the inbox shall not wait for it
            log.exception("spool.drain_failed")

    def _sending(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """List each destination with what sends there."""
        parts = self.parts
        yield MAUTIC, lambda: deliver_mautic.deliver_all(parts)
        yield ALERT, lambda: deliver_alerts.deliver_all(parts)
        for name in parts.connectors:
            yield ats(name), partial(self._hand_over, name)

    def _hand_over(self, connection: str) -> None:
        if deliver_ats.deliver_each(self.parts, connection).done:
            # what an ATS answered changes what Mautic shows
            self.senders[MAUTIC]()

    def _watch(self) -> None:
        if watch(self.parts).did:
            # what happened while it was wrong was lost on the way
            self._alone("reconcile", lambda: reconcile(self.parts))

    def _look_if_asked(self) -> None:
        # not beside the look of every night, which does the same
        self._alone("content", lambda: content_report.go_on(self.parts))

    def _rejudge(self) -> None:
        self._alone("refresh", lambda: refresh(self.parts))
        self.deliver()

    def _tick(self) -> None:
        self.process()
        self._alone("heartbeat", lambda: heartbeat.pulse(self.parts))
        self._alone("sweep", lambda: sweep(self.parts))
        self._alone("domains", lambda: learn_domains(self.parts))
        self._alone("refresh", lambda: refresh(self.parts))
        self.deliver()


def _plain(run: Callable[[], object]) -> Callable[[], None]:
    """Make a function of a callable: Huey asks for its name."""

    def call() -> None:
        run()

    return call


def spare_the_collector() -> None:
    """Let the garbage collector look less often, and not at what stays anyway.

    A pass makes thousands of values, in no cycles, that live until its end; to go
    through them all again and again took more than a tenth of the time.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def work(jobs: Jobs, workers: int) -> None:
    """Run the consumer until SIGTERM or SIGINT; finish what is under way first."""
    spare_the_collector()
    takeover = Takeover(jobs.parts, jobs.rejudge)
    consumer = RestingConsumer(
        jobs.huey,
        may_work=lambda: takeover.may_work,
        # an ATS that hangs keeps its own thread busy, and none of the others
        workers=workers + len(jobs.parts.connectors),
        max_delay=0.5,
        graceful_signal="TERM",
        shutdown_timeout=GRACE_SECONDS,
    )
    ends = consumer.stop_flag.is_set
    jobs.parts.stopping = lambda: ends() or is_turn_lost() or not takeover.may_work
    jobs.process()
    with watched(takeover):
        consumer.run()
