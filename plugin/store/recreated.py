"""Contacts that were deleted in Mautic and made anew: one person, by their address."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, select

from plugin.store.identity import Identity
from plugin.store.merges import Stay, recreated
from plugin.store.tables import contacts, merges
from plugin.store.tombstones import Tombstones

#: Why such contacts are joined, in the audit and in the merge itself.
RECREATED = "re-created with the same address"
#: Why they are one no more.
AMBIGUOUS = "it is not certain any more which contact was re-created"


class Recreated(Identity):
    """The part of `people` that knows who was made anew.

    It follows from what is known of the contacts with one address, and so is the same
    in whatever order that was told.
    """

    def delete(self, contact_id: int, at: datetime, why: str = "") -> int:
        """Note that Mautic has this contact no more; return the person's id.

        The person lives on where the contact was made anew.
        """
        super().delete(contact_id, at, why)
        query = select(contacts.c.address).where(contacts.c.contact_id == contact_id)
        address = self._connection.scalar(query)
        if address:
            self._rejoin([address], [contact_id])
        return self.person_of(contact_id, at)

    def _rejoin(self, addresses: Iterable[str], changed: Collection[int]) -> set[int]:
        """Join who was re-created, and part whom that no more follows of.

        `changed` are contacts that may have had another address. Returns the contacts
        that were joined with others or parted from them.
        """
        asked = {one for one in addresses if one}
        # nobody is taken for who was erased
        asked -= set(Tombstones(self._connection, self._clock).since(asked))
        wanted = {
            (one.loser, one.winner): one.at for one in recreated(self._stays(asked))
        }
        standing = self._standing(asked, changed)
        for loser, winner in sorted(standing - wanted.keys()):
            self._part(loser, winner)
        for (loser, winner), at in sorted(wanted.items()):
            if not standing & {(loser, winner)}:
                self.merge(loser, winner, at, RECREATED)
        return {one for pair in standing ^ wanted.keys() for one in pair}

    def _stays(self, asked: Collection[str]) -> list[Stay]:
        """Read who left with one of these addresses, and who came with it."""
        left = contacts.c.deleted_at.is_not(None)
        columns = (
            contacts.c.contact_id,
            contacts.c.address,
            contacts.c.came_as,
            contacts.c.came_at,
            contacts.c.deleted_at.label("left_at"),
        )
        gone = self._where_in(select(*columns).where(left), contacts.c.address, asked)
        found = {row.contact_id: Stay(**row._asdict()) for row in gone}
        if not found:
            return []
        others = self._erased(found) | self._merged_away(found)
        came = self._where_in(select(*columns), contacts.c.came_as, asked)
        found |= {row.contact_id: Stay(**row._asdict()) for row in came}
        return [one for who, one in found.items() if who not in others]

    def _merged_away(self, contact_ids: Iterable[int]) -> set[int]:
        """Say who left because Mautic merged them into another."""
        query = select(merges.c.loser).where(
            merges.c.why != RECREATED, merges.c.undone_at.is_(None)
        )
        return {row.loser for row in self._where_in(query, merges.c.loser, contact_ids)}

    def _standing(
        self, asked: Collection[str], changed: Collection[int]
    ) -> set[tuple[int, int]]:
        """List who is taken for re-created, of who left with one of these addresses."""
        query = (
            select(merges.c.loser, merges.c.winner)
            .join(contacts, contacts.c.contact_id == merges.c.loser)
            .where(merges.c.why == RECREATED, merges.c.undone_at.is_(None))
        )
        gone = query.where(contacts.c.deleted_at.is_not(None))
        rows = [
            *self._where_in(gone, contacts.c.address, asked),
            *self._where_in(query, merges.c.loser, changed),
        ]
        return {(row.loser, row.winner) for row in rows}

    def _part(self, loser: int, winner: int) -> None:
        self._lock_merges()
        members = self._members(self._known([loser]).values())
        self._connection.execute(
            delete(merges).where(merges.c.loser == loser, merges.c.winner == winner)
        )
        self._settle(members)
        self._note(self._clock(), "contact.unmerged", loser, why=AMBIGUOUS)
