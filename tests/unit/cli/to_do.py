"""Somebody who comes into Do by reading alone."""

from datetime import timedelta

from plugin.content.match import CatalogueItem
from webhooks.events import ContentKind, ContentRef, Event, EventType
from webhooks.sources.base import ProfileSeen


def read_about_work(parts, contact_id, *, first_name="Sanne", **fields):
    """Let a contact read twelve pages about assignments, over the last 40 hours."""
    now = parts.clock()
    pages = [
        CatalogueItem(
            kind=ContentKind.PAGE,
            id=f"{number}",
            name=f"Opdracht {number}",
            category="do-security",
        )
        for number in range(12)
    ]
    events = [
        Event(
            key=f"hit:{contact_id}:{number}",
            type=EventType.PAGE_VISITED,
            contact_id=contact_id,
            occurred_at=now - timedelta(hours=40 - number * 3),
            content=ContentRef(
                kind=ContentKind.PAGE, id=f"{number}", name=f"Opdracht {number}"
            ),
            user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
        )
        for number in range(12)
    ]
    seen = ProfileSeen(
        contact_id=contact_id,
        seen_at=now,
        key="1",
        email=f"sanne.{contact_id}@example.nl",
        first_name=first_name,
        last_name="de Wit",
        fields=fields,
        complete=True,
    )
    with parts.store.unit() as unit:
        unit.content.replace(ContentKind.PAGE, pages, now)
        unit.history.append(events, now)
        unit.people.see_profiles([seen])
