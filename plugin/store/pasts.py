"""What is left of behaviour that was forgotten, and up to when it was."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from plugin.history.past import Past
from plugin.history.together import together
from plugin.store.repository import Repository
from plugin.store.tables import contacts, pasts


class Pasts(Repository):
    """The pasts within one transaction.

    They hang on contact ids, as events do: a merge only re-points ids, and where it
    is undone before anything more was forgotten, each has their own past again.
    """

    def of(self, person_ids: Iterable[int]) -> dict[int, Past]:
        """Read what is left of what persons did, of those of whom any is forgotten."""
        query = (
            select(contacts.c.person_id, pasts.c.until, pasts.c.left)
            .join(contacts, contacts.c.contact_id == pasts.c.contact_id)
            .where(pasts.c.left.is_not(None))
            .order_by(pasts.c.contact_id)
        )
        found: dict[int, list[Past]] = {}
        for row in self._where_in(query, contacts.c.person_id, person_ids):
            found.setdefault(row.person_id, []).append(Past.of(row.until, row.left))
        joined = {who: together(theirs) for who, theirs in found.items()}
        return {who: past for who, past in joined.items() if past is not None}

    def horizons(self, contact_ids: Iterable[int]) -> dict[int, datetime]:
        """Say up to when what a contact did is forgotten, where any of it is."""
        own = contacts.alias("own")
        query = (
            select(own.c.contact_id, func.max(pasts.c.until).label("until"))
            .join(contacts, contacts.c.person_id == own.c.person_id)
            .join(pasts, pasts.c.contact_id == contacts.c.contact_id)
            .group_by(own.c.contact_id)
        )
        rows = self._where_in(query, own.c.contact_id, contact_ids)
        return {row.contact_id: row.until for row in rows}

    def put(self, person_id: int, past: Past) -> None:
        """Keep what is left of a person, in place of what was left before.

        All their contacts share the moment; the rest stands with the one they are.
        """
        query = select(contacts.c.contact_id).where(contacts.c.person_id == person_id)
        theirs = {person_id, *self._connection.scalars(query)}
        left = past.as_json()
        self._upsert(
            pasts,
            [
                {
                    "contact_id": one,
                    "until": past.until,
                    "left": left if one == person_id else None,
                }
                for one in sorted(theirs)
            ],
        )
