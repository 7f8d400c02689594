"""How long it takes to erase a person from a store with a million events kept raw."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from plugin.bootstrap import now
from plugin.pipeline.erase import erase
from plugin.store import open_store, upgrade
from tests.benchmarks.pipeline import drain, fill, of_hits, parts_of
from tests.benchmarks.row import Row
from webhooks.sources.base import ProfileSeen

#: Events whose deliveries are kept: a month of one every two and a half seconds.
EVENTS = 1_000_000
#: Events that are measured; each is looked through once, so it is in proportion.
MEASURED = 200_000
#: The person, and how many of them are theirs.
WHO, THEIRS, ADDRESS = 918_273_645, 50, "somebody@nowhere.example"
MOST_SECONDS = 60
#: Events that are made at a time.
STEP = 10_000


def measure(*, quick: bool) -> list[Row]:
    """Erase somebody; how long for as many events as are kept at the most."""
    count = MEASURED // 20 if quick else MEASURED
    with tempfile.TemporaryDirectory(prefix="stdc-erase-") as folder:
        took = _took(Path(folder), count)
    whole = took * EVENTS / count
    return [
        Row(
            promise=f"a person erased from {EVENTS:,} events kept raw",
            must=f"≤ {MOST_SECONDS} s",
            reached=f"{whole:.0f} s ({took:.1f} s for {count:,})",
            holds=whole <= MOST_SECONDS,
        )
    ]


def _took(folder: Path, count: int) -> float:
    url = f"sqlite:///{folder}/store.db"
    upgrade(url)
    store = open_store(url, clock=now)
    settings = SimpleNamespace(
        base_url="https://stdc.example", instance="bench", spool=folder / "spool"
    )
    parts = replace(parts_of(store), settings=settings)
    fill(store, list(of_hits([(one, WHO) for one in range(1, THEIRS + 1)])))
    drain(parts)
    # in the recording everybody has one address
    own = ProfileSeen(
        contact_id=WHO, seen_at=now(), key="", email=ADDRESS, complete=True
    )
    with store.unit() as unit:
        unit.people.see_profile(own)
    for start in range(0, count, 10_000):
        hits = (
            (THEIRS + 1 + one, 1 + one % 997) for one in range(start, start + 10_000)
        )
        fill(store, list(of_hits(list(hits))))
    began = time.perf_counter()
    done = erase(parts, WHO)
    took = time.perf_counter() - began
    store.close()
    if done.survey.rows["events"] != THEIRS:
        raise AssertionError("somebody else was erased")
    return took
