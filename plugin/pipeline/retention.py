"""What is kept no longer than the settings say, deleted in small steps."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from plugin.pipeline.parts import Parts
from plugin.store import Unit
from webhooks.events import EventType

log = structlog.get_logger(__name__)

#: Rows per commit: the door is never held up for long.
STEP = 500
#: Events looked at for each that might be deleted in one step.
SPAN = 10
#: What the ATS told: a phase may rest on it for years.
LASTING = frozenset(
    {
        EventType.CANDIDATE_HIRED,
        EventType.CANDIDATE_UNHIRED,
        EventType.CANDIDATE_REJECTED,
        EventType.CANDIDATE_WITHDRAWN,
        EventType.ASSIGNMENT_ENDED,
    }
)

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
        events=_forget_behaviour(parts, keep.history_days, step * SPAN),
        lines=_all(parts, Unit.purge_audit, keep.audit_days, step),
    )
    if done != Purged(deliveries=0, writes=0, events=0, lines=0):
        log.info("retention", **asdict(done))
    return done


def _forget_behaviour(parts: Parts, days: int, span: int) -> int:
    """Delete what people did so long ago that no points are left of it.

    Goes over all events in order of number, so no index is needed for it. Who lost
    some is decided about again: their score stays what a full replay would give.
    """
    before = parts.clock() - timedelta(days=days)
    total, after = 0, 0
    while not parts.stopping():
        with parts.store.unit() as unit:
            gone = unit.history.purge(before, after, span, LASTING)
            if gone is None:
                break
            unit.people.mark_dirty(gone.contact_ids)
        total, after = total + gone.events, gone.upto
    return total


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
