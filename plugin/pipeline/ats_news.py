"""What an ATS tells of people we handed over: a changed standing becomes an event.

Candidates that we did not hand over are nobody's business of ours.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from plugin.ats.base import Snapshot, StageKind
from plugin.pipeline.force import judge
from plugin.pipeline.parts import Parts
from plugin.store import Link, Unit, links
from webhooks.events import Event, EventType

log = structlog.get_logger(__name__)

DELETED = links.DELETED
#: What keeps two events of one change in their order.
MOMENT = timedelta(microseconds=1)
#: What a standing means for the journey; the others mean nothing.
EVENT_OF = {
    StageKind.HIRED: EventType.CANDIDATE_HIRED,
    StageKind.REJECTED: EventType.CANDIDATE_REJECTED,
    StageKind.WITHDRAWN: EventType.CANDIDATE_WITHDRAWN,
    StageKind.ENDED: EventType.ASSIGNMENT_ENDED,
}
#: And what news mean for the standing, where they can be believed as told.
STATUS_OF = {
    EventType.CANDIDATE_HIRED: StageKind.HIRED.value,
    EventType.CANDIDATE_UNHIRED: StageKind.ACTIVE.value,
    EventType.CANDIDATE_REJECTED: StageKind.REJECTED.value,
    EventType.CANDIDATE_WITHDRAWN: StageKind.WITHDRAWN.value,
    EventType.ASSIGNMENT_ENDED: StageKind.ENDED.value,
}


def take(parts: Parts, connection: str, snapshots: Iterable[Snapshot]) -> int:
    """Believe what was read; return how many people stand otherwise than before."""
    now = parts.clock()
    with parts.store.unit() as unit:
        people = {
            link.person_id
            for snapshot in snapshots
            for link in unit.links.list(connection=connection, ref=snapshot.ref.id)
            if _changed(unit, link, snapshot, now)
        }
        judge(parts, unit, people, as_of=now)
    return len(people)


def heard(unit: Unit, connection: str, events: Iterable[Event]) -> list[Event]:
    """Say whose the news of a webhook are, and keep the standing they tell.

    News that name their own id only are told apart by our links.
    """
    return [
        named
        for event in events
        if (named := _named(unit, connection, event)) is not None
    ]


def standing(snapshot: Snapshot) -> str:
    """Write how somebody stands as the status of a link."""
    return DELETED if snapshot.is_deleted else snapshot.stage_kind.value


def _changed(unit: Unit, link: Link, snapshot: Snapshot, now: datetime) -> bool:
    """Keep a new standing and what it means; tell whether it is new."""
    if snapshot.merged_into is not None:
        unit.links.put(replace(link, ref=snapshot.merged_into, updated_at=now))
        return True
    if link.status == standing(snapshot):
        return False
    # their clock may be behind ours, but news are newer than what we knew
    at = max(min(snapshot.updated_at or now, now), link.updated_at)
    unit.history.append(_news(link, snapshot, at), now)
    unit.links.put(
        replace(
            link,
            status=standing(snapshot),
            url=snapshot.ref.url or link.url,
            updated_at=at,
        )
    )
    return True


def _news(link: Link, snapshot: Snapshot, at: datetime) -> list[Event]:
    """Say what happened, in order: who is rejected after a hire was unhired first."""
    types = list(_types(link.status, snapshot))
    first = max(at - MOMENT * (len(types) - 1), link.updated_at)
    return [
        _event(link, event_type, first + MOMENT * number, snapshot.stage)
        for number, event_type in enumerate(types)
    ]


def _event(link: Link, event_type: EventType, at: datetime, stage: str) -> Event:
    who = f"{link.connection}:contact:{link.contact_id}"
    return Event(
        key=f"ats:{who}:{event_type.value}:{at.isoformat()}",
        type=event_type,
        contact_id=link.contact_id,
        occurred_at=at,
        data={"connection": link.connection, "stage": stage},
    )


def _types(before: str, snapshot: Snapshot) -> Iterator[EventType]:
    found = EVENT_OF.get(snapshot.stage_kind)
    # a record that is cleared away is nobody's withdrawal
    if snapshot.is_deleted and found is EventType.CANDIDATE_WITHDRAWN:
        found = None
    # a record that is cleared away takes no hire back, nor does an end after it
    is_over = snapshot.is_deleted or snapshot.stage_kind is StageKind.ENDED
    if before == StageKind.HIRED.value and not is_over:
        yield EventType.CANDIDATE_UNHIRED
    if found is not None:
        yield found


def _named(unit: Unit, connection: str, event: Event) -> Event | None:
    link = _link_of(unit, connection, event)
    if link is None:
        if event.contact_id is None:
            log.info("ats.stranger", connection=connection, ref=event.data.get("ref"))
            return None
        return event
    is_latest = event.occurred_at >= link.updated_at or link.status == StageKind.NEW
    if is_latest and event.type in STATUS_OF:
        told = STATUS_OF[event.type]
        unit.links.put(replace(link, status=told, updated_at=event.occurred_at))
    return replace(event, contact_id=event.contact_id or link.contact_id)


def _link_of(unit: Unit, connection: str, event: Event) -> Link | None:
    """Find the link of who is named: by the contact, else by the ATS's own id."""
    if event.contact_id is None:
        return unit.links.by_ref(connection, str(event.data.get("ref") or ""))
    for person_id in unit.people.current([event.contact_id]):
        return unit.links.get(connection, person_id)
    return None
