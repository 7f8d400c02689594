"""Edited mappings in the worker: looked for every few seconds, told, and put to use.

`LiveMappings` reads the folder when somebody asks for the mappings; a worker with
nothing to do asks nobody. So a thread asks, and when the answer changed it notes that
in the heartbeat, puts them in force and has everybody judged again.

A worker whose mappings were superseded stands by: others have those in force. It takes
up no job, and moves what waits on its spool. It works again when its folder has the
version in force; or with its own version, when a person wants that back:

- the folder changed while the worker had the version in force (who stood by is only
  catching up, file by file perhaps); or
- it was started, and heard for `WAIT_LOOKS` of no worker that has the one in force.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime

import structlog

from plugin.errors import StdcError
from plugin.pipeline import force, heartbeat
from plugin.pipeline.parts import Parts
from plugin.pipeline.spool import drain
from plugin.pipeline.turns import whoami

log = structlog.get_logger(__name__)

#: Seconds between two looks.
LOOK_SECONDS = 5.0
#: Looks between two signs of life: a minute.
BEAT_LOOKS = 12
#: Looks for which a worker that was started listens for others: three minutes, in
#: which each of them gives a sign of life. Counted, for machines' clocks differ.
WAIT_LOOKS = 3 * BEAT_LOOKS

#: What is compared: the version of the folder, and what is wrong with it.
_Seen = tuple[str, tuple[str, ...]]
#: When each worker that has the version in force gave its last sign of life.
_Heard = Mapping[str, datetime]


class Takeover:
    """Looks whether the mappings changed, and does what that asks for."""

    def __init__(
        self, parts: Parts, rejudge: Callable[[], object], *, name: str | None = None
    ) -> None:
        """Take what enqueues the judging of everybody anew, and the worker's name."""
        self._parts = parts
        self._rejudge = rejudge
        self._name = name or whoami()
        self._seen: _Seen | None = None
        self._looks = 0
        #: Looks since we stand by.
        self._rests = 0
        #: Heard at the first look, while it may still be that nobody else lives.
        self._heard: _Heard | None = None
        self._may_return = True
        #: Whether our version is in force, so that there is anything to do for us.
        self.may_work = False

    def look(self) -> bool:
        """Look once; tell whether anything changed. The first look finds all new."""
        seen, before = self._look(), self._seen
        is_edited = before is not None and seen[0] != before[0]
        could_work = self.may_work
        self.may_work = self._is_in_force(is_edited=is_edited)
        is_news = seen != before or self.may_work != could_work
        if is_news or self._looks % BEAT_LOOKS == 0:
            heartbeat.live(self._parts, self._name)
        if self.may_work and seen != before:
            heartbeat.pulse(self._parts)
        if self.may_work and (before is None or is_edited or not could_work):
            self._rejudge()
        self._seen = seen
        self._looks += 1
        self._rest()
        return is_news

    def end(self) -> None:
        """Note that this worker ends, if the store can be told."""
        with suppress(StdcError):
            heartbeat.end(self._parts, self._name)

    def _look(self) -> _Seen:
        return self._parts.mappings.version, self._parts.refused()

    def _is_in_force(self, *, is_edited: bool) -> bool:
        is_wanted_back = is_edited and self.may_work
        is_ours = force.put_in_force(
            self._parts, again=is_wanted_back or self._is_left_alone()
        )
        self._may_return = self._may_return and not is_ours
        return is_ours

    def _is_left_alone(self) -> bool:
        """Whether, since we were started, nobody has shown that they live."""
        if not self._may_return:
            return False
        now = self._others()
        if self._heard is None:
            self._heard = now
        if not set(now.items()) <= set(self._heard.items()):
            self._may_return = False
        return self._may_return and self._looks >= WAIT_LOOKS

    def _others(self) -> _Heard:
        with self._parts.store.view() as unit:
            version = force.in_force(unit)
            return {
                name: one.at
                for name, one in heartbeat.workers(unit).items()
                if name != self._name and one.mappings == version
            }

    def _rest(self) -> None:
        """While others work, say so, and bring in what waits on our own spool."""
        if self.may_work:
            self._rests = 0
            return
        # not at the first look: perhaps the folder is about to be read again
        if self._rests % BEAT_LOOKS == 1:
            log.error(
                "mappings.superseded",
                ours=self._parts.mappings.version,
                in_force=force.told(self._parts),
                advice="this worker stands by until its folder has those in force",
            )
        self._rests += 1
        drain(self._parts)


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
        takeover.end()


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
