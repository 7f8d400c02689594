"""What no pull has brought yet: named until it was read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select

from plugin.store.repository import Repository, chunks
from plugin.store.tables import gaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One row that could not be read, or a whole table."""

    #: A table, or what of it is lacking.
    what: str
    #: Number of the row; 0 for all of it.
    number: int = 0
    why: str
    since: datetime

    def __str__(self) -> str:
        """Name it for a person."""
        where = f"{self.what} {self.number}" if self.number else self.what
        return f"{where}: {self.why} (since {self.since:%Y-%m-%d %H:%M} UTC)"


class Gaps(Repository):
    """What is lacking, within one transaction."""

    def note(self, found: Iterable[Gap]) -> None:
        """Remember what could not be read; since when stays as it was."""
        rows = [
            {
                "what": one.what,
                "number": one.number,
                "why": one.why,
                "since": one.since,
                "tried_at": one.since,
            }
            for one in found
        ]
        if not rows:
            return
        insert = self._insert(gaps)
        changed = {name: insert.excluded[name] for name in ("why", "tried_at")}
        key = [gaps.c.what, gaps.c.number]
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=key, set_=changed), rows
        )

    def close(self, what: str, numbers: Iterable[int] = (0,)) -> None:
        """Forget rows that were read, or a table."""
        for some in chunks(sorted(numbers)):
            self._connection.execute(
                delete(gaps).where(gaps.c.what == what, gaps.c.number.in_(some))
            )

    def rows(self, limit: int) -> dict[str, list[int]]:
        """List rows that were not tried for longest, by what they are."""
        query = select(gaps.c.what, gaps.c.number).where(gaps.c.number > 0)
        order = (gaps.c.tried_at, gaps.c.what, gaps.c.number)
        found: dict[str, list[int]] = {}
        for row in self._connection.execute(query.order_by(*order).limit(limit)):
            found.setdefault(row.what, []).append(row.number)
        return found

    def count(self) -> int:
        """Count them."""
        query = select(func.count()).select_from(gaps)
        return self._connection.scalar(query) or 0

    def list(self, limit: int) -> list[Gap]:
        """List them: whole tables first, then by what and number."""
        is_row = gaps.c.number > 0
        query = select(gaps).order_by(is_row, gaps.c.what, gaps.c.number).limit(limit)
        return [
            Gap(what=row.what, number=row.number, why=row.why, since=row.since)
            for row in self._connection.execute(query)
        ]
