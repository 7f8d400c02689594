"""A brake on guessing: who was wrong too often waits a while."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta


class Attempts:
    """Wrong attempts by who made them, in the memory of this process."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        most: int = 10,
        within: timedelta = timedelta(minutes=5),
        callers: int = 10_000,
    ) -> None:
        """Allow `most` wrong attempts `within` a while; remember so many callers."""
        self._clock = clock
        self._most = most
        self._within = within
        self._callers = callers
        self._wrong: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, who: str) -> timedelta | None:
        """Say how long they must wait; None when they may try now."""
        with self._lock:
            wrong = self._wrong.get(who)
            if wrong is None or len(wrong) < self._most:
                return None
            left = wrong[0] + self._within - self._clock()
            return left if left > timedelta(0) else None

    def note(self, who: str) -> None:
        """Remember a wrong attempt; who was longest quiet is forgotten first."""
        with self._lock:
            wrong = self._wrong.setdefault(who, deque(maxlen=self._most))
            wrong.append(self._clock())
            self._wrong.move_to_end(who)
            if len(self._wrong) > self._callers:
                self._wrong.popitem(last=False)
