"""Whose turn it is: one of a kind at a time, and no lock that outlives its holder."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from plugin.pipeline.parts import Parts

#: After this long a lease has run out, whether its holder lives or not.
LEASE_SECONDS = 300.0


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


def leased(parts: Parts, name: str, run: Callable[[], object]) -> bool:
    """Run a job unless another worker, here or elsewhere, does so; tell whether.

    The lease stands in the store and runs out by itself, so that a worker that
    was killed holds up nobody. A job that takes longer may run twice at a time:
    each of ours can.
    """
    owner = uuid4().hex
    if not _take_lease(parts, name, owner):
        return False
    try:
        run()
    finally:
        _end_lease(parts, name, owner)
    return True


def _mark(name: str) -> str:
    return f"lease.{name}"


def _take_lease(parts: Parts, name: str, owner: str) -> bool:
    now = parts.clock()
    until = now + timedelta(seconds=LEASE_SECONDS)
    with parts.store.unit() as unit:
        held: dict[str, Any] | None = unit.marks.get(_mark(name))
        if held is not None and now < datetime.fromisoformat(held["until"]):
            return False
        unit.marks.put(_mark(name), {"owner": owner, "until": until.isoformat()})
    return True


def _end_lease(parts: Parts, name: str, owner: str) -> None:
    with parts.store.unit() as unit:
        held = unit.marks.get(_mark(name))
        if held is not None and held["owner"] == owner:
            unit.marks.put(_mark(name), None)
