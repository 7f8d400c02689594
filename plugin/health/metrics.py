"""What Prometheus is told: read from the store when it asks, so any process can.

Only the door's own counter lives in the process that counted. Nothing here names
a person, an address or a page.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from plugin.config import Settings
from plugin.errors import StdcError
from plugin.pipeline import heartbeat, lag, writes
from plugin.pipeline.hook import HEALTH_MARK, Condition
from plugin.pipeline.parts import Parts
from plugin.pipeline.reconcile import last_whole
from plugin.pipeline.spool import Spool, free_bytes
from plugin.store import InboxState, OutboxState, Unit
from plugin.store.tallies import Took, spans


class Told(NamedTuple):
    """One metric as it is described to whoever reads it."""

    help: str
    labels: tuple[str, ...] = ()
    kind: type[Metric] = GaugeMetricFamily


#: Every metric there is; docs/operating.md lists the same.
METRICS: Mapping[str, Told] = {
    "stdc_deliveries_total": Told(
        "Deliveries at this process's door since it started, by how they were answered",
        ("source", "outcome"),
        kind=CounterMetricFamily,
    ),
    "stdc_other_origin_total": Told(
        "Deliveries at this process's door of a Mautic that calls itself otherwise "
        "than mautic.url",
        kind=CounterMetricFamily,
    ),
    "stdc_store_up": Told("1 when the store answered, else 0"),
    "stdc_inbox_deliveries": Told("Deliveries that are not done", ("state",)),
    "stdc_inbox_oldest_seconds": Told("How long the oldest unread delivery waits"),
    "stdc_last_delivery_seconds": Told(
        "How long ago the newest delivery with an event came in"
    ),
    "stdc_event_lag_seconds": Told(
        "How long after it happened an event came in by webhook, by type",
        ("type",),
        kind=HistogramMetricFamily,
    ),
    "stdc_decision_lag_seconds": Told(
        "How long a delivery with an event waited from the door to its decision",
        kind=HistogramMetricFamily,
    ),
    "stdc_outbox_writes": Told("Writes that are not done", ("destination", "state")),
    "stdc_outbox_oldest_seconds": Told(
        "How long the oldest write to there waits", ("destination",)
    ),
    "stdc_outbox_paused": Told(
        "1 while a destination that is down or refuses us is left alone",
        ("destination",),
    ),
    "stdc_events_total": Told(
        "Events kept, by type", ("type",), kind=CounterMetricFamily
    ),
    "stdc_healed_events_total": Told(
        "Events that reconcile brought and no webhook within an hour",
        ("type",),
        kind=CounterMetricFamily,
    ),
    "stdc_reconcile_seconds": Told(
        "How long ago a pull that read all of Mautic's tables to their end began"
    ),
    "stdc_duplicates_total": Told(
        "Events that came again and were not counted again", kind=CounterMetricFamily
    ),
    "stdc_hook_up": Told(
        "1 when Mautic's webhook was published and right when last looked at"
    ),
    "stdc_handovers": Told(
        "Candidates handed over, by where they stand there", ("connection", "status")
    ),
    "stdc_worker_heartbeat_seconds": Told("How long ago the worker's clock ticked"),
    "stdc_spool_deliveries": Told(
        "Deliveries on disk: waiting for the store, or set aside", ("state",)
    ),
    "stdc_spool_oldest_seconds": Told(
        "How long the oldest delivery on disk waits for the store"
    ),
    "stdc_disk_free_bytes": Told("Room left on the disk of a folder", ("folder",)),
}

#: One value of a metric: its name, its labels' values, and what it is.
Sample = tuple[str, tuple[str, ...], float | Took]
#: What the door answered -> the word for it in `stdc_deliveries_total`.
OUTCOMES: Mapping[int, str] = {
    200: "accepted",
    400: "broken_off",
    401: "bad_signature",
    404: "unknown_source",
    413: "too_large",
    503: "not_kept",
}
#: How the worker's watch finds a hook that is well.
WELL = frozenset({Condition.FINE, Condition.MENDED})
INBOX = (InboxState.NEW, InboxState.CLAIMED, InboxState.PARKED)
OUTBOX = (OutboxState.PENDING, OutboxState.CLAIMED, OutboxState.PARKED)


class DoorCounter:
    """Counts what the door answers, by source and outcome."""

    def __init__(self, registry: CollectorRegistry, sources: Iterable[str]) -> None:
        """Count from zero, for every source that is configured."""
        self._sources = frozenset(sources)
        self._counter = _counter("stdc_deliveries_total", registry)
        self._others = _counter("stdc_other_origin_total", registry)
        for source in sorted(self._sources):
            self._counter.labels(source, "accepted")

    def count(self, source: str, status: int) -> None:
        """Count one answer; what nobody configured is one source, whatever its name."""
        known = source if source in self._sources else "unknown"
        self._counter.labels(known, OUTCOMES.get(status, "failed")).inc()

    def count_other_origin(self) -> None:
        """Count a delivery of a Mautic that calls itself otherwise than we do."""
        self._others.inc()


def _counter(name: str, registry: CollectorRegistry) -> Counter:
    told = METRICS[name]
    short = name.removesuffix("_total")
    return Counter(short, told.help, told.labels, registry=registry)


class StoreCollector(Collector):
    """Reads the figures when Prometheus asks."""

    def __init__(self, parts: Parts) -> None:
        """Take the installation."""
        self._parts = parts

    def describe(self) -> Iterable[Metric]:
        """Say nothing beforehand: registering must not read the store."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every metric that can be read now, whatever is away."""
        found = [*_disk(self._parts.settings, self._parts.clock())]
        try:
            with self._parts.store.view() as unit:
                found += [*_stored(unit, self._parts)]
            found.append(("stdc_store_up", (), 1.0))
        except StdcError:
            found.append(("stdc_store_up", (), 0.0))
        yield from _families(found)


class ClosedCollector(Collector):
    """Tells what can be told while the store is not open: spool and disk."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        """Take where the spool and the data are."""
        self._settings = settings
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """Say nothing beforehand: registering must not read the disk."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield what the disk tells, and that there is no store."""
        disk = _disk(self._settings, self._clock())
        yield from _families([*disk, ("stdc_store_up", (), 0.0)])


def _families(samples: Iterable[Sample]) -> Iterator[Metric]:
    families: dict[str, Metric] = {}
    for name, labels, value in samples:
        if name not in families:
            families[name] = _family(name)
        told = value if isinstance(value, Took) else (value,)
        families[name].add_metric(labels, *told)  # type: ignore[attr-defined] # its subclasses have it
    yield from families.values()


def _family(name: str) -> Metric:
    told = METRICS[name]
    return told.kind(name, told.help, labels=told.labels)  # type: ignore[call-arg] # its subclasses take them


def _stored(unit: Unit, parts: Parts) -> Iterator[Sample]:
    age = _age(parts.clock())
    yield from _inbox(unit, age)
    yield from _outbox(unit, parts, age)
    yield from _tallied(unit)
    yield from _handovers(unit)
    if (beat := heartbeat.last_beat(unit)) is not None:
        yield "stdc_worker_heartbeat_seconds", (), age(beat.at)
    if (pulled_at := last_whole(unit)) is not None:
        yield "stdc_reconcile_seconds", (), age(pulled_at)
    if (told := unit.marks.get(HEALTH_MARK)) is not None:
        yield "stdc_hook_up", (), float(told["condition"] in WELL)


def _age(now: datetime) -> Callable[[datetime | None], float]:
    """Make what says how many seconds ago a moment was; 0 for none."""

    def age(moment: datetime | None) -> float:
        return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())

    return age


def _inbox(unit: Unit, age: Callable[[datetime | None], float]) -> Iterator[Sample]:
    depth = unit.inbox.depth()
    for state in INBOX:
        yield "stdc_inbox_deliveries", (state.value,), depth.get(state, 0)
    yield "stdc_inbox_oldest_seconds", (), age(unit.inbox.oldest())
    if (last := unit.figures.last_received()) is not None:
        yield "stdc_last_delivery_seconds", (), age(last)


def _outbox(
    unit: Unit, parts: Parts, age: Callable[[datetime | None], float]
) -> Iterator[Sample]:
    depth = unit.outbox.depth()
    for where in destinations(parts):
        for state in OUTBOX:
            count = depth.get((where, state), 0)
            yield "stdc_outbox_writes", (where, state.value), count
        yield "stdc_outbox_oldest_seconds", (where,), age(unit.outbox.oldest(where))
        yield (
            "stdc_outbox_paused",
            (where,),
            float(is_paused(unit, where, parts.clock())),
        )


def destinations(parts: Parts) -> list[str]:
    """List everywhere we write: Mautic, each ATS connection, and who takes alerts."""
    alert = [writes.ALERT] if parts.alerts is not None else []
    return [
        writes.MAUTIC,
        *alert,
        *(writes.ats(name) for name in sorted(parts.connectors)),
    ]


def is_paused(unit: Unit, destination: str, now: datetime) -> bool:
    """Whether the dispatcher leaves a destination alone because it is down."""
    told: Mapping[str, str] | None = unit.marks.get(f"paused.{destination}")
    return told is not None and now < datetime.fromisoformat(told["until"])


def _tallied(unit: Unit) -> Iterator[Sample]:
    tallies = unit.tallies.all()
    yield "stdc_duplicates_total", (), tallies.pop("duplicates", 0)
    for name, count in sorted(tallies.items()):
        area, _, kind = name.partition(".")
        if area == "events":
            yield "stdc_events_total", (kind,), count
        elif area == "healed":
            yield "stdc_healed_events_total", (kind,), count
    for what, took in spans(tallies).items():
        if what == lag.DECIDED:
            yield "stdc_decision_lag_seconds", (), took
        elif what.startswith(lag.ARRIVED):
            kind = what.removeprefix(lag.ARRIVED)
            yield "stdc_event_lag_seconds", (kind,), took


def _handovers(unit: Unit) -> Iterator[Sample]:
    for (connection, status), count in sorted(unit.figures.handed_over().items()):
        yield "stdc_handovers", (connection, status), count


def _disk(settings: Settings, now: datetime) -> Iterator[Sample]:
    spool = Spool(settings.spool)
    yield "stdc_spool_deliveries", ("waiting",), len(spool.waiting())
    yield "stdc_spool_deliveries", ("set_aside",), spool.aside()
    yield "stdc_spool_oldest_seconds", (), _age(now)(spool.oldest())
    for name, folder in (("data", settings.data_dir), ("spool", spool.folder)):
        yield "stdc_disk_free_bytes", (name,), free_bytes(folder)
