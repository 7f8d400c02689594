"""Writes to an ATS and news from it: hand over once, follow what comes of it."""

from collections.abc import Iterable
from datetime import datetime

import structlog

from plugin.ats.base import (
    AuthBroken,
    ChangePage,
    Connector,
    Failure,
    Permanent,
    Ref,
    Retry,
    Snapshot,
    StageKind,
    Unknown,
)
from plugin.ats.draft import draft, marker_of
from plugin.ats.handover import HandoverResult, hand_over
from plugin.ats.intent import intent_for
from plugin.errors import Bug, Misconfigured, Rejected, Retryable, StdcError
from plugin.history.model import Person
from plugin.mappings.model import AtsMapping
from plugin.phases.decide import decide
from plugin.pipeline.dispatch import Dispatched, claim, settle
from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import is_handed_over, may_hand_over, rescore
from plugin.pipeline.writes import HANDOVER, REREAD, ats
from plugin.store import Link, OutboxItem, Unit
from webhooks.events import Event, EventType

log = structlog.get_logger(__name__)

#: Hand-overs claimed at once.
LIMIT = 20
#: What a change of standing means for the journey.
EVENT_OF = {
    StageKind.HIRED: EventType.CANDIDATE_HIRED,
    StageKind.REJECTED: EventType.CANDIDATE_REJECTED,
    StageKind.WITHDRAWN: EventType.CANDIDATE_WITHDRAWN,
}


def deliver_all(parts: Parts) -> Dispatched:
    """Send until nothing that is due gets done any more, over all connections."""
    total = Dispatched()
    for connection in sorted(parts.connectors):
        while (once := deliver(parts, connection)).done:
            total += once
        total += once
    return total


def deliver(parts: Parts, connection: str) -> Dispatched:
    """Send what one connection is to have, once over."""
    total = Dispatched()
    for item in claim(parts, ats(connection), LIMIT):
        error: Exception | None = None
        try:
            if item.kind == HANDOVER:
                _hand_over(parts, connection, item)
            elif item.kind == REREAD:
                _reread(parts, connection, str(item.payload["ref"]))
        except StdcError as caught:
            error = caught
        except Exception as caught:  # our bug parks this write, not the others
            log.exception("deliver.failed", write=item.id, kind=item.kind)
            error = caught
        with parts.store.unit() as unit:
            total += settle(parts, unit, item, error)
    return total


def raise_for(failure: Failure | None) -> None:
    """Turn an outcome into the error that says the same to the outbox."""
    match failure:
        case None:
            return
        case Retry(message=message, after_seconds=after):
            raise Retryable(message, after_seconds=after)
        case Unknown(message=message):
            # the next attempt looks for our marker before it creates
            raise Retryable(f"{message}; it may have been done")
        case AuthBroken(message=message):
            raise Misconfigured(message, ("mend the key or the rights of its user",))
        case Permanent(message=message):
            raise Rejected(message)
        case _:
            raise Rejected(f"needs a person: {failure.message}")


def _hand_over(parts: Parts, connection: str, item: OutboxItem) -> None:
    """Hand one person over, unless they took it back in the meantime."""
    now = parts.clock()
    with parts.store.view() as unit:
        person = unit.people.load(item.person_id or 0)
        link = unit.links.get(connection, person.id) if person else None
        catalogue = parts.catalogue(unit)
    if person is None or person.contact_id is None:
        return
    decision = decide(person, parts.mappings, catalogue, as_of=now)
    if not (is_handed_over(decision) and may_hand_over(parts, person)):
        log.info("handover.overtaken", contact=person.id, phase=decision.phase.value)
        return
    mapping = parts.mappings.ats.get(connection, AtsMapping(connection=connection))
    result = hand_over(
        parts.connectors[connection],
        draft(
            person,
            decision,
            parts.mappings,
            mapping,
            instance=parts.settings.instance,
            link=parts.link(person.id),
        ),
        intent_for(decision, mapping),
        link_ref=Ref(id=link.ref, url=link.url) if link else None,
        op_id=item.key,
    )
    _keep_link(parts, connection, person, result, now)
    raise_for(result.failure)


def _keep_link(
    parts: Parts,
    connection: str,
    person: Person,
    result: HandoverResult,
    now: datetime,
) -> None:
    """Remember where they stand, even if a later step failed; and show it in Mautic."""
    if result.ref is None:
        return
    with parts.store.unit() as unit:
        unit.links.put(
            Link(
                connection=connection,
                contact_id=person.id,
                person_id=person.id,
                ref=result.ref.id,
                url=result.ref.url,
                status=StageKind.NEW.value,
                marker=marker_of(parts.settings.instance, person.id),
                handed_over_at=now,
                updated_at=now,
            )
        )
        detail = {
            "connection": connection,
            "ref": result.ref.id,
            "created": result.was_created,
            "mappings": parts.mappings.version,
        }
        unit.audit.add(now, "stdc", "candidate.handed_over", str(person.id), detail)
        rescore(parts, unit, [person.id], as_of=now)


def _reread(parts: Parts, connection: str, ref: str) -> None:
    answer = parts.connectors[connection].fetch([ref])
    if isinstance(answer, Failure):
        raise_for(answer)
        raise Bug("a failure that says nothing")
    take(parts, connection, answer.value)


def poll_all(parts: Parts) -> int:
    """Ask every ATS that can be asked what changed; return how many news there were."""
    return sum(poll(parts, name, one) for name, one in parts.connectors.items())


def poll(parts: Parts, connection: str, connector: Connector) -> int:
    """Read on from the kept cursor; a failure is logged and tried again next time."""
    mark = f"ats.{connection}.cursor"
    news, more = 0, True
    while more:
        with parts.store.view() as unit:
            cursor = unit.marks.get(mark)
        answer = connector.changes(cursor)
        if isinstance(answer, Failure):
            log.warning("ats.poll_failed", connection=connection, why=answer.message)
            return news
        page: ChangePage = answer.value
        news += take(parts, connection, page.snapshots)
        with parts.store.unit() as unit:
            unit.marks.put(mark, page.cursor)
        more = page.has_more and page.cursor != cursor
    return news


def take(parts: Parts, connection: str, snapshots: Iterable[Snapshot]) -> int:
    """Believe what was read: a changed standing becomes an event of the person.

    Candidates that we did not hand over are nobody's business of ours.
    """
    now = parts.clock()
    with parts.store.unit() as unit:
        people = [
            person_id
            for snapshot in snapshots
            if (person_id := _changed(unit, connection, snapshot, now)) is not None
        ]
        rescore(parts, unit, people, as_of=now)
    return len(people)


def _changed(
    unit: Unit, connection: str, snapshot: Snapshot, now: datetime
) -> int | None:
    """Keep a new standing, and tell whose it is; None when it is not new."""
    link = unit.links.by_ref(connection, snapshot.ref.id)
    if link is None or link.status == _status(snapshot):
        return None
    at = min(snapshot.updated_at or now, now)
    event_type = _event_type(link.status, snapshot)
    if event_type is not None:
        key = f"ats:{connection}:{snapshot.ref.id}:{event_type.value}:{at.isoformat()}"
        event = Event(
            key=key,
            type=event_type,
            contact_id=link.contact_id,
            occurred_at=at,
            data={"connection": connection, "stage": snapshot.stage},
        )
        unit.history.append([event], now)
    unit.links.put(
        Link(
            connection=connection,
            contact_id=link.contact_id,
            person_id=link.person_id,
            ref=link.ref,
            url=snapshot.ref.url or link.url,
            status=_status(snapshot),
            marker=link.marker,
            handed_over_at=link.handed_over_at,
            updated_at=at,
        )
    )
    return link.person_id


def _status(snapshot: Snapshot) -> str:
    return "deleted" if snapshot.is_deleted else snapshot.stage_kind.value


def _event_type(before: str, snapshot: Snapshot) -> EventType | None:
    """Say what happened; leaving the hired stage takes a hire back."""
    if snapshot.is_deleted:
        return EventType.CANDIDATE_WITHDRAWN
    found = EVENT_OF.get(snapshot.stage_kind)
    if found is None and before == StageKind.HIRED.value:
        return EventType.CANDIDATE_UNHIRED
    return found
