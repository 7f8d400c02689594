"""How often a connection was called: one row each, shared by all processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, or_, select, true, update

from plugin.history.clicks import SECOND, micros, moment_of
from plugin.store.repository import Repository
from plugin.store.tables import budgets

#: Turns are given out so far ahead; who would have to wait longer comes back later.
PATIENCE = 20 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What became of asking for one call."""

    #: When it may be made, or when to ask again.
    at: datetime
    #: Whether it may be made.
    is_granted: bool = True
    #: Whether this month's calls are used up.
    is_spent: bool = False


class Budgets(Repository):
    """Gives turns to call, evenly spaced, so many a month."""

    def turn(
        self,
        connection: str,
        now: datetime,
        *,
        per_second: float | None,
        per_month: int | None,
    ) -> Turn:
        """Take the next turn; the caller waits until then. None is no limit."""
        at, month = micros(now), f"{now:%Y-%m}"
        step = round(SECOND / per_second) if per_second else 0
        self._make(connection, month)
        is_new = budgets.c.month != month
        free = case((budgets.c.next_at > at, budgets.c.next_at), else_=at)
        taken = self._connection.execute(
            update(budgets)
            .where(budgets.c.connection == connection)
            .where(budgets.c.next_at <= at + PATIENCE)
            .where(or_(is_new, budgets.c.calls < per_month) if per_month else true())
            .values(
                next_at=free + step,
                month=month,
                calls=case((is_new, 1), else_=budgets.c.calls + 1),
            )
            .returning(budgets.c.next_at)
        ).scalar()
        if taken is not None:
            return Turn(at=moment_of(taken - step))
        if per_month and self.spent(connection, now) >= per_month:
            return Turn(at=_next_month(now), is_granted=False, is_spent=True)
        return Turn(at=now + timedelta(microseconds=PATIENCE), is_granted=False)

    def spent(self, connection: str, now: datetime) -> int:
        """Count the calls of this month."""
        query = select(budgets.c.calls).where(
            budgets.c.connection == connection, budgets.c.month == f"{now:%Y-%m}"
        )
        return self._connection.scalar(query) or 0

    def _make(self, connection: str, month: str) -> None:
        fresh = {"connection": connection, "next_at": 0, "month": month, "calls": 0}
        self._connection.execute(
            self._insert(budgets).on_conflict_do_nothing(
                index_elements=[budgets.c.connection]
            ),
            [fresh],
        )


def _next_month(now: datetime) -> datetime:
    day = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (day + timedelta(days=32)).replace(day=1)
