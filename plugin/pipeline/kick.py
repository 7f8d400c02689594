"""From the door to the worker: a hint that something waits, and never a wait."""

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog

log = structlog.get_logger(__name__)

#: The door asks for a pass at most this often; what waits is taken together.
KICK_SECONDS = 0.25

#: Calls something after so many seconds, in another thread.
Later = Callable[[float, Callable[[], None]], None]


def in_a_thread(seconds: float, call: Callable[[], None]) -> None:
    """Call something later, without anybody waiting for it."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()


class Kick:
    """Ask for a pass over the inbox: at once, then at most every so often.

    A burst of deliveries asks once at its start and once after it, so that the
    last one is never left waiting for the minute's tick. Whoever kicks does not
    wait: a visitor of Mautic's stands behind.
    """

    def __init__(
        self,
        enqueue: Callable[[], Any],
        *,
        clock: Callable[[], float] = time.monotonic,
        later: Later = in_a_thread,
    ) -> None:
        """Take what enqueues the pass; `clock` tells seconds, from any start."""
        self._enqueue = enqueue
        self._clock = clock
        self._later = later
        self._lock = threading.Lock()
        self._is_due = False
        #: Asking is under way, and whether somebody kicked since it began.
        self._is_asking = self._is_late = False
        self._last: float | None = None

    def __call__(self) -> None:
        """Let a pass be asked for, now or soon, unless that is under way already."""
        with self._lock:
            if self._is_asking:  # a queue may not answer: one waits for it, not all
                self._is_late = True
                return
            if self._is_due:
                return
            self._is_due = True
            wait = self._wait()
        self._later(wait, self._fire)

    def _wait(self) -> float:
        if self._last is None:
            return 0.0
        return max(0.0, self._last + KICK_SECONDS - self._clock())

    def _fire(self) -> None:
        with self._lock:
            self._is_due, self._last = False, self._clock()
            self._is_asking, self._is_late = True, False
        try:
            self._enqueue()
        except Exception:  # the minute's tick takes what stays
            log.exception("kick.failed")
        with self._lock:
            self._is_asking = False
            is_late = self._is_late
        if is_late:
            self()
