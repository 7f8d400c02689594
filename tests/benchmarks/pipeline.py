"""Events per second from the inbox to the outbox, on SQLite, in one process."""

import json
import logging
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import structlog

from plugin.bootstrap import now
from plugin.mappings import loader
from plugin.pipeline.parts import Parts
from plugin.pipeline.process import process
from plugin.store import open_store, upgrade
from tests.benchmarks.row import Row
from tests.support.recordings import numbered
from webhooks.inbox import Delivery
from webhooks.sources.mautic import MauticSource

#: Events in one delivery: Mautic's own default in queue mode.
BATCH = 10
MAPPINGS = Path(__file__).parents[2] / "mappings"


def deliveries(events: int, contacts: int) -> list[Delivery]:
    """Make page hits like the recorded one, ten to a delivery."""
    hit = numbered(203).json()["mautic.page_on_hit"][0]
    start = now() - timedelta(days=30)
    made = []
    for first in range(0, events, BATCH):
        items = []
        for number in range(first, min(first + BATCH, events)):
            at = start + timedelta(seconds=30 * number % (29 * 86400))
            item = json.loads(json.dumps(hit))
            item["hit"] |= {"id": 10_000 + number, "dateHit": at.isoformat()}
            item["hit"]["lead"]["id"] = 1 + number % contacts
            item["timestamp"] = at.isoformat()
            items.append(item)
        body = json.dumps({"mautic.page_on_hit": items}).encode()
        made.append(Delivery(source="mautic", body=body, received_at=start))
    return made


def measure(*, quick: bool) -> list[Row]:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
    )
    events, contacts = (2_000, 400) if quick else (20_000, 4_000)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        upgrade(url)
        store = open_store(url, clock=now)
        for some in range(0, events // BATCH, 500):
            store.inbox.accept_many(deliveries(events, contacts)[some : some + 500])
        rate = _drain(store, events)
        store.close()
    return [
        Row(
            promise="events from inbox to outbox, SQLite, one process",
            must=">= 5,000 events/s on 2 cores",
            reached=f"{rate:,.0f} events/s",
            holds=rate >= 5_000,
        )
    ]


def _drain(store, events: int) -> float:
    parts = Parts(
        settings=SimpleNamespace(base_url="https://stdc.example", instance="bench"),
        mappings=loader.load(MAPPINGS),
        store=store,
        mautic=None,
        connectors={},
        sources={"mautic": MauticSource([b"of-no-worth-at-all"])},
        clock=now,
    )
    began = time.perf_counter()
    while process(parts).deliveries:
        pass
    return events / (time.perf_counter() - began)
