"""From inbox to outbox: read deliveries, keep history, decide, want writes.

Everything a delivery changes is committed together with the delivery's own
state, so a crash at any point leaves it to be done again, never half done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from plugin.pipeline import writes
from plugin.pipeline.ats_news import heard
from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import rescore
from plugin.store import InboxItem, Unit
from webhooks.errors import Malformed
from webhooks.events import ContentKind, Event, EventType
from webhooks.sources.base import Parsed

log = structlog.get_logger(__name__)

#: How long a worker may sit on a delivery before another one takes it.
LEASE_SECONDS = 120.0
#: Kinds whose category only Mautic knows: webhooks strip it.
CATALOGUED = frozenset(
    {ContentKind.EMAIL, ContentKind.PAGE, ContentKind.FORM, ContentKind.ASSET}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """What one pass over the inbox did."""

    deliveries: int = 0
    events: int = 0
    parked: int = 0


def process(parts: Parts, *, limit: int = 200) -> Processed:
    """Take up to `limit` deliveries through history and decision to the outbox."""
    now = parts.clock()
    with parts.store.unit() as unit:
        items = unit.inbox.claim(limit, now, LEASE_SECONDS)
    if not items:
        return Processed()
    try:
        return _commit(parts, items, now)
    except Exception:  # one delivery must not hold up the others
        log.exception("process.batch_failed", deliveries=len(items))
        return _one_by_one(parts, items, now)


def _one_by_one(parts: Parts, items: Sequence[InboxItem], now: datetime) -> Processed:
    total = Processed()
    for item in items:
        try:
            done = _commit(parts, [item], now)
        except Exception as error:  # our bug: keep the delivery, say why
            log.exception("process.delivery_failed", delivery=item.id)
            done = Processed(parked=1)
            with parts.store.unit() as unit:
                reason = f"our bug, replay after mending: {error!r}"
                unit.inbox.park(item.id, reason, now)
        total = Processed(
            deliveries=total.deliveries + done.deliveries,
            events=total.events + done.events,
            parked=total.parked + done.parked,
        )
    return total


def _commit(parts: Parts, items: Sequence[InboxItem], now: datetime) -> Processed:
    read = [(item, _read(parts, item)) for item in items]
    parked = 0
    with parts.store.unit() as unit:
        touched: set[int] = set()
        events = 0
        for item, parsed in read:
            if isinstance(parsed, Parsed):
                touched |= _keep(unit, item, parsed, now)
                events += len(parsed.events)
            parked += _close(unit, item, parsed, now)
        people = set(unit.people.persons_of(touched, now).values())
        rescore(parts, unit, people, as_of=now)
    log.info("process", deliveries=len(items), events=events, parked=parked)
    return Processed(deliveries=len(items), events=events, parked=parked)


def _read(parts: Parts, item: InboxItem) -> Parsed | str:
    """Parse a delivery; a text says why that is impossible."""
    source = parts.sources.get(item.source)
    if source is None:
        return f"no source {item.source!r} in the configuration"
    try:
        return source.parse(item.body, item.received_at)
    except Malformed as error:
        return str(error)


def _keep(unit: Unit, item: InboxItem, parsed: Parsed, now: datetime) -> set[int]:
    """Append what happened; return the contact ids that something changed for."""
    touched = unit.people.see_profiles(parsed.profiles)
    connection = item.source.removeprefix("ats/")
    events: Sequence[Event] = parsed.events
    if connection != item.source:
        events = heard(unit, connection, events)
    touched |= unit.history.append(events, item.received_at)
    wanted = [
        writes.resolve(event.contact_id, event.key)
        for event in events
        if event.type is EventType.CONTACT_DELETED and event.contact_id
    ]
    wanted += [writes.reread(connection, hint.ref, now) for hint in parsed.hints]
    wanted += [
        writes.catalogue(kind, remote_id)
        for kind, remote_id in sorted(unit.content.missing(_named(events)))
    ]
    unit.outbox.put_many(wanted)
    return touched


def _named(events: Iterable[Event]) -> set[tuple[ContentKind, str]]:
    """List the content that events name and that Mautic has a category for."""
    return {
        (ref.kind, ref.id)
        for event in events
        for ref in (event.content, event.via)
        if ref is not None and ref.id is not None and ref.kind in CATALOGUED
    }


def _close(unit: Unit, item: InboxItem, parsed: Parsed | str, now: datetime) -> int:
    """Mark the delivery done, or park it with what could not be read; count parked."""
    if isinstance(parsed, str):
        unit.inbox.park(item.id, parsed, now)
        return 1
    if parsed.unreadable:
        reasons = "; ".join(
            f"{one.where}: {one.reason}" for one in parsed.unreadable[:5]
        )
        more = len(parsed.unreadable) - 5
        unit.inbox.park(item.id, reasons + (f"; {more} more" if more > 0 else ""), now)
        return 1
    unit.inbox.done(item.id, now, len(parsed.events), sum(parsed.unknown.values()))
    return 0
