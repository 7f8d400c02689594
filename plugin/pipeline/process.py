"""From inbox to outbox: read deliveries, keep history, decide, want writes.

Everything a delivery changes is committed together with the delivery's own
state, so a crash at any point leaves it to be done again, never half done.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from plugin.errors import Retryable
from plugin.pipeline import backoff, lag, traces, writes
from plugin.pipeline.ats_news import heard
from plugin.pipeline.force import judge
from plugin.pipeline.parts import Parts
from plugin.pipeline.traces import signatures
from plugin.store import InboxItem, OutboxWrite, Unit
from webhooks.errors import Malformed
from webhooks.events import ContentKind, Event, EventType
from webhooks.sources.base import Parsed

log = structlog.get_logger(__name__)

#: How long a worker may sit on a delivery before another one takes it.
LEASE_SECONDS = 120.0
#: Begun this often and never ended: from now on it is done apart, after the others.
SUSPECT_ATTEMPTS = 4
#: And this often: whatever it does to the worker, a person must look.
MOST_ATTEMPTS = 20
#: Reasons named of a delivery with many unreadable items.
NAMED = 5
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

    def __add__(self, other: "Processed") -> "Processed":
        """Add up two passes."""
        return Processed(
            deliveries=self.deliveries + other.deliveries,
            events=self.events + other.events,
            parked=self.parked + other.parked,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A delivery and what it says; a text says why it cannot be read."""

    item: InboxItem
    parsed: Parsed | str
    #: In our words, and whose they are.
    events: tuple[Event, ...] = ()


def process(parts: Parts, *, limit: int = 200) -> Processed:
    """Take up to `limit` deliveries through history and decision to the outbox."""
    now = parts.clock()
    with parts.store.unit() as unit:
        items = unit.inbox.claim(limit, now, LEASE_SECONDS)
    sound = [item for item in items if item.attempts < SUSPECT_ATTEMPTS]
    suspect = [item for item in items if item.attempts >= SUSPECT_ATTEMPTS]
    return _together(parts, sound, now) + _one_by_one(parts, suspect, now)


def _together(parts: Parts, items: Sequence[InboxItem], now: datetime) -> Processed:
    if not items:
        return Processed()
    try:
        return _commit(parts, items, now)
    except Retryable:
        log.warning("process.store_busy", deliveries=len(items))
        return _give_back(parts, items, now)
    except Exception:  # one delivery must not hold up the others
        log.exception("process.batch_failed", deliveries=len(items))
        return _one_by_one(parts, items, now)


def _one_by_one(parts: Parts, items: Sequence[InboxItem], now: datetime) -> Processed:
    total = Processed()
    for item in items:
        try:
            total += _commit(parts, [item], now)
        except Retryable:
            log.warning("process.store_busy", deliveries=1)
            total += _give_back(parts, [item], now)
        except Exception as error:  # our bug: keep the delivery, say why
            log.exception("process.delivery_failed", delivery=item.id)
            total += _park(parts, item, now, f"{error!r}")
    return total


def _give_back(parts: Parts, items: Sequence[InboxItem], now: datetime) -> Processed:
    """Let the store catch its breath; the deliveries themselves are sound."""
    with parts.store.unit() as unit:
        for item in items:
            wait = timedelta(seconds=backoff.delay(item.attempts, parts.jitter()))
            unit.inbox.retry(item.claim, now + wait, "the store was busy")
    # none was done: whoever asks for the next pass need not ask at once
    return Processed()


def _park(parts: Parts, item: InboxItem, now: datetime, why: str) -> Processed:
    with parts.store.unit() as unit:
        unit.inbox.park(item.claim, f"our bug, replay after mending: {why}", now)
    return Processed(deliveries=1, parked=1)


def _commit(parts: Parts, items: Sequence[InboxItem], now: datetime) -> Processed:
    read = [_read(parts, item) for item in items]
    # two machines' clocks differ: what was received has happened
    as_of = max([now, *(item.received_at for item in items)])
    with parts.store.unit() as unit:
        touched = _keep(parts, unit, read, now)
        traces.forget(unit, items, (one.parsed for one in read))
        people = unit.people.persons_of(touched, now).values()
        judge(parts, unit, people, as_of=as_of)
        parked = _close(unit, read, now)
        told = ((one.item.received_at, one.events) for one in read)
        lag.note(unit.tallies, told, parts.clock())
    events = sum(len(one.events) for one in read)
    log.info("process", deliveries=len(items), events=events, parked=parked)
    return Processed(deliveries=len(items), events=events, parked=parked)


def _read(parts: Parts, item: InboxItem) -> _Read:
    """Parse a delivery, or say why that is impossible."""
    if item.attempts >= MOST_ATTEMPTS:
        why = f"begun {item.attempts} times and never ended: it may stop the worker"
        return _Read(item=item, parsed=why)
    source = parts.sources.get(item.source)
    if source is None:
        why = f"no source {item.source!r} in the configuration"
        return _Read(item=item, parsed=why)
    try:
        parsed = source.parse(item.body, item.received_at)
    except Malformed as error:
        return _Read(item=item, parsed=str(error))
    events = tuple(_happened(one, item.received_at) for one in parsed.events)
    return _Read(item=item, parsed=parsed, events=events)


def _happened(event: Event, received_at: datetime) -> Event:
    """Let nothing happen after it was heard of: their clock may be ahead of ours."""
    if event.occurred_at <= received_at:
        return event
    return replace(event, occurred_at=received_at)


def _keep(parts: Parts, unit: Unit, read: Sequence[_Read], now: datetime) -> set[int]:
    """Append what happened; return the contact ids that something changed for.

    All at once, in one order: two workers must never wait for each other.
    """
    told_of = [
        seen
        for one in read
        if isinstance(one.parsed, Parsed)
        for seen in one.parsed.profiles
    ]
    spoken = parts.mappings.fields.hand_over.tags
    unit.people.recognise(signatures(event for one in read for event in one.events))
    touched = unit.people.see_profiles(told_of, spoken)
    told = [(_whose(unit, one), one) for one in read]
    touched |= unit.history.append_all(
        (event, one.item.received_at) for events, one in told for event in events
    )
    everything = [event for events, _ in told for event in events]
    unit.outbox.put_many(
        [*_wanted(unit, everything), *_rereads((one for _, one in told), now)]
    )
    return touched


def _whose(unit: Unit, one: _Read) -> Sequence[Event]:
    """Take events as they are from Mautic; an ATS may name its own ids only."""
    connection = one.item.source.removeprefix("ats/")
    if connection == one.item.source:
        return one.events
    return heard(unit, connection, one.events)


def _wanted(unit: Unit, events: Sequence[Event]) -> Iterator[OutboxWrite]:
    """Want to know who became of a vanished id, and what unknown content is."""
    for event in events:
        if event.type is EventType.CONTACT_DELETED and event.contact_id:
            yield writes.resolve(event.contact_id, event.key, event.occurred_at)
    for kind, remote_id in sorted(unit.content.missing(_named(events))):
        yield writes.catalogue(kind, remote_id)


def _rereads(read: Iterable[_Read], now: datetime) -> Iterator[OutboxWrite]:
    for one in read:
        if isinstance(one.parsed, Parsed):
            connection = one.item.source.removeprefix("ats/")
            for hint in one.parsed.hints:
                yield writes.reread(connection, hint.ref, now)


def _named(events: Iterable[Event]) -> set[tuple[ContentKind, str]]:
    """List the content that events name and that Mautic has a category for."""
    return {
        (ref.kind, ref.id)
        for event in events
        for ref in (event.content, event.via)
        if ref is not None and ref.id is not None and ref.kind in CATALOGUED
    }


def _close(unit: Unit, read: Sequence[_Read], now: datetime) -> int:
    """Mark deliveries done, or park them with what could not be read; count parked."""
    parked = [(one.item.claim, why) for one in read if (why := _trouble(one.parsed))]
    for claim, why in parked:
        unit.inbox.park(claim, why, now)
    aside = {claim for claim, _ in parked}
    unit.inbox.done_all(
        {
            one.item.claim: (len(one.events), sum(one.parsed.unknown.values()))
            for one in read
            if one.item.claim not in aside and isinstance(one.parsed, Parsed)
        },
        now,
    )
    return len(parked)


def _trouble(parsed: Parsed | str) -> str:
    """Say what could not be read; empty when everything could."""
    if isinstance(parsed, str):
        return parsed
    reasons = [f"{one.where}: {one.reason}" for one in parsed.unreadable]
    more = [f"{len(reasons) - NAMED} more"] if len(reasons) > NAMED else []
    return "; ".join([*reasons[:NAMED], *more])
