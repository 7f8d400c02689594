"""Edited mappings in the worker: looked for every few seconds, told, and put to use.

`LiveMappings` reads the folder when somebody asks for the mappings; a worker with
nothing to do asks nobody. So a thread asks, and when the answer changed it notes that
in the heartbeat and has everybody judged again.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from plugin.errors import StdcError
from plugin.pipeline import heartbeat
from plugin.pipeline.parts import Parts

log = structlog.get_logger(__name__)

#: Seconds between two looks.
LOOK_SECONDS = 5.0

#: What is compared: the version in force, and what is wrong with the folder.
_Seen = tuple[str, tuple[str, ...]]


class Takeover:
    """Looks whether the mappings changed, and does what that asks for."""

    def __init__(self, parts: Parts, rejudge: Callable[[], object]) -> None:
        """Take what enqueues the judging of everybody anew."""
        self._parts = parts
        self._rejudge = rejudge
        self._seen: _Seen | None = None

    def look(self) -> bool:
        """Look once; tell whether anything changed. The first look finds all new."""
        seen, before = self._look(), self._seen
        if seen == before:
            return False
        heartbeat.pulse(self._parts)
        if before is None or seen[0] != before[0]:
            self._rejudge()
        self._seen = seen
        return True

    def _look(self) -> _Seen:
        return self._parts.mappings.version, self._parts.refused()


@contextmanager
def watched(takeover: Takeover, every: float = LOOK_SECONDS) -> Iterator[None]:
    """Look every so many seconds, in a thread, until the block ends."""
    ended = threading.Event()
    thread = threading.Thread(
        target=_watch, args=(takeover, every, ended), name="mappings", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(takeover: Takeover, every: float, ended: threading.Event) -> None:
    while True:
        try:
            takeover.look()
        except StdcError as error:
            log.warning("mappings.look_failed", why=str(error))
        except Exception:  # the next look is a few seconds away
            log.exception("mappings.look_failed")
        if ended.wait(every):
            return
