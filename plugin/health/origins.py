"""Which Mautics sign with our secret: what each calls itself, and when it last did.

A copy of a Mautic, made to try things out, signs with the same secret, and what
invented people do there would count here. It says its `site_url` with each delivery.
That is no proof, and may rightly be another address than ours for it (`mautic.url`):
so nothing is refused for it, but two of them are told.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from plugin.store import Store

log = structlog.get_logger(__name__)

HEADER = "X-Origin-Base-URL"
#: Marks of when each was last heard: "origin.https://mautic.example.org".
MARK = "origin."
#: Each is noted at most this often.
EVERY = timedelta(hours=1)
#: More than these are not told apart, and none that is longer is noted.
MOST, LONGEST = 20, 200


def plain(address: str) -> str:
    """Write an address so that two ways of writing it are one; empty for nonsense."""
    text = address.strip().rstrip("/").lower()
    return text if text.isprintable() and len(text) <= LONGEST else ""


class Origins:
    """Notes whom this process's door hears, seldom and after the answer."""

    def __init__(self, store: Store, clock: Callable[[], datetime], own: str) -> None:
        """Take where to note it; `own` is where we reach Mautic ourselves."""
        self._store = store
        self._clock = clock
        self._own = plain(own)
        self._lock = threading.Lock()
        self._noted: dict[str, datetime] = {}

    def is_other(self, told: str) -> bool:
        """Whether a delivery with this header is of another Mautic, by its own word."""
        return plain(told) not in {"", self._own}

    def news(self, told: str) -> str | None:
        """Say what is to be noted of a delivery with this header; None for nothing."""
        origin, now = plain(told), self._clock()
        with self._lock:
            last = self._noted.get(origin)
            is_known = last is not None and abs(now - last) < EVERY
            is_one_too_many = last is None and len(self._noted) >= MOST
            if not origin or is_known or is_one_too_many:
                return None
            self._noted[origin] = now
        return origin

    def note(self, origin: str) -> None:
        """Keep when it was heard; whatever fails, the next hour does it again."""
        if origin != self._own:
            log.warning("door.other_origin", origin=origin, mautic=self._own)
        try:
            with self._store.unit() as unit:
                unit.marks.put(f"{MARK}{origin}", self._clock().isoformat())
        except Exception as error:  # noqa: BLE001 -- the delivery was answered
            log.warning("door.origin_not_noted", why=str(error))
