"""Who may do something alone, and until when: one row each, taken in one statement.

Moments are told by the database's own clock, for the machines that ask may disagree.
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, delete, func, select, update

from plugin.store.repository import Repository
from plugin.store.tables import leases

#: When 1970 began, as SQLite's julianday() tells it, and the length of a day.
EPOCH_DAY, DAY_MICROS = 2440587.5, 86_400_000_000
MILLION = 1_000_000


class Leases(Repository):
    """Gives each name to one holder at a time, until they release it or it is over."""

    def take(self, name: str, holder: str, seconds: float) -> bool:
        """Take what nobody holds any more; tell whether that was so."""
        held = {"holder": holder, "until": self._now(seconds)}
        statement = (
            self._insert(leases)
            .values(name=name, **held)
            .on_conflict_do_update(
                index_elements=[leases.c.name],
                set_=held,
                where=leases.c.until <= self._now(),
            )
            .returning(leases.c.holder)
        )
        return self._connection.scalar(statement) is not None

    def renew(self, name: str, holder: str, seconds: float) -> bool:
        """Hold it so much longer from now; False where somebody else has it now."""
        statement = (
            update(leases)
            .where(leases.c.name == name, leases.c.holder == holder)
            .values(until=self._now(seconds))
            .returning(leases.c.holder)
        )
        return self._connection.scalar(statement) is not None

    def release(self, name: str, holder: str) -> None:
        """Give back what is one's own; what somebody else took since stays theirs."""
        mine = (leases.c.name == name, leases.c.holder == holder)
        self._connection.execute(delete(leases).where(*mine))

    def holder(self, name: str) -> str | None:
        """Say who holds it now; None where it is free."""
        query = select(leases.c.holder).where(
            leases.c.name == name, leases.c.until > self._now()
        )
        return self._connection.scalar(query)

    def _now(self, ahead: float = 0.0) -> ColumnElement[Any]:
        """Write the moment, by the database's clock, as the column keeps it.

        Not PostgreSQL's now(): that is when the transaction began, and it may have
        waited for another holder since.
        """
        if self._connection.dialect.name == "postgresql":
            return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, ahead)
        days = func.julianday("now") - EPOCH_DAY
        return cast(days * DAY_MICROS, Integer) + round(ahead * MILLION)
