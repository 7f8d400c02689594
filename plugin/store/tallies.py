"""What was counted over all processes since the store was made: never goes down."""

from collections import Counter

from sqlalchemy import BigInteger, Connection, Text, cast, select

from plugin.store.repository import Clock, Repository
from plugin.store.tables import marks

PREFIX = "tally."


class Tallies(Repository):
    """Counts within one transaction; they stand among the marks.

    They are written once, when the unit ends: whoever waits for these rows then
    waits for one commit, and rolling back counts nothing.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        """Begin with nothing counted."""
        super().__init__(connection, clock)
        self._counted: Counter[str] = Counter()

    def count(self, name: str, by: int = 1) -> None:
        """Count something: "duplicates", "events.page.visited"."""
        self._counted[name] += by

    def all(self) -> dict[str, int]:
        """Read every tally that was ever counted."""
        rows = self._connection.execute(
            select(marks).where(marks.c.name.startswith(PREFIX, autoescape=True))
        )
        return {row.name.removeprefix(PREFIX): int(row.value) for row in rows}

    def flush(self) -> None:
        """Add what was counted to what stands there; the store calls this."""
        # always in the same order, so that two units cannot wait for each other
        rows = [
            {"name": f"{PREFIX}{name}", "value": count}
            for name, count in sorted(self._counted.items())
            if count
        ]
        self._counted.clear()
        if not rows:
            return
        insert = self._insert(marks)
        added = cast(marks.c.value, BigInteger) + cast(
            insert.excluded.value, BigInteger
        )
        self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=[marks.c.name], set_={"value": cast(added, Text)}
            ),
            rows,
        )
