"""Who became of a contact that Mautic does not have any more.

Mautic tells of a merge by a delete of the loser, without a word of the winner;
but asked for the loser it answers with the winner.
"""

from plugin.errors import Rejected
from plugin.pipeline import writes
from plugin.pipeline.dispatch import NotYet
from plugin.pipeline.force import judge
from plugin.pipeline.parts import Parts
from plugin.store import OutboxItem


def resolve(parts: Parts, item: OutboxItem) -> None:
    """Ask Mautic what became of an id: merged into another, deleted, or still there.

    Raises what the client raises.
    """
    lost = int(item.payload["contact_id"])
    found = parts.mautic.contacts.resolve(lost)
    now = parts.clock()
    with parts.store.unit() as unit:
        if found is None:
            unit.people.delete(lost, now, "Mautic has no such contact")
        elif found != lost:
            why = f"Mautic answers for contact {lost} with {found}"
            person_id = unit.people.merge(lost, found, now, why)
            judge(parts, unit, [person_id], as_of=now)


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
