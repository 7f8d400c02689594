"""The door's inbox: the store's, or else the spool's disk."""

import math
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Lock

import structlog

from plugin.errors import Retryable
from plugin.pipeline.spool import MIN_FREE_BYTES, Spool, free_bytes
from webhooks.inbox import Delivery, Inbox

log = structlog.get_logger(__name__)

#: After a failure the database is left alone this long, so that not every delivery
#: waits for it anew.
AWAY_SECONDS = 5.0
#: The receipt of what has no number yet.
SPOOLED = 0


class Absence:
    """Whether the store is asked: after a failure not for a while, then by one.

    The others need not wait for what that one finds out.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a clock that is never set back: seconds, from any start."""
        self._clock = clock
        self._lock = Lock()
        self._until: float | None = None

    def may_ask(self) -> bool:
        """Tell whether the caller may ask the store; then it must say how that went."""
        now = self._clock()
        with self._lock:
            if self._until is None:
                return True
            if now < self._until:
                return False
            self._until = math.inf  # it asks for all
            return True

    def begin(self) -> None:
        """Leave the store alone from now on, for a while."""
        with self._lock:
            self._until = self._clock() + AWAY_SECONDS

    def end(self) -> None:
        """Let everybody ask again."""
        with self._lock:
            self._until = None


class SpoolingInbox:
    """An inbox that keeps on disk what the inbox behind it cannot take now.

    Raises Retryable when neither can: the disk has less than `min_free_bytes`.
    """

    def __init__(
        self,
        inbox: Inbox,
        folder: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        min_free_bytes: int = MIN_FREE_BYTES,
        on_spooled: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the inbox, and the folder for what it cannot take.

        `clock` tells seconds, from any start; `on_spooled` is called when something
        was kept on disk.
        """
        self.spool = Spool(folder)
        self._inbox = inbox
        self._absence = Absence(clock)
        self._min_free_bytes = min_free_bytes
        self._on_spooled = on_spooled
        self._since: datetime | None = None
        with suppress(OSError):  # whatever is wrong with the folder, the door opens
            self._since = self.spool.oldest()

    @property
    def spooling_since(self) -> datetime | None:
        """Since when the store takes nothing; None when it does, as far as is known.

        It does when it took a delivery, or when what was kept here has been moved.
        """
        with suppress(OSError):
            if self._since is not None and not self.spool.waiting():
                self._since = None
        return self._since

    def accept(self, delivery: Delivery) -> int:
        """Keep the delivery durably; its number, or 0 when it went to the disk."""
        if self._absence.may_ask():
            try:
                number = self._inbox.accept(delivery)
            except Exception as error:  # noqa: BLE001 -- whatever it was, keep it
                log.warning("spool.store_away", why=str(error))
                self._since = self.spooling_since
                self._absence.begin()
            else:
                self._absence.end()
                self._since = None
                return number
        self._guard(len(delivery.body))
        path = self.spool.keep(delivery)
        self._since = self._since or delivery.received_at
        log.info("spool.kept", file=path.name, bytes=len(delivery.body))
        try:
            self._on_spooled()
        except Exception:  # it is kept: whoever drains next takes it along
            log.exception("spool.nobody_told")
        return SPOOLED

    def _guard(self, wanted: int) -> None:
        room = free_bytes(self.spool.folder) - wanted
        if room < self._min_free_bytes:
            raise Retryable(
                f"the store is away and the spool's disk is nearly full: {room} bytes"
            )
