"""Pull what webhooks lost, and what has no webhook: heal the history by itself.

Up to 6.x Mautic forgets an event on any answer that is not 2xx, and never sends
downloads or videos at all. Its tables have everything, with the same natural
keys, so pulling the same rows twice costs time and nothing else.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import rescore
from webhooks.events import Event
from webhooks.sources.mautic_fields import Unfit
from webhooks.sources.mautic_stats import TABLES, Table, read

log = structlog.get_logger(__name__)

#: Rows per page and commit.
PAGE = 1000
#: Ids read again before the high-water mark: Mautic commits out of order.
OVERLAP = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What one pull found."""

    rows: int = 0
    #: Events that no webhook had brought, by type.
    healed: Mapping[str, int] = field(default_factory=dict)
    #: What could not be read: "page_hits 812: no moment can be read".
    unreadable: tuple[str, ...] = ()


def reconcile(parts: Parts) -> Reconciled:
    """Pull every table from its high-water mark on; return what was healed.

    A table that was never pulled starts at its present end: the past is for
    backfill, because a sign-up of last year must hand nobody over today.
    """
    healed: Counter[str] = Counter()
    unreadable: list[str] = []
    rows = sum(_pull(parts, table, healed, unreadable) for table in TABLES)
    log.info("reconcile", rows=rows, healed=sum(healed.values()))
    return Reconciled(rows=rows, healed=dict(healed), unreadable=tuple(unreadable))


def _pull(
    parts: Parts, table: Table, healed: Counter[str], unreadable: list[str]
) -> int:
    mark, floor = _mark(parts, table)
    after, total = max(floor, mark - OVERLAP), 0
    while rows := parts.mautic.stats.rows(table.name, after, PAGE):
        after = int(rows[-1]["id"])
        events = _events(table, rows, unreadable)
        reached = {"id": max(mark, after), "floor": floor}
        _keep(parts, table, events, reached, healed)
        total += len(rows)
    return total


def _mark(parts: Parts, table: Table) -> tuple[int, int]:
    """Tell up to which id was read, and below which nothing ever is."""
    name = mark_name(table)
    with parts.store.view() as unit:
        mark = unit.marks.get(name)
    if mark is None:
        last = parts.mautic.stats.last_id(table.name)
        mark = {"id": last, "floor": last}
        with parts.store.unit() as unit:
            unit.marks.put(name, mark)
    return int(mark["id"]), int(mark["floor"])


def mark_name(table: Table) -> str:
    """Name the high-water mark of a table."""
    return f"reconcile.{table.name}"


def _events(
    table: Table, rows: list[dict[str, Any]], unreadable: list[str]
) -> list[Event]:
    events: list[Event] = []
    for row in rows:
        try:
            events.extend(read(table, row))
        except Unfit as error:
            unreadable.append(f"{table.name} {row.get('id')}: {error}")
    return events


def _keep(
    parts: Parts,
    table: Table,
    events: list[Event],
    mark: dict[str, int],
    healed: Counter[str],
) -> None:
    now: datetime = parts.clock()
    with parts.store.unit() as unit:
        known = unit.history.has(event.key for event in events)
        news = [event for event in events if event.key not in known]
        touched = unit.history.append(news, now)
        people = set(unit.people.persons_of(touched, now).values())
        rescore(parts, unit, people, as_of=now)
        unit.marks.put(mark_name(table), mark)
    healed.update(event.type.value for event in news)
