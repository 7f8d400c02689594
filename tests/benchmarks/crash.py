"""Processes killed at random moments: what is held afterwards, against a clean run."""

import tempfile
from pathlib import Path

from tests.benchmarks.row import Row
from tests.e2e.crash import compare

#: On SQLite; `make crash` does the same on PostgreSQL too.
KILLS, PEOPLE = 200, 30
QUICK_KILLS, QUICK_PEOPLE = 4, 4


def measure(*, quick: bool) -> list[Row]:
    kills, people = (QUICK_KILLS, QUICK_PEOPLE) if quick else (KILLS, PEOPLE)
    with tempfile.TemporaryDirectory() as folder:
        difference, figures, compared = compare(
            Path(folder) / "runs", store="sqlite", kills=kills, people=people, seed=1
        )
    told = f"{len(difference)} of them differ" if difference else "equal byte for byte"
    return [
        Row(
            promise="kill -9 anywhere, 200 times; duplicates x3; any order",
            must="final state equal to one clean ordered run",
            reached=f"{figures.moments} kills ({figures.caught} in the act), "
            f"{len(compared):,} rows: {told}; {figures.seconds:.0f} s",
            holds=not difference,
        )
    ]
