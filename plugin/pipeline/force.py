"""Which mappings are in force: one version at a time, however many folders there are.

People are judged by that version only. A process whose folder has another one leaves
whom it would have judged to those who have it. So machines on which an admin changes
the mappings one after the other never undo each other's work.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from plugin.errors import Rejected
from plugin.phases.model import Decision
from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import rescore
from plugin.store import Unit

log = structlog.get_logger(__name__)

#: Under this name stands the version.
IN_FORCE = "mappings.in_force"


def in_force(unit: Unit) -> str | None:
    """Say which version is in force; None before any worker ran."""
    version: str | None = unit.marks.get(IN_FORCE)
    return version


def is_ours(parts: Parts, unit: Unit) -> bool:
    """Whether ours may judge in this unit; until it ends no other comes into force."""
    return unit.marks.held(IN_FORCE) in {None, parts.mappings.version}


def put_in_force(parts: Parts, *, again: bool = False) -> bool:
    """Put our version in force if it is new; tell whether ours is in force now.

    One that was in force before another one has been superseded, and stays so unless
    `again`: only a person can want it back.
    """
    mappings = parts.mappings
    while (before := told(parts)) != mappings.version:
        with parts.store.unit() as unit:
            if before is not None and not again and unit.rules.knows(mappings.version):
                return False
            is_done = unit.marks.swap(IN_FORCE, before, mappings.version)
            if is_done:
                unit.rules.note(mappings.version, mappings.origin, parts.clock())
        if is_done:  # else somebody else was quicker, and is looked at anew
            log.warning("mappings.in_force", version=mappings.version, before=before)
    return True


def require(parts: Parts) -> None:
    """See to it that ours are in force; raises Rejected where others are.

    For what is no worker: it must not take their mappings from those that are.
    """
    now = told(parts)
    if now not in {None, parts.mappings.version}:
        raise Rejected(
            f"mappings {now} are in force, and this folder has "
            f"{parts.mappings.version}: give it those, or give these to the workers"
        )
    put_in_force(parts)


def told(parts: Parts) -> str | None:
    """Say which version is in force now."""
    with parts.store.view() as unit:
        return in_force(unit)


def judge(
    parts: Parts,
    unit: Unit,
    person_ids: Iterable[int],
    *,
    as_of: datetime,
    **how: Any,
) -> dict[int, Decision]:
    """Decide again for some people, as `rescore` does, if ours are in force.

    Otherwise they are marked, and a worker that has those in force decides.
    """
    ids = set(person_ids)
    if not ids:
        return {}
    catalogue = parts.catalogue(unit)
    # the folder may be taken over at any moment, but not between here and there
    parts = replace(parts, mappings=parts.mappings)
    if not is_ours(parts, unit):
        unit.people.mark_dirty(ids)
        return {}
    return rescore(parts, unit, ids, as_of=as_of, **({"catalogue": catalogue} | how))
