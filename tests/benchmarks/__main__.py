"""Print each promise with the figure reached: `make bench` (--quick, --check).

A full run also writes them into docs/benchmarks.md, with the machine.
"""

import argparse
import logging
import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from plugin.bootstrap import now
from plugin.phases import decide
from tests.benchmarks import (
    arrival,
    backfill,
    bench_humans,
    bench_scoring,
    content,
    crash,
    erase,
    growth,
    handover,
    intake,
    pages,
    pipeline,
    planner,
    rhythm,
    writeback,
)
from tests.benchmarks.row import Row

#: What is measured, in the order of the promises.
MEASURES: Sequence[tuple[str, Callable[..., list[Row]]]] = (
    ("intake", intake.measure),
    ("inbox to outbox", pipeline.measure),
    ("growth", growth.measure),
    ("backfill", backfill.measure),
    ("re-scoring", bench_scoring.measure),
    ("write-back", writeback.measure),
    ("door to phase", arrival.measure),
    ("hand-over", handover.measure),
    ("erasure", erase.measure),
    ("crashes", crash.measure),
    ("planner", planner.measure),
    ("rhythm", rhythm.measure),
    ("pages", pages.measure),
    ("content health", content.measure),
    ("people and machines", bench_humans.measure),
)
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: written by `make bench` -->", "<!-- end of figures -->"


def machine() -> str:
    """Name what it ran on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [one.partition(":")[2].strip() for one in lines if "model name" in one]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = names[0] if names else platform.machine()
    python = platform.python_version()
    python += "" if decide.__file__.endswith(".py") else ", compiled"
    return f"{os.cpu_count()} cores of {name}, {memory:.0f} GiB, Python {python}"


def ask(only: Sequence[str], *, quick: bool, console: Console) -> list[Row]:
    """Measure, and show how far it is."""
    wanted = [one for one in MEASURES if not only or one[0] in only]
    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f}"),
        TimeElapsedColumn(),
    )
    rows: list[Row] = []
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(wanted))
        for name, measure in wanted:
            progress.update(task, description=name)
            rows += measure(quick=quick)
            progress.advance(task)
    return rows


def show(rows: Sequence[Row], console: Console) -> None:
    table = Table(title=machine())
    for name in ("promise", "must reach", "reached", ""):
        table.add_column(name)
    for row in rows:
        table.add_row(row.promise, row.must, row.reached, row.mark)
    console.print(table)


def write(rows: Sequence[Row], page: Path) -> None:
    """Put the figures into the page, between its two marks."""
    told = [f"Measured on {now():%Y-%m-%d}: {machine()}.", ""]
    told += ["| promise | must reach | reached | |", "|---|---|---|---|"]
    told += [
        f"| {row.promise} | {row.must} | {row.reached} | {row.mark} |" for row in rows
    ]
    before, _, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text("\n".join([f"{before}{BEGIN}", *told, f"{END}{after}"]))


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the trend, in a minute")
    parser.add_argument(
        "--check", action="store_true", help="exit 1 when a promise falls short"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=[name for name, _ in MEASURES],
        help="measure this alone; may be given again",
    )
    asked = parser.parse_args()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
    )
    console = Console()
    rows = ask(asked.only, quick=asked.quick, console=console)
    show(rows, console)
    if not asked.quick and not asked.only:
        write(rows, PAGE)
    return 1 if asked.check and any(row.holds is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
