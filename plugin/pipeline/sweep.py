"""What time alone changes: people whose decay crosses a threshold about now."""

import structlog

from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import rescore

log = structlog.get_logger(__name__)


def sweep(parts: Parts, *, limit: int = 500) -> int:
    """Decide again for everybody whose `review_at` has come; return how many."""
    total = 0
    while True:
        now = parts.clock()
        with parts.store.unit() as unit:
            due = unit.people.due(now, limit)
            rescore(parts, unit, due, as_of=now)
        total += len(due)
        if len(due) < limit:
            break
    if total:
        log.info("sweep", people=total)
    return total
