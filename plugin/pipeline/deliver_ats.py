"""Writes to an ATS, and asking it for news: hand over once, follow what comes of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from plugin.ats.base import (
    GONE,
    CandidateDraft,
    ChangePage,
    Changes,
    Connector,
    Failure,
    Ok,
    Permanent,
    Ref,
    StageKind,
)
from plugin.ats.handover import hand_over
from plugin.errors import Misconfigured, Retryable, StdcError
from plugin.pipeline import record
from plugin.pipeline.ats_news import DELETED, standing, take
from plugin.pipeline.deliver_again import do_again, send_again
from plugin.pipeline.deliver_rights import (
    late_erasure,
    pass_on_consent,
    pass_on_erasure,
)
from plugin.pipeline.dispatch import (
    Dispatched,
    NotYet,
    answered,
    claim,
    is_paused,
    no_answer,
    not_asked,
    pause,
    release,
    settle,
    too_late,
)
from plugin.pipeline.failures import Down, raise_for
from plugin.pipeline.force import judge
from plugin.pipeline.handing import prepare
from plugin.pipeline.parts import Parts
from plugin.pipeline.pulling import pull
from plugin.pipeline.rights import begun
from plugin.pipeline.writes import (
    AGAIN,
    CONSENT,
    ERASE,
    HANDOVER,
    REREAD,
    RESYNC,
    RIGHTS,
    ats,
)
from plugin.store import Link, OutboxItem

log = structlog.get_logger(__name__)

#: Writes of a kind in one pass.
LIMIT = 20
#: How often everybody we handed over is read again: no poll tells of deletions.
RECHECK = timedelta(hours=1)
#: Candidates read at once.
PAGE = 100
#: Kinds that write a candidate: when one has to wait, the next would have to as well.
SENDS = frozenset({HANDOVER, AGAIN, RESYNC})
#: More links than any one connection has.
ALL = 10_000_000


def deliver_all(parts: Parts) -> Dispatched:
    """Send until nothing that is due gets done any more, or we are to stop."""
    total = Dispatched()
    for connection in sorted(parts.connectors):
        total += deliver_each(parts, connection)
    return total


def deliver_each(parts: Parts, connection: str) -> Dispatched:
    """Do so for one connection."""
    total, once = Dispatched(), Dispatched(done=1)
    while once.done and not parts.stopping():
        once = deliver(parts, connection)
        total += once
    return total


def deliver(parts: Parts, connection: str) -> Dispatched:
    """Send what one connection is to have, once over.

    One at a time, so that no claim runs out while others are sent; and no further
    when one has to wait, for the next would have to as well.
    """
    total = Dispatched()
    for kind in (*RIGHTS, HANDOVER, AGAIN, RESYNC, REREAD):
        for _ in range(LIMIT):
            if parts.stopping():
                return total
            once = _send_next(parts, connection, kind)
            total += once
            if once == Dispatched() or (once.retried and kind in SENDS):
                break
    return total


def _send_next(parts: Parts, connection: str, kind: str) -> Dispatched:
    """Do the write that is due first; what comes of it is in the count."""
    destination = ats(connection)
    for item in claim(parts, destination, 1, [kind]):
        error = _try(parts, connection, item)
        with parts.store.unit() as unit:
            if error is not None and _concerns_all(error):
                return pause(parts, unit, [item], error)
            if isinstance(error, Down):
                if until := no_answer(parts, unit, destination, error):
                    return release(unit, [item], until, str(error))
            elif isinstance(error, Retryable):
                not_asked(unit, destination, kind)
            else:
                answered(parts, unit, destination, kind)
            once = settle(parts, unit, item, error)
            if once.parked and item.person_id is not None:
                # the contact in Mautic says that a person has to look
                judge(parts, unit, [item.person_id], as_of=parts.clock())
            return once
    return Dispatched()


def _concerns_all(error: Exception) -> bool:
    """Whether the other side refuses us, or asks us to leave it alone for a while."""
    after = getattr(error, "after_seconds", None)
    is_refused = isinstance(error, Misconfigured)
    return is_refused or (after is not None and not isinstance(error, NotYet))


def poll_all(parts: Parts) -> int:
    """Ask every ATS that can be asked what changed; return how many news there were."""
    return sum(poll_each(parts, name) for name in sorted(parts.connectors))


def poll_each(parts: Parts, connection: str) -> int:
    """Ask one ATS what changed, unless it is to be left alone."""
    connector = parts.connectors[connection]
    changes, news = connector.capabilities().changes, 0
    for ask in (poll, recheck) if changes is Changes.POLL else (recheck,):
        with parts.store.view() as unit:
            is_left_alone = is_paused(unit, ats(connection), parts.clock())
        if changes is not Changes.NONE and not is_left_alone:
            news += ask(parts, connection, connector)
    return news


def _unread(parts: Parts, connection: str, failure: Failure) -> None:
    """Log that it could not be read; that nobody answers is known to writes too."""
    log.warning("ats.read_failed", connection=connection, why=failure.message)
    if failure.is_down:
        with parts.store.unit() as unit:
            no_answer(parts, unit, ats(connection), Down(failure.message))


def poll(parts: Parts, connection: str, connector: Connector) -> int:
    """Read on from the kept cursor; a failure is logged and tried again next time."""
    mark = f"ats.{connection}.cursor"
    news, more = 0, True
    while more:
        with parts.store.view() as unit:
            cursor = unit.marks.get(mark)
        answer = connector.changes(cursor)
        if isinstance(answer, Failure):
            _unread(parts, connection, answer)
            return news
        page: ChangePage = answer.value
        news += take(parts, connection, page.snapshots)
        pull(parts, connection, page.snapshots)
        with parts.store.unit() as unit:
            unit.marks.put(mark, page.cursor)
        more = page.has_more and page.cursor != cursor
    return news


def recheck(parts: Parts, connection: str, connector: Connector) -> int:
    """Read everybody handed over again, now and then; return how many news there were.

    Finds who was deleted, and what happened before the first poll.
    """
    mark, now = f"ats.{connection}.rechecked_at", parts.clock()
    with parts.store.view() as unit:
        last = unit.marks.get(mark)
        links = unit.links.list(connection=connection, limit=ALL)
    if last is not None and now - datetime.fromisoformat(last) < RECHECK:
        return 0
    refs = sorted({link.ref for link in links if link.status != DELETED})
    news = 0
    for start in range(0, len(refs), PAGE):
        answer = connector.fetch(refs[start : start + PAGE])
        if isinstance(answer, Failure):
            _unread(parts, connection, answer)
            return news
        news += take(parts, connection, answer.value)
        pull(parts, connection, answer.value)
    with parts.store.unit() as unit:
        unit.marks.put(mark, now.isoformat())
    return news


def _try(parts: Parts, connection: str, item: OutboxItem) -> Exception | None:
    """Do one write; give back what went wrong instead of raising it."""
    try:
        if item.kind == HANDOVER:
            _hand_over(parts, connection, item)
        elif item.kind == RESYNC:
            send_again(parts, connection, item)
        elif item.kind == REREAD:
            _reread(parts, connection, item)
        elif item.kind == AGAIN:
            do_again(parts, connection, item)
        elif item.kind == ERASE:
            pass_on_erasure(parts, connection, item)
        elif item.kind == CONSENT:
            pass_on_consent(parts, connection, item)
    except StdcError as error:
        if isinstance(error, Misconfigured):
            log.warning("ats.refused", connection=connection, why=error.headline)
        return error
    except Exception as error:  # our bug parks this write, not the others
        log.exception("deliver.failed", write=item.id, kind=item.kind)
        return error
    return None


def _hand_over(parts: Parts, connection: str, item: OutboxItem) -> None:
    """Hand one person over, unless that was overtaken in the meantime."""
    now = parts.clock()
    with parts.store.view() as unit:
        ready = prepare(parts, unit, connection, item.person_id or 0, now)
    if ready is None:
        return
    if ready.why_not is not None:
        _drop(parts, connection, item, ready.why_not)
        return
    ready.insist(connection)
    connector, link = parts.connectors[connection], ready.link
    why_so = record.handed_over(
        connection, ready.person, ready.decision, parts.mappings, item
    ) | {"by": ready.judged.by, "warnings": list(ready.draft.warnings)}
    result = hand_over(
        connector,
        ready.draft,
        ready.intent,
        link_ref=ready.link_ref,
        is_new=ready.is_new,
        # not the key: that changes when late evidence dates their sign-up otherwise
        op_id=item.supersedes or item.key,
    )
    if link is not None and is_gone(result.failure):
        _bury(parts, link, item, now)
        return
    if result.ref is not None and link is None:
        made = _link(parts, connection, ready.draft, result.ref)
        made = begun(parts, ready.person, made)
        if not result.was_created:
            made = replace(made, status=_standing(connector, made))
        _keep_link(
            parts, made, record.stands(why_so, made.ref, created=result.was_created)
        )
    elif link is not None and result.failure is None:
        _note(parts, link, record.stands(why_so, link.ref, created=False))
    raise_for(result.failure)


def is_gone(failure: Failure | None) -> bool:
    """Whether the candidate was deleted there."""
    return isinstance(failure, Permanent) and failure.code == GONE


def _drop(parts: Parts, connection: str, item: OutboxItem, why: str) -> None:
    """Forget a wish; should it come back, it may be wanted again."""
    with parts.store.unit() as unit:
        if not unit.outbox.forget(item):
            too_late(item)
            return
        told = {"connection": connection, "why": why}
        now, who = parts.clock(), item.person_id or 0
        record.note(unit, now, record.DROPPED, who, told)
    log.info("handover.dropped", person=item.person_id, why=why)


def _standing(connector: Connector, link: Link) -> str:
    """Read how somebody who was there before stands: that is no news of ours."""
    answer = connector.fetch([link.ref])
    if isinstance(answer, Ok) and answer.value:
        return standing(answer.value[0])
    return link.status


def _link(parts: Parts, connection: str, wanted: CandidateDraft, ref: Ref) -> Link:
    """Tie a person to who stands there as new."""
    now = parts.clock()
    return Link(
        connection=connection,
        contact_id=wanted.contact_id,
        person_id=wanted.contact_id,
        ref=ref.id,
        url=ref.url,
        status=StageKind.NEW.value,
        marker=wanted.marker,
        handed_over_at=now,
        updated_at=now,
    )


def _keep_link(parts: Parts, link: Link, detail: Mapping[str, Any]) -> None:
    """Remember where they stand, even if a later step failed; and show it in Mautic."""
    with parts.store.unit() as unit:
        if not unit.links.put(link):
            is_ours = bool(detail["created"])
            unit.outbox.put(late_erasure(unit, link, is_ours=is_ours))
            return
        judge(parts, unit, [link.person_id], as_of=link.updated_at)
        at, who = link.updated_at, link.person_id
        record.note(unit, at, record.HANDED_OVER, who, detail)


def _note(parts: Parts, link: Link, detail: Mapping[str, Any]) -> None:
    with parts.store.unit() as unit:
        record.note(unit, parts.clock(), record.UPDATED, link.person_id, detail)


def _bury(parts: Parts, link: Link, item: OutboxItem, now: datetime) -> None:
    """Respect that they were deleted there: nobody makes them again."""
    with parts.store.unit() as unit:
        unit.links.put(replace(link, status=DELETED, updated_at=now))
        judge(parts, unit, [link.person_id], as_of=now)
    _drop(parts, link.connection, item, "deleted in the ATS")


def _reread(parts: Parts, connection: str, item: OutboxItem) -> None:
    """Read what a hint named: at once, and once more if nothing was new yet.

    Some tell before they commit, and then the first reading is one of the past.
    """
    connector = parts.connectors[connection]
    answer = connector.fetch([str(item.payload["ref"])])
    if isinstance(answer, Failure):
        raise_for(answer)
        return
    news = take(parts, connection, answer.value)
    news += pull(parts, connection, answer.value)
    wait = connector.capabilities().hint_delay_seconds
    if not news and wait and item.attempts == 1:
        raise NotYet("nothing new yet: read once more", after_seconds=wait)
