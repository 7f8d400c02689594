"""What an admin may put right about who is who."""

from dataclasses import dataclass

import structlog

from plugin.errors import Rejected
from plugin.pipeline.force import judge
from plugin.pipeline.parts import Parts

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What the undoing of a merge came to."""

    #: The contact that was taken out, and with whom it was one.
    contact_id: int
    others: tuple[int, ...]
    #: Whether Mautic has the contact still, so that it is written to again.
    is_in_mautic: bool


def split(parts: Parts, contact_id: int, why: str) -> Split:
    """Undo the merge of a contact into another: each has their own history again.

    Both are decided anew. A contact that Mautic has merged itself is not there any
    more; it then keeps its history here, and nothing is written to it. Asks Mautic
    first, so raises what the client raises, and Rejected when nothing stands to undo.
    """
    found = parts.mautic.contacts.resolve(contact_id)
    now = parts.clock()
    with parts.store.unit() as unit:
        before = unit.people.contacts_of(unit.people.person_of(contact_id, now))
        people = unit.people.unmerge(contact_id, now, f"by hand: {why}")
        if not people:
            raise Rejected(
                f"contact {contact_id} was not merged into another one; "
                f"`stdc people show {contact_id}` says which ones were"
            )
        if found != contact_id:
            unit.people.delete(contact_id, now, "merged in Mautic, split here")
        judge(parts, unit, people, as_of=now)
    log.info("people.split", contact=contact_id, people=people)
    return Split(
        contact_id=contact_id,
        others=tuple(one for one in before if one != contact_id),
        is_in_mautic=found == contact_id,
    )
