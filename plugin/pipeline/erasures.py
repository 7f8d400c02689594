"""Erasures that were asked for on a page: done by a worker, however long they take.

So are contacts that turn out to be of somebody who was erased.

To look through every raw delivery takes longer than anybody waits for a page. The wish
stands in a mark until it is done; a worker that is killed on the way begins it again.
"""

from datetime import datetime

import structlog

from plugin.errors import StdcError
from plugin.pipeline.erase import erase
from plugin.pipeline.parts import Parts
from plugin.store import Unit
from plugin.store.tombstones import ASKED

log = structlog.get_logger(__name__)


def ask(parts: Parts, person_id: int, actor: str) -> None:
    """Want a person erased; who wants it first is named in the proof."""
    with parts.store.unit() as unit:
        if asked_at(unit, person_id) is None:
            told = {"at": parts.clock().isoformat(), "by": actor}
            unit.marks.put(f"{ASKED}{person_id}", told)


def asked_at(unit: Unit, person_id: int) -> datetime | None:
    """Say since when somebody is to be erased; None where nobody asked."""
    told = unit.marks.get(f"{ASKED}{person_id}")
    return None if told is None else datetime.fromisoformat(told["at"])


def go_on(parts: Parts) -> int:
    """Erase everybody who is to be; return how many were. What fails waits."""
    with parts.store.view() as unit:
        wanted = unit.marks.starting(ASKED)
    done = 0
    for name, told in sorted(wanted.items()):
        if parts.stopping():
            break
        try:
            _erase(parts, int(name.removeprefix(ASKED)), told["by"])
        except StdcError as error:
            log.warning("erasure.waits", why=str(error))
        else:
            done += 1
    return done


def _erase(parts: Parts, person_id: int, actor: str) -> None:
    with parts.store.view() as unit:
        is_known = unit.people.load(person_id) is not None
    if is_known:
        erase(parts, person_id, actor=actor)
    with parts.store.unit() as unit:
        unit.marks.put(f"{ASKED}{person_id}", None)
