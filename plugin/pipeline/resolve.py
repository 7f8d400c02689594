"""Who became of a contact that Mautic does not have any more.

Mautic tells of a merge by a delete of the loser, without a word of the winner;
but asked for the loser it answers with the winner.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import structlog

from plugin.errors import Rejected
from plugin.pipeline import writes
from plugin.pipeline.dispatch import NotYet
from plugin.pipeline.force import judge
from plugin.pipeline.parts import Parts
from plugin.pipeline.reconcile_people import seen
from plugin.store import OutboxItem
from webhooks.sources.base import ProfileSeen
from webhooks.sources.mautic_fields import Unfit

log = structlog.get_logger(__name__)


def resolve(parts: Parts, item: OutboxItem) -> None:
    """Ask Mautic what became of an id: merged into another, deleted, or still there.

    Raises what the client raises.
    """
    lost = int(item.payload["contact_id"])
    contact = parts.mautic.contacts.get(lost)
    now = parts.clock()
    with parts.store.unit() as unit:
        if contact is None:
            told_at = item.payload.get("at")
            at = min(now, datetime.fromisoformat(told_at)) if told_at else now
            gone = unit.people.delete(lost, at, "Mautic has no such contact")
            judge(parts, unit, [gone], as_of=now)
        elif (found := int(contact["id"])) != lost:
            why = f"Mautic answers for contact {lost} with {found}"
            person_id = unit.people.merge(lost, found, now, why)
            unit.people.see_profiles(_picture(contact, now))
            judge(parts, unit, [person_id], as_of=now)


def _picture(contact: Mapping[str, Any], now: datetime) -> Iterator[ProfileSeen]:
    """Read what Mautic made of the two; a contact we cannot read is left alone.

    It is as of now, and so no older than the merge: what is blank stays blank.
    """
    try:
        picture = seen(contact, now, now)
        if picture is not None:
            yield picture
    except Unfit as error:
        log.warning("resolve.unreadable", contact=contact["id"], why=str(error))


def contact_of(parts: Parts, item: OutboxItem) -> int | None:
    """Say to which contact a person's write goes by now; None when they are gone."""
    if item.person_id is None:
        return None
    with parts.store.view() as unit:
        living = unit.people.living(unit.people.current([item.person_id]))
    return next(iter(living), None)


def cause(item: OutboxItem) -> str:
    """Name an attempt at a write as what made us ask."""
    return f"write:{item.key}:{item.claims}"


def look_up(parts: Parts, contact_id: int, item: OutboxItem, refused: Rejected) -> None:
    """See whether a write was refused because its contact is not there any more.

    Returns if it is gone for good, and the write with it. Raises `refused` if it
    is there, and NotYet if it was merged: the write follows the person.
    """
    found = parts.mautic.contacts.resolve(contact_id)
    if found == contact_id:
        raise refused
    with parts.store.unit() as unit:
        unit.outbox.put(writes.resolve(contact_id, cause(item)))
    if found is not None:
        raise NotYet(f"contact {contact_id} was merged into {found}")
