"""The inbox as the door sees it: one commit for many, and no long wait for any."""

import threading
import time
from collections.abc import Sequence

from sqlalchemy import Engine

from plugin.errors import Retryable
from plugin.store.engine import hurried, transaction
from plugin.store.inbox import insert_deliveries
from webhooks.inbox import Delivery

#: How long the door waits, whatever the database does: a visitor of Mautic's waits
#: with it.
DOOR_SECONDS = 5.0
#: The database is given up before that: then everybody hears why.
DATABASE_SHARE = 0.9
#: Who queued so short a time ago counts as having come now.
JUST_NOW = 0.1

LATE = "store: no answer within {:g} seconds"


class _Waiting:
    """A delivery whose thread waits for somebody's commit, or is to make one."""

    __slots__ = ("_told", "came_at", "delivery", "error", "leads", "number")

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.came_at = time.monotonic()
        self.leads = False
        self.number = 0
        self.error: BaseException | None = None
        self._told = threading.Lock()
        self._told.acquire()

    def tell(self) -> None:
        self._told.release()

    def is_told(self, seconds: float) -> bool:
        return self._told.acquire(timeout=seconds)

    def result(self) -> int:
        if self.error is not None:
            raise self.error
        return self.number


class DoorInbox:
    """The inbox as the door sees it: durable when `accept` returns.

    Threads that accept at the same time share one commit: one of them writes for
    all who have come, and hands on to one of those who came meanwhile, so a burst
    does not cost one fsync per delivery, and nobody waits for two.

    Nobody waits longer than `seconds` either. The commit ends by then; where it does
    not, because a disk hangs, its thread alone hangs with it: the others go, and
    whoever comes meanwhile goes at once. What is committed after all has then been
    kept twice; its events have keys and count once.
    """

    def __init__(self, engine: Engine, *, seconds: float = DOOR_SECONDS) -> None:
        """Take the engine; every accept is a transaction of its own."""
        self._seconds = seconds
        self._engine = hurried(engine, seconds * DATABASE_SHARE)
        self._queueing = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._is_led = False
        #: When the oldest came whose commit is under way.
        self._since = 0.0

    def accept(self, delivery: Delivery) -> int:
        """Keep the delivery durably and return its number.

        Raises Retryable when the database is locked, full, away or silent.
        """
        one = _Waiting(delivery)
        with self._queueing:
            if self._is_stuck(one.came_at):
                raise Retryable(LATE.format(self._seconds))
            self._waiting.append(one)
            if not self._is_led:
                self._is_led = one.leads = True
                self._since = one.came_at
        if not one.leads and not one.is_told(self._seconds):
            self._give_up(one)
        if one.leads:
            self._lead()
        return one.result()

    def accept_many(
        self, given: Sequence[Delivery], seconds: float | None = None
    ) -> list[int]:
        """Keep some deliveries in one transaction; all or none."""
        if not given:
            return []
        engine = self._engine if seconds is None else hurried(self._engine, seconds)
        with transaction(engine) as connection:
            return insert_deliveries(connection, given)

    def _is_stuck(self, now: float) -> bool:
        return self._is_led and now - self._since > self._seconds

    def _give_up(self, one: _Waiting) -> None:
        """Wait no longer, unless the commit is done or to be done by this one."""
        with self._queueing:
            if one.is_told(0):
                return
            if one in self._waiting:
                self._waiting.remove(one)
        one.error = Retryable(LATE.format(self._seconds))

    def _lead(self) -> None:
        """Write for whoever waits, this thread too; then hand on."""
        with self._queueing:
            batch, self._waiting = self._waiting, []
        error: BaseException | None = None
        try:
            self._write(batch)
        except BaseException as raised:  # noqa: BLE001 -- each who waits is told
            error = raised
        late = self._hand_on(is_well=error is None)
        for one in (*batch, *late):
            one.error = error
            if not one.leads:
                one.tell()

    def _hand_on(self, *, is_well: bool) -> Sequence[_Waiting]:
        """Let the next one lead; if it failed, return who came for nothing.

        They have waited for this one: they shall not wait for what it met once more.
        """
        with self._queueing:
            late = list[_Waiting]()
            if not is_well:
                late, self._waiting = self._waiting, late
            self._is_led = bool(self._waiting)
            if self._is_led:
                first = self._waiting[0]
                first.leads, self._since = True, first.came_at
                first.tell()
        return late

    def _write(self, batch: Sequence[_Waiting]) -> None:
        deliveries = [one.delivery for one in batch]
        waited = time.monotonic() - batch[0].came_at
        if waited <= JUST_NOW:
            numbers = self.accept_many(deliveries)
        else:
            left = self._seconds * DATABASE_SHARE - waited
            numbers = self.accept_many(deliveries, max(left, JUST_NOW))
        for one, number in zip(batch, numbers, strict=True):
            one.number = number
