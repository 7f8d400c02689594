"""Consent that is withdrawn or given again, and do-not-contact: told to the ATS.

Each change once: a link keeps what the ATS was last told, and what is sent is worked
out when it is sent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from plugin.history.model import Person
from plugin.phases import rights
from plugin.phases.rights import Rights
from plugin.pipeline import writes
from plugin.pipeline.parts import Parts
from plugin.store import Link, OutboxWrite, Unit
from plugin.store.links import DELETED


def wishes(
    parts: Parts, unit: Unit, person: Person, links: Iterable[Link]
) -> Iterator[OutboxWrite]:
    """Want each ATS told what it does not know yet.

    Of whom nothing was kept when they were handed over, today's is the beginning.
    """
    asked = parts.mappings.fields.consent
    for link in links:
        if link.status == DELETED or link.connection not in parts.connectors:
            continue
        if link.told is None:
            told = rights.at_hand_over(person.profile, asked).as_json()
            unit.links.put(replace(link, told=told, told_at=parts.clock()))
            continue
        before = Rights.of(link.told)
        now = rights.now(person.profile, asked, before)
        if now != before:
            yield writes.consent(link, now)


def begun(parts: Parts, person: Person, link: Link) -> Link:
    """Note on a new link what the ATS gets to know with the candidate."""
    told = rights.at_hand_over(person.profile, parts.mappings.fields.consent)
    return replace(link, told=told.as_json(), told_at=link.handed_over_at)
