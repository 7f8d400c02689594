"""What came of each e-mail, per week and audience: counts, and nobody's name."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict, fields
from datetime import date, datetime

from sqlalchemy import delete, insert, select

from plugin.content.mailings import Counts, Mailing
from plugin.store.repository import AnyRow, Repository
from plugin.store.tables import events, mailings

_COUNTS = tuple(one.name for one in fields(Counts))


class Mailings(Repository):
    """Counts of mailings within one transaction."""

    def all(self, since: date | None = None) -> list[Mailing]:
        """List what came of the e-mails sent from a Monday on, or ever."""
        query = select(mailings).order_by(
            mailings.c.content, mailings.c.week, mailings.c.audience
        )
        if since is not None:
            query = query.where(mailings.c.week >= since)
        return [_mailing(row) for row in self._connection.execute(query)]

    def replace(self, weeks: Collection[date], found: Iterable[Mailing]) -> None:
        """Make these what came of these weeks."""
        self._connection.execute(
            delete(mailings).where(mailings.c.week.in_(list(weeks)))
        )
        rows = [_row(one) for one in found]
        if rows:
            self._connection.execute(insert(mailings), rows)

    def purge(self, before: date) -> int:
        """Delete the weeks before a Monday; return how many rows went."""
        gone = self._connection.execute(
            delete(mailings).where(mailings.c.week < before)
        )
        return gone.rowcount

    def mailed(
        self, begins: datetime, ends: datetime, after: int, limit: int
    ) -> list[int]:
        """List contacts that were sent an e-mail between two moments, by id."""
        query = (
            select(events.c.contact_id)
            .where(
                events.c.type == "email.sent",
                events.c.occurred_at >= begins,
                events.c.occurred_at < ends,
                events.c.contact_id > after,
            )
            .distinct()
            .order_by(events.c.contact_id)
            .limit(limit)
        )
        return list(self._connection.scalars(query))


def _mailing(row: AnyRow) -> Mailing:
    return Mailing(
        content=row.content,
        week=row.week,
        audience=row.audience,
        name=row.name,
        counts=Counts(**{name: getattr(row, name) for name in _COUNTS}),
        hours=Counter({int(hour): sent for hour, sent in row.hours.items()}),
    )


def _row(one: Mailing) -> dict[str, object]:
    return {
        "content": one.content,
        "week": one.week,
        "audience": one.audience,
        "name": one.name,
        "hours": {str(hour): sent for hour, sent in sorted(one.hours.items())},
        **asdict(one.counts),
    }
