"""Print each promise with the figure reached: `make bench` (--quick, --check)."""

import argparse
import os
import platform
import sys

from rich.console import Console
from rich.table import Table

from tests.benchmarks import intake, pipeline, writeback
from tests.benchmarks.row import Row

MEASURES = (intake.measure, pipeline.measure, writeback.measure)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the trend, in a minute")
    parser.add_argument(
        "--check", action="store_true", help="exit 1 when a promise falls short"
    )
    asked = parser.parse_args()
    rows: list[Row] = []
    for measure in MEASURES:
        rows += measure(quick=asked.quick)
    table = Table(title=f"{platform.machine()}, {os.cpu_count()} cores")
    for name in ("promise", "must reach", "reached", ""):
        table.add_column(name)
    for row in rows:
        table.add_row(row.promise, row.must, row.reached, "✓" if row.holds else "✗")
    Console().print(table)
    return 1 if asked.check and not all(row.holds for row in rows) else 0


sys.exit(main())
