"""What was counted over all processes since the store was made: never goes down."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from itertools import accumulate
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, Text, cast, select

from plugin.store.repository import Clock, Repository
from plugin.store.tables import marks

PREFIX = "tally."
#: Tallies of how long something took: "took.<what>.<one of BOUNDS, in seconds>".
TOOK = "took."
#: Up to how many seconds one tally counts; the last one counts what took longer.
BOUNDS = ("1", "5", "15", "60", "300", "900", "3600", "21600", "86400", "+Inf")
#: The tally that adds up the milliseconds.
SUM = "ms"
_SECONDS = tuple(map(float, BOUNDS))


class Took(NamedTuple):
    """How often something was done, and how long that took."""

    #: How often it took at most so many seconds, by bound; the last one is all.
    within: tuple[tuple[str, int], ...]
    #: All of it together.
    seconds: float


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

    def took(self, what: str, span: timedelta) -> None:
        """Count something by how long it took: "event.page.visited"."""
        seconds = max(0.0, span.total_seconds())
        bound = BOUNDS[bisect_left(_SECONDS, seconds)]
        self._counted[f"{TOOK}{what}.{bound}"] += 1
        self._counted[f"{TOOK}{what}.{SUM}"] += round(seconds * 1000)

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


def spans(tallies: Mapping[str, int]) -> dict[str, Took]:
    """Gather from all tallies how long each thing took, by what it was."""
    found: dict[str, dict[str, int]] = {}
    for name, count in tallies.items():
        if name.startswith(TOOK):
            what, _, bound = name.removeprefix(TOOK).rpartition(".")
            found.setdefault(what, {})[bound] = count
    return {what: _took(counts) for what, counts in sorted(found.items())}


def _took(counts: Mapping[str, int]) -> Took:
    steps = accumulate(counts.get(bound, 0) for bound in BOUNDS)
    return Took(tuple(zip(BOUNDS, steps, strict=True)), counts.get(SUM, 0) / 1000)
