"""Events per second, and memory, of a backfill of a Mautic with years of history."""

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace

from plugin.bootstrap import now
from plugin.mautic.auth import BasicAuth
from plugin.mautic.client import Mautic
from plugin.pipeline.backfill import SCORING, Backfill, Nobody
from plugin.pipeline.jobs import spare_the_collector
from plugin.store import open_store, upgrade
from tests.benchmarks.memory import peak_mib
from tests.benchmarks.pipeline import parts_of
from tests.benchmarks.row import Row
from tests.support.old_mautic import events, serving

#: Contacts, each with ten events, as in a large Mautic.
CONTACTS = 1_000_000
PEAK_MIB = 512


class Stopwatch(Nobody):
    """Notes how long each part takes: on the wall, and of the processor."""

    def __init__(self) -> None:
        self.parts: dict[str, tuple[float, float]] = {}
        self._what, self._began = "", (0.0, 0.0)

    def begin(self, what: str, total: int, done: int) -> None:  # noqa: ARG002 -- as it is called
        self.end()
        self._what, self._began = what, _clocks()

    def end(self) -> None:
        if self._what:
            wall, own = (b - a for a, b in zip(self._began, _clocks(), strict=True))
            self.parts[self._what] = (wall, own)


def _clocks() -> tuple[float, float]:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter(), time.process_time() + children.ru_utime


@contextmanager
def _parts(folder: str, address: str) -> Iterator[SimpleNamespace]:
    url = f"sqlite:///{folder}/backfill.db"
    upgrade(url)
    store = open_store(url, clock=now)
    parts = parts_of(store)
    auth = BasicAuth(username="stdc", password="a-password")
    parts.mautic = Mautic(address, auth, clock=now)
    yield parts
    store.close()


def _run(folder: str, address: str, told: Connection) -> None:
    """Be `stdc backfill`: tell what came of it, the times, and the memory."""
    spare_the_collector()
    with _parts(folder, address) as parts:
        watch = Stopwatch()
        done = Backfill(parts=parts, watch=watch).run()
        watch.end()
    told.send((sum(done.events.values()), done.people, watch.parts, peak_mib()))


def run(contacts: int) -> tuple[int, int, dict[str, tuple[float, float]], float, float]:
    """Backfill so many contacts: events, people, times by part, MiB, bytes each."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, serving(contacts) as address:
        here, there = context.Pipe()
        process = context.Process(target=_run, args=(folder, address, there))
        process.start()
        there.close()  # else nobody would hear that it ended
        kept, people, times, peak = here.recv()
        process.join()
        disk = Path(folder, "backfill.db").stat().st_size
    return kept, people, times, peak, disk / kept


def measure(*, quick: bool) -> list[Row]:
    contacts = CONTACTS // 400 if quick else CONTACTS
    kept, people, times, peak, each = run(contacts)
    assert kept == events(contacts)
    assert people == contacts
    wall = sum(one for one, _ in times.values())
    own = sum(one for _, one in times.values())
    scoring = times[SCORING]
    return [
        Row(
            promise=f"backfill of {contacts:,} contacts and {kept:,} events",
            must=">= 5,000 events/s",
            reached=(
                f"{kept / wall:,.0f} events/s "
                f"({own / kept * 1e6:.0f} µs of processor each, scoring included; "
                f"read {kept / (wall - scoring[0]):,.0f}/s, "
                f"score {people / scoring[0]:,.0f} people/s)"
            ),
            holds=kept / wall >= 5_000,
        ),
        Row(
            promise="memory of a backfill",
            must=f"<= {PEAK_MIB} MiB",
            reached=f"{peak:.0f} MiB ({each:.0f} bytes of disk per event)",
            holds=peak <= PEAK_MIB,
        ),
    ]
