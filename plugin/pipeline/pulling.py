"""What an ATS knows of somebody, for Mautic: fields whose direction is `to_mautic`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from plugin.ats.base import Failure, Readable, Ref, Snapshot
from plugin.ats.transform import make
from plugin.mappings.ats import AtsMapping
from plugin.pipeline.force import judge
from plugin.pipeline.parts import Parts
from plugin.store import Link, links

log = structlog.get_logger(__name__)


def pull(parts: Parts, connection: str, snapshots: Iterable[Snapshot]) -> int:
    """Read the fields that Mautic is to have of these candidates; count who changed.

    Who was not changed there since the last time is not asked for again. An ATS that
    does not let itself be read is skipped, and a failure is tried at the next news.
    """
    mapping = parts.mappings.ats.get(connection, AtsMapping(connection=connection))
    connector = parts.connectors[connection]
    if not (mapping.pulled and isinstance(connector, Readable)):
        return 0
    changed = 0
    for link in _due(parts, connection, snapshots):
        asked = sorted({name for one in mapping.pulled for name in one.sources})
        answer = connector.values(Ref(id=link.ref, url=link.url), asked)
        if isinstance(answer, Failure):
            log.warning("ats.pull_failed", connection=connection, why=answer.message)
            return changed
        told = {one.target: make(one, answer.value).value for one in mapping.pulled}
        changed += _keep(parts, link, told)
    return changed


def _due(parts: Parts, connection: str, snapshots: Iterable[Snapshot]) -> list[Link]:
    with parts.store.view() as unit:
        found = [
            (link, snapshot.updated_at)
            for snapshot in snapshots
            for link in unit.links.list(connection=connection, ref=snapshot.ref.id)
        ]
    return [
        link
        for link, changed_at in found
        if link.status != links.DELETED and _is_newer(changed_at, link.pulled_at)
    ]


def _is_newer(changed_at: datetime | None, pulled_at: datetime | None) -> bool:
    return changed_at is None or pulled_at is None or changed_at > pulled_at


def _keep(parts: Parts, link: Link, told: Mapping[str, str]) -> bool:
    """Keep what was read; tell whether it is something new."""
    now = parts.clock()
    is_new = dict(told) != (link.pulled or {})
    with parts.store.unit() as unit:
        fresh = unit.links.get(link.connection, link.person_id)
        if fresh is None or fresh.ref != link.ref:
            return False
        unit.links.put(replace(fresh, pulled=dict(told), pulled_at=now))
        if is_new:
            judge(parts, unit, [link.person_id], as_of=now)
    return is_new
