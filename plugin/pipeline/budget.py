"""What one destination may cost: calls per second, calls per month."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from plugin.ats.base import Throttled
from plugin.ats.http import CallFailed
from plugin.config import AlertSettings, AtsSettings, MauticSettings
from plugin.errors import Retryable
from plugin.store import Store

#: From here on `stdc doctor` warns.
NEARLY = 0.8


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The budget of one destination, shared by all processes through the store."""

    store: Store
    #: Of an ATS the connection's, which never has a colon.
    name: str
    settings: AtsSettings | MauticSettings | AlertSettings
    clock: Callable[[], datetime]
    wait: Callable[[float], None]

    def spend_on_mautic(self) -> None:
        """Do as `spend` does; raises Retryable without a turn."""
        try:
            self.spend()
        except CallFailed as error:
            after = getattr(error.failure, "after_seconds", None)
            raise Retryable(error.failure.message, after_seconds=after) from error

    def spend(self) -> None:
        """Wait for a turn to make one call; raises CallFailed(Throttled) without one.

        What cannot be sent stays in the outbox until there is a turn again.
        """
        per_second, per_month = self.settings.calls_per_second, self._per_month
        if per_second is None and per_month is None:
            return
        now = self.clock()
        with self.store.unit() as unit:
            turn = unit.budgets.turn(
                self.name, now, per_second=per_second, per_month=per_month
            )
        seconds = (turn.at - now).total_seconds()
        if not turn.is_granted:
            raise CallFailed(Throttled(self._why(turn.is_spent), seconds))
        if seconds > 0:
            self.wait(seconds)

    @property
    def _per_month(self) -> int | None:
        own = self.settings
        return own.calls_per_month if isinstance(own, AtsSettings) else None

    def _why(self, is_spent: bool) -> str:  # noqa: FBT001 -- one fact
        if is_spent:
            return f"this month's {self._per_month} calls are used up (calls_per_month)"
        return f"more than {self.settings.calls_per_second} calls/s would be needed"
