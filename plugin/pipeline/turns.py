"""Whose turn it is: one of a kind at a time, and no lock that outlives its holder."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import uuid4

import structlog

from plugin.errors import StdcError
from plugin.pipeline.parts import Parts
from plugin.store import Store

log = structlog.get_logger(__name__)

#: So long a lease lasts unless it is renewed: what a worker that was killed did
#: alone, another one does after this.
LEASE_SECONDS = 120.0
#: It is renewed so often while it lasts: a busy store may refuse some of them.
RENEWALS = 4
#: A job that takes longer hangs, and is held up for nobody.
MOST_SECONDS = 6 * 3600.0


class OneAtATime:
    """Runs a job in one thread of this process; who comes meanwhile is not lost.

    Asked while it runs, it runs once more afterwards: what made somebody ask may
    have come too late for the run under way. Other processes have their own
    turns; rows are claimed, so they share the work and never the same row.
    """

    def __init__(self, run: Callable[[], None]) -> None:
        """Take the job."""
        self._run = run
        self._lock = threading.Lock()
        self._is_running = False
        self._is_asked = False

    def __call__(self) -> None:
        """Run now, or let who runs do so once more."""
        with self._lock:
            self._is_asked = True
            if self._is_running:
                return
            self._is_running = True
        try:
            while self._take():
                self._run()
        except BaseException:
            with self._lock:
                self._is_running = False
            raise

    def _take(self) -> bool:
        """Take what was asked for; without any, the turn is over."""
        with self._lock:
            self._is_running, self._is_asked = self._is_asked, False
            return self._is_running


@dataclass(eq=False, kw_only=True)
class _Lease:
    """One lease, renewed by a thread of this process for as long as a job runs.

    So it ends with the process. Time is told by the store, never by our own clock.
    """

    store: Store
    name: str
    seconds: float
    #: The most it is renewed for.
    most: float
    #: That of the job which runs this one as a part of itself.
    outer: "_Lease | None"
    #: Names the machine for whoever looks; the rest makes it one of a kind.
    holder: str = field(default_factory=lambda: f"{whoami()}:{uuid4().hex}")
    _is_over: threading.Event = field(default_factory=threading.Event)
    #: Renewals in a row that the store did not answer.
    _failures: int = 0
    _is_lost: bool = False

    def take(self) -> bool:
        """Take it; False while somebody else has it."""
        with self.store.unit() as unit:
            return unit.leases.take(self.name, self.holder, self.seconds)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renew it until the block ends, then give it back."""
        renewing = threading.Thread(target=self._renew, name="lease", daemon=True)
        token = _HELD.set(self)
        renewing.start()
        try:
            yield
        finally:
            _HELD.reset(token)
            self._is_over.set()
            renewing.join()
            self._release()

    def is_lost(self) -> bool:
        """Whether somebody else may run this, or what it is a part of, by now."""
        return self._is_lost or (self.outer is not None and self.outer.is_lost())

    def _renew(self) -> None:
        every = self.seconds / RENEWALS
        for _ in range(round(self.most / every)):
            if self._is_over.wait(every):
                return
            if not self._is_renewed():
                log.error("lease.lost", job=self.name)
                break
        else:
            log.error("lease.given_up", job=self.name, after_seconds=self.most)
        self._is_lost = True

    def _is_renewed(self) -> bool:
        try:
            with self.store.unit() as unit:
                is_ours = unit.leases.renew(self.name, self.holder, self.seconds)
        except StdcError as error:  # the next one is soon enough, but for the last
            log.warning("lease.not_renewed", job=self.name, why=str(error))
            self._failures += 1
            return self._failures < RENEWALS
        self._failures = 0
        return is_ours

    def _release(self) -> None:
        try:
            with self.store.unit() as unit:
                unit.leases.release(self.name, self.holder)
        except StdcError as error:  # it runs out by itself
            log.warning("lease.not_released", job=self.name, why=str(error))


_HELD: ContextVar[_Lease | None] = ContextVar("held", default=None)


def leased(
    parts: Parts,
    name: str,
    run: Callable[[], object],
    *,
    seconds: float = LEASE_SECONDS,
    most: float = MOST_SECONDS,
) -> bool:
    """Run a job unless another worker, here or elsewhere, does so; tell whether.

    The lease stands in the store. It is renewed while the job runs, and runs out by
    itself, so that a worker that was killed holds up nobody for longer. Who had it
    and comes back too late (a machine that slept) is told so by `is_turn_lost`.
    """
    lease = _Lease(
        store=parts.store, name=name, seconds=seconds, most=most, outer=_HELD.get()
    )
    if not lease.take():
        return False
    with lease.kept():
        run()
    return True


def is_turn_lost() -> bool:
    """Whether the job of this thread should end: another worker may run it by now."""
    held = _HELD.get()
    return held is not None and held.is_lost()


def whoami() -> str:
    """Name this process among all workers: "machine:pid"."""
    return f"{socket.gethostname()}:{os.getpid()}"
