"""What one connection may cost: calls per second, calls per month."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from plugin.ats.base import Throttled
from plugin.ats.http import CallFailed
from plugin.config import AtsSettings
from plugin.store import Store

#: From here on `stdc doctor` warns.
NEARLY = 0.8


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The budget of one connection, shared by all processes through the store."""

    store: Store
    settings: AtsSettings
    clock: Callable[[], datetime]
    wait: Callable[[float], None]

    def spend(self) -> None:
        """Wait for a turn to make one call; raises CallFailed(Throttled) without one.

        What cannot be sent stays in the outbox until there is a turn again.
        """
        own = self.settings
        if own.calls_per_second is None and own.calls_per_month is None:
            return
        now = self.clock()
        with self.store.unit() as unit:
            turn = unit.budgets.turn(
                own.name,
                now,
                per_second=own.calls_per_second,
                per_month=own.calls_per_month,
            )
        seconds = (turn.at - now).total_seconds()
        if not turn.is_granted:
            raise CallFailed(Throttled(self._why(turn.is_spent), seconds))
        if seconds > 0:
            self.wait(seconds)

    def _why(self, is_spent: bool) -> str:  # noqa: FBT001 -- one fact
        if is_spent:
            most = self.settings.calls_per_month
            return f"this month's {most} calls are used up (calls_per_month)"
        return f"more than {self.settings.calls_per_second} calls/s would be needed"
