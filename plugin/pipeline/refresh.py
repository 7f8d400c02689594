"""Decide again about everybody who is marked, in the background.

Marked are all when the mappings changed, and those whom other content concerns.
They are taken up in pieces, so that deliveries never wait for it long.
"""

import structlog

from plugin.pipeline.force import is_ours, put_in_force
from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import rescore

log = structlog.get_logger(__name__)

#: Under this name stands for which mappings everybody was marked.
VERSION_MARK = "mappings.version"
#: People decided about in one unit.
CHUNK = 500
#: How long a worker may sit on a piece before another one takes it.
LEASE_SECONDS = 300.0


def refresh(parts: Parts, *, limit: int = 20_000) -> int:
    """Mark everybody when the mappings changed; decide about up to `limit` people.

    Returns how many it took up: nobody where other mappings than ours are in force.
    A worker that dies gives its piece back.
    """
    if not put_in_force(parts):
        return 0
    notice(parts)
    return decide(parts, limit=limit)


def decide(parts: Parts, *, limit: int = 20_000) -> int:
    """Decide about up to `limit` people who are marked, if ours are in force."""
    total = 0
    while total < limit and not parts.stopping():
        now, most = parts.clock(), min(CHUNK, limit - total)
        with parts.store.unit() as unit:
            if not is_ours(parts, unit):
                break
            ids = unit.people.claim_dirty(most, now, LEASE_SECONDS)
            decided = rescore(parts, unit, ids, as_of=now)
            unit.people.clean(set(ids) - set(decided))
        total += len(ids)
        if len(ids) < most:
            break
    if total:
        log.info("refresh", people=total, mappings=parts.mappings.version)
    return total


def notice(parts: Parts) -> bool:
    """Mark everybody if ours came into force since; tell whether.

    In a unit after the one that put ours in force: whoever still judged by the last
    ones is done by then, and is marked too.
    """
    version = parts.mappings.version
    with parts.store.view() as unit:
        if unit.marks.get(VERSION_MARK) == version:
            return False
    with parts.store.unit() as unit:
        unit.people.mark_all_dirty()
        unit.marks.put(VERSION_MARK, version)
    log.info("refresh.noticed", mappings=version)
    return True
