"""Everything we hold of one person, for the person: the right of access."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from plugin.store.repository import AnyRow, AnySelect, Repository
from plugin.store.tables import (
    answers,
    audit,
    contacts,
    deliveries,
    events,
    links,
    merges,
    moves,
    outbox,
    people,
)

#: Raw deliveries that are read at a time.
PAGE = 200
#: Under what an item of Mautic's delivery has its contact; deep in one, "lead".
CONTACT_KEYS = ("contact", "lead")


class Holdings(Repository):
    """What there is of a person, within one transaction."""

    def of(self, contact_ids: set[int]) -> dict[str, list[dict[str, Any]]]:
        """Read every row about the contacts that are one person, by table.

        Of a raw delivery only the items about them are given: one delivery can
        be about many people. One that cannot be read as JSON is not given.
        """
        subjects = {
            f"{kind}:{one}" for kind in ("contact", "person") for one in contact_ids
        }
        parts: dict[str, tuple[AnySelect, Any, set[Any]]] = {
            "contacts": (select(contacts), contacts.c.contact_id, contact_ids),
            "merges": (select(merges), merges.c.loser, contact_ids),
            "standing": (select(people), people.c.person_id, contact_ids),
            "journey": (select(moves), moves.c.contact_id, contact_ids),
            "history": (select(events), events.c.contact_id, contact_ids),
            "writes": (select(outbox), outbox.c.person_id, contact_ids),
            "candidates": (select(links), links.c.contact_id, contact_ids),
            "answers": (select(answers), answers.c.contact_id, contact_ids),
            "audit": (select(audit), audit.c.subject, subjects),
        }
        found = {
            name: [row._asdict() for row in self._where_in(*part)]
            for name, part in parts.items()
        }
        return {**found, "deliveries": list(self._deliveries(contact_ids))}

    def _deliveries(self, contact_ids: set[int]) -> Iterator[dict[str, Any]]:
        for row in self._bodies():
            about = [one for one in _items(row.body) if _names(one, contact_ids)]
            if about:
                yield {
                    "id": row.id,
                    "source": row.source,
                    "received_at": row.received_at,
                    "state": row.state,
                    "items": about,
                }

    def _bodies(self) -> Iterator[AnyRow]:
        last = 0
        while True:
            page = self._connection.execute(
                select(deliveries)
                .where(deliveries.c.id > last)
                .order_by(deliveries.c.id)
                .limit(PAGE)
            ).all()
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1].id


def _items(body: bytes) -> Iterator[Any]:
    """List what a delivery tells: Mautic's triggers each have a list of items."""
    try:
        told = json.loads(body)
    except ValueError:
        return
    for value in told.values() if isinstance(told, dict) else ():
        if isinstance(value, list):
            yield from value


def _names(item: Any, contact_ids: set[int]) -> bool:
    """Say whether a contact of an item, however deep, is one of these."""
    if isinstance(item, list):
        return any(_names(one, contact_ids) for one in item)
    if not isinstance(item, dict):
        return False
    return any(
        (key in CONTACT_KEYS and _number(value) in contact_ids)
        or _names(value, contact_ids)
        for key, value in item.items()
    )


def _number(contact: Any) -> int | None:
    number = contact.get("id") if isinstance(contact, dict) else contact
    text = str(number)
    return int(text) if text.isascii() and text.isdecimal() else None
