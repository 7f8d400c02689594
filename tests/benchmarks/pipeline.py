"""Events per second from the inbox to the outbox, by two workers on one SQLite file."""

import json
import logging
import multiprocessing
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from types import SimpleNamespace

import structlog

from plugin.bootstrap import now
from plugin.mappings import loader
from plugin.pipeline.jobs import PROCESS_LIMIT, spare_the_collector
from plugin.pipeline.parts import Parts
from plugin.pipeline.process import process
from plugin.store import Store, open_store, upgrade
from tests.benchmarks.row import Row
from tests.support.recordings import numbered
from webhooks.inbox import Delivery
from webhooks.sources.mautic import MauticSource

#: Events in one delivery: Mautic's own default in queue mode.
BATCH = 10
#: Pages of one visit: an e-mail's link and what is read behind it.
VISIT = 3
#: One per core; `stdc worker` may run as often as you like.
WORKERS = 2
MAPPINGS = Path(__file__).parents[2] / "mappings"


def deliveries(
    events: int, contacts: int, first: int = 10_000, visit: int = 1
) -> list[Delivery]:
    """Make page hits like the recorded one, ten to a delivery, in visits of people."""
    return list(
        of_hits((first + one, 1 + one // visit % contacts) for one in range(events))
    )


def of_hits(hits: Iterable[tuple[int, int]]) -> Iterator[Delivery]:
    """Make deliveries of (id of the hit, id of the contact)."""
    start = now() - timedelta(days=30)
    template = _template()
    items: list[str] = []
    for place, (number, contact) in enumerate(hits):
        at = (start + timedelta(seconds=30 * place % (29 * 86400))).isoformat()
        item = template.replace('"@hit"', str(number)).replace("@at", at)
        items.append(item.replace('"@contact"', str(contact)))
        if len(items) == BATCH:
            yield _delivery(items, start)
            items = []
    if items:
        yield _delivery(items, start)


def _template() -> str:
    item = numbered(203).json()["mautic.page_on_hit"][0]
    item["hit"] |= {"id": "@hit", "dateHit": "@at"}
    item["hit"]["lead"]["id"] = "@contact"
    item["timestamp"] = "@at"
    return json.dumps(item)


def _delivery(items: list[str], received_at: datetime) -> Delivery:
    body = f'{{"mautic.page_on_hit": [{", ".join(items)}]}}'.encode()
    return Delivery(source="mautic", body=body, received_at=received_at)


def parts_of(store: Store) -> Parts:
    """Wire what a pass over the inbox needs, and no more."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
    )
    return Parts(
        settings=SimpleNamespace(base_url="https://stdc.example", instance="bench"),
        mappings=loader.load(MAPPINGS),
        store=store,
        mautic=None,
        connectors={},
        sources={"mautic": MauticSource([b"of-no-worth-at-all"])},
        clock=now,
    )


def fill(store: Store, made: list[Delivery]) -> None:
    for some in range(0, len(made), 500):
        store.inbox.accept_many(made[some : some + 500])


def drain(parts: Parts) -> None:
    while process(parts, limit=PROCESS_LIMIT).deliveries:
        pass


def _work(url: str, begin: Barrier, told: "Queue[float]") -> None:
    """Be one worker: processor seconds it took, once the inbox is empty."""
    store = open_store(url, clock=now)
    parts = parts_of(store)
    spare_the_collector()
    begin.wait()
    began = time.process_time()
    drain(parts)
    told.put(time.process_time() - began)
    store.close()


def run(url: str, workers: int) -> tuple[float, list[float]]:
    """Drain an inbox: seconds on the wall, and of the processor by each worker."""
    context = multiprocessing.get_context("spawn")
    begin, told = context.Barrier(workers + 1), context.Queue()
    processes = [
        context.Process(target=_work, args=(url, begin, told)) for _ in range(workers)
    ]
    for one in processes:
        one.start()
    begin.wait()
    began = time.perf_counter()
    taken = [told.get() for _ in processes]
    wall = time.perf_counter() - began
    for one in processes:
        one.join()
    return wall, taken


def measure(*, quick: bool) -> list[Row]:
    events, contacts = (4_000, 2_000) if quick else (48_000, 8_000)
    rate, each = _rate(events, contacts, VISIT)
    worst, most = _rate(events, contacts, 1)
    return [
        Row(
            promise=f"events from inbox to outbox, SQLite, {WORKERS} workers",
            must=">= 5,000 events/s on 2 cores",
            reached=f"{rate:,.0f} events/s in visits of {VISIT} pages ({each:.0f} µs "
            f"of processor each); {worst:,.0f} events/s ({most:.0f} µs) where every "
            "event is another person's",
            holds=rate >= 5_000,
        )
    ]


def _rate(events: int, contacts: int, visit: int) -> tuple[float, float]:
    """Drain so many events: events per second, and microseconds of processor each."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        upgrade(url)
        store = open_store(url, clock=now)
        fill(store, deliveries(events, contacts, visit=visit))
        store.close()
        wall, taken = run(url, WORKERS)
    return events / wall, sum(taken) / events * 1_000_000
