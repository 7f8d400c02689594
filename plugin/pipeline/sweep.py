"""What time alone changes: people whose decay crosses a threshold about now.

That moment is computed when they are decided, so only those people are touched.
"""

import structlog

from plugin.pipeline.force import judge
from plugin.pipeline.parts import Parts

log = structlog.get_logger(__name__)

#: People decided and committed at once.
STEP = 500


def sweep(parts: Parts, *, limit: int = STEP) -> int:
    """Decide again for everybody whose `review_at` has come; return how many."""
    total, before = 0, set[int]()
    while not parts.stopping():
        now = parts.clock()
        with parts.store.unit() as unit:
            due = unit.people.due(now, limit)
            judge(parts, unit, due, as_of=now)
        # who is due again at once would be due for ever, and hide the others
        if not due or before.issuperset(due):
            break
        total, before = total + len(due), set(due)
    if total:
        log.info("sweep", people=total)
    return total
