"""What is kept no longer than the settings say, deleted in small steps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from plugin.pipeline.parts import Parts
from plugin.store import Unit

log = structlog.get_logger(__name__)

#: Rows per commit: the door is never held up for long.
STEP = 500

#: Deletes up to so many rows finished before then; returns how many.
Purge = Callable[[Unit, datetime, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How much was deleted."""

    deliveries: int
    writes: int


def purge(parts: Parts, *, step: int = STEP) -> Purged:
    """Delete processed deliveries and sent writes that are older than they may be.

    What is parked stays until a person has looked.
    """
    keep = parts.settings.retention
    done = Purged(
        deliveries=_all(parts, Unit.purge_deliveries, keep.inbox_days, step),
        writes=_all(parts, Unit.purge_done_outbox, keep.outbox_days, step),
    )
    if done.deliveries or done.writes:
        log.info("retention", deliveries=done.deliveries, writes=done.writes)
    return done


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
