"""What an event costs in a small store and in one with a hundred times the people."""

import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from plugin.bootstrap import now
from plugin.pipeline.jobs import spare_the_collector
from plugin.pipeline.parts import Parts
from plugin.store import Store, open_store, upgrade
from tests.benchmarks.pipeline import drain, fill, of_hits, parts_of
from tests.benchmarks.row import Row

#: Ids of hits: those the people had before, and those that are measured.
BEFORE, MEASURED = 1_000_000_000, 2_000_000_000
#: What makes each row somebody else's: column -> what it is for person `n`.
OWN = {
    "contacts": {"contact_id": "n", "person_id": "n"},
    "people": {"person_id": "n"},
    "moves": {"contact_id": "n", "event_key": f"'hit:' || (n + {BEFORE})"},
    "events": {"id": "n", "contact_id": "n", "key": f"'hit:' || (n + {BEFORE})"},
}
FAST = "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;"


def populate(path: Path, people: int) -> None:
    """Let so many people stand there, each decided about, like the first one."""
    store = open_store(f"sqlite:///{path}", clock=now)
    fill(store, list(of_hits([(BEFORE + 1, 1)])))
    drain(parts_of(store))
    store.close()
    with sqlite3.connect(path) as connection:
        connection.executescript(FAST)
        for table, own in OWN.items():
            _copy(connection, table, own, people)
        connection.execute("DELETE FROM outbox")
    connection.close()


def _copy(
    connection: sqlite3.Connection, table: str, own: dict[str, str], people: int
) -> None:
    told = connection.execute(f"PRAGMA table_info({table})")
    names = [row[1] for row in told]
    values = ", ".join(own.get(name, f'"{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    connection.execute(
        f"WITH RECURSIVE s(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM s "  # noqa: S608
        f"WHERE n < {people}) INSERT INTO {table} ({listed}) "
        f"SELECT {values} FROM s CROSS JOIN (SELECT * FROM {table} LIMIT 1)"
    )


class Place:
    """A store with so many people, and what an event costs there."""

    def __init__(self, folder: str, people: int) -> None:
        self.people = people
        self.path = Path(folder) / f"{people}.db"
        upgrade(f"sqlite:///{self.path}")
        populate(self.path, people)
        self.store: Store = open_store(f"sqlite:///{self.path}", clock=now)
        self.parts: Parts = parts_of(self.store)
        self.taken: list[float] = []
        self._next = 0

    def go(self, events: int) -> None:
        """Take events of people from all over the store: seconds of processor each."""
        step = max(1, self.people // events)
        numbers = range(self._next, self._next + events)
        hits = [
            (MEASURED + one, 1 + (one * step + one // events) % self.people)
            for one in numbers
        ]
        self._next += events
        fill(self.store, list(of_hits(hits)))
        began = time.process_time()
        drain(self.parts)
        self.taken.append((time.process_time() - began) / events)


def measure(*, quick: bool) -> list[Row]:
    small, large = (5_000, 50_000) if quick else (10_000, 1_000_000)
    rounds, events = (3, 500) if quick else (9, 2_000)
    spare_the_collector()
    with tempfile.TemporaryDirectory() as folder:
        places = [Place(folder, small), Place(folder, large)]
        for place in places:  # the first round also fills caches
            place.go(events)
            place.taken.clear()
        # by turns, so that whatever else the machine does meets both
        for _ in range(rounds):
            for place in places:
                place.go(events)
        costs = [statistics.median(place.taken) * 1_000_000 for place in places]
        for place in places:
            place.store.close()
    ratio = costs[1] / costs[0]
    return [
        Row(
            promise=f"cost per event at {large:,} contacts against {small:,}",
            must="the same, ± 20 %",
            reached=f"{ratio - 1:+.0%} ({costs[1]:.0f} against {costs[0]:.0f} µs)",
            holds=ratio <= 1.2,
        )
    ]
