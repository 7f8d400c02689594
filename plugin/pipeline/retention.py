"""What is kept no longer than the settings say, deleted in small steps."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from plugin.phases.forgetting import forget
from plugin.pipeline.parts import Parts
from plugin.planning.origin import origin
from plugin.store import Old, Unit

log = structlog.get_logger(__name__)

#: Rows per commit: the door is never held up for long.
STEP = 500
#: People whose behaviour is looked through in one commit, for each row of a step.
SHARE = 10

#: Deletes up to so many rows finished before then; returns how many.
Purge = Callable[[Unit, datetime, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How much was deleted."""

    deliveries: int
    writes: int
    events: int
    #: Lines of the audit.
    lines: int


def purge(parts: Parts, *, step: int = STEP) -> Purged:
    """Delete deliveries, writes, behaviour and audit older than they may be.

    What is parked stays until a person has looked.
    """
    keep = parts.settings.retention
    done = Purged(
        deliveries=_all(parts, Unit.purge_deliveries, keep.inbox_days, step),
        writes=_all(parts, Unit.purge_done_outbox, keep.outbox_days, step),
        events=_forget_behaviour(parts, keep.history_days, step),
        lines=_all(parts, Unit.purge_audit, keep.audit_days, step),
    )
    if done != Purged(deliveries=0, writes=0, events=0, lines=0):
        log.info("retention", **asdict(done))
    return done


def _forget_behaviour(parts: Parts, days: int, step: int) -> int:
    """Delete what people did too long ago, and keep what it came to.

    Looks by an index, so that there is nothing to do when nothing is old. Who lost
    some is decided about again, which by what is kept changes and announces nothing.
    """
    before = parts.clock() - timedelta(days=days)
    total, last = 0, None
    while not parts.stopping():
        with parts.store.view() as unit:
            old = unit.history.old(before, last, max(1, step // SHARE))
        if not old:
            break
        with parts.store.unit() as unit:
            total += _forget(parts, unit, old, before)
        last = old[-1]
    return total


def _forget(parts: Parts, unit: Unit, old: Sequence[Old], before: datetime) -> int:
    """Forget what the persons of some old events did before then; count it."""
    named = {one.contact_id for one in old if one.contact_id is not None}
    known = unit.people.current(named)
    # an edited folder may be taken over at any moment, but not half way
    mappings, catalogue = parts.mappings, parts.catalogue(unit)
    total = 0
    for person in unit.people.load_many(known):
        came = origin(person, mappings)
        past = forget(
            person,
            mappings,
            catalogue,
            before=before,
            as_of=parts.clock(),
            came_by=came.channel if came else None,
        )
        if past is not None:
            unit.pasts.put(person.id, past)
            total += unit.history.forget(person.id, past.until)
            unit.people.mark_dirty([person.id])
    return total + unit.history.drop(_nobodys(unit, old))


def _nobodys(unit: Unit, old: Sequence[Old]) -> list[int]:
    """List the events that are of nobody whom we know."""
    named = {one.contact_id for one in old if one.contact_id is not None}
    known = unit.people.known(named)
    return [one.id for one in old if one.contact_id not in known]


def _all(parts: Parts, delete: Purge, days: int, step: int) -> int:
    before = parts.clock() - timedelta(days=days)
    total = 0
    while not parts.stopping():
        with parts.store.unit() as unit:
            gone = delete(unit, before, step)
        total += gone
        if gone < step:
            break
    return total
