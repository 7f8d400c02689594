"""Who is who: contact ids and the persons behind them, merges, tombstones."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from plugin.store.audit import Audit
from plugin.store.bulk import InsertNew
from plugin.store.marks import Marks
from plugin.store.merges import Merge, connected, survivor
from plugin.store.repository import Repository
from plugin.store.tables import contacts, events, merges, outbox, people
from plugin.store.tombstones import ASKED, Grave, Tombstones
from plugin.store.writes import OutboxState, merged_into

#: Who speaks in the audit when the store itself found out.
ACTOR = "stdc"
#: Only one merge at a time: PostgreSQL's advisory lock, by an arbitrary number.
MERGE_LOCK = 7_283_301

NEW_CONTACT = InsertNew(contacts, "contact_id", "person_id", "created_at")
NEW_PERSON = InsertNew(people, "person_id")


class Identity(Repository):
    """The part of `people` that knows whose a contact id is."""

    def person_of(self, contact_id: int, now: datetime) -> int:
        """Say whose id this is; a new id is a new person of the same number.

        Who was erased is nobody here: their number is given back, and not kept.
        """
        return self.persons_of([contact_id], now).get(contact_id, contact_id)

    def persons_of(self, contact_ids: Iterable[int], now: datetime) -> dict[int, int]:
        """Say whose ids these are, by contact id; new ids become new persons.

        The erased are left out: nothing brings them back.
        """
        wanted = set(contact_ids)
        known = self._known(wanted)
        missing = wanted - known.keys()
        if missing and (missing := missing - self._erased(missing)):
            self._add(sorted(missing), now)
            known |= self._known(missing)
        return known

    def merge(self, loser: int, winner: int, at: datetime, why: str) -> int:
        """Make two contacts one person; return the person's id.

        Asked again, or in another order with other merges, it comes to the same.
        A merge that was undone stays undone, unless it happened again later; who is
        deleted since can never be merged again, however often it is told.
        Whoever is concerned is marked dirty, and what was written to Mautic is
        forgotten: merging, Mautic may have kept either contact's fields.
        """
        if loser == winner:
            return self.person_of(winner, at)
        self._lock_merges()
        erased = self._erased([loser, winner])
        if winner in erased:
            return self._follow(loser, winner, at, "merged into an erased contact")
        if loser in erased:
            grave = Tombstones(self._connection, self._clock).grave_of(loser)
            return self.begin_anew(winner, grave, at)
        persons = self.persons_of([loser, winner], at)
        if self._was_taken_out(loser):
            return self.person_of(winner, at)
        if self._keep_merge(loser, winner, at, why):
            members = self._members(persons.values())
            self._settle(members)
            self._forget_past(members)
            self._note(at, "contact.merged", loser, winner=winner, why=why)
        return self.person_of(winner, at)

    def unmerge(self, loser: int, at: datetime, why: str) -> list[int]:
        """Undo what made this contact another one; return whom it concerns."""
        self._lock_merges()
        undone = self._connection.execute(
            update(merges)
            .where(merges.c.loser == loser, merges.c.undone_at.is_(None))
            .values(undone_at=at)
        )
        if undone.rowcount == 0:
            return []
        members = self._members(self._known([loser]).values())
        self._settle(members)
        self._note(at, "contact.unmerged", loser, why=why)
        return sorted(set(self._known(members).values()))

    def delete(self, contact_id: int, at: datetime, why: str = "") -> int:
        """Note that Mautic has this contact no more; return the person's id.

        The tombstone stays: events that come later do not bring them back. The
        loser of a merge is not gone, whichever of the two is heard of first. It left
        at the earliest moment that is told.
        """
        person_id = self.person_of(contact_id, at)
        mine = contacts.c.contact_id == contact_id
        before = self._connection.scalar(select(contacts.c.deleted_at).where(mine))
        if before is None or at < before:
            self._connection.execute(update(contacts).where(mine).values(deleted_at=at))
        if before is None:
            self._note(at, "contact.deleted", contact_id, why=why)
        self._refresh_gone([person_id])
        return person_id

    def _follow(self, contact_id: int, erased: int, at: datetime, why: str) -> int:
        """Bury a contact that turns out to be of somebody erased, and who it won.

        From now on nothing of them is kept; what there is, a worker erases. Whoever
        they were merged into lives on, without the past of who was erased.
        """
        winners = self._winners([contact_id])
        if winners:
            self._connection.execute(delete(merges).where(merges.c.loser == contact_id))
            self._settle(self._members(self._known([contact_id]).values()))
        person_id = self._known([contact_id]).get(contact_id)
        buried = self._members([person_id]) if person_id is not None else {contact_id}
        tombstones = Tombstones(self._connection, self._clock)
        tombstones.join(buried, erased)
        for one in winners - self._erased(winners):
            self.begin_anew(one, tombstones.grave_of(erased), at)
        if person_id is None:
            return contact_id
        wish = {"at": at.isoformat(), "by": ACTOR}
        Marks(self._connection, self._clock).put(f"{ASKED}{person_id}", wish)
        return self.delete(person_id, at, why)

    def _forget_past(self, members: Collection[int]) -> None:
        until = Tombstones(self._connection, self._clock).share(members)
        if until is None:
            return
        gone = self._connection.execute(
            delete(events).where(
                events.c.contact_id.in_(members),
                events.c.occurred_at <= until,
                events.c.received_at > until,
            )
        )
        if gone.rowcount:
            mine = people.c.person_id.in_(self._known(members).values())
            self._connection.execute(
                update(people)
                .where(mine, people.c.gone.is_(False))
                .values(dirty_at=self._clock())
            )

    def _winners(self, contact_ids: Iterable[int]) -> set[int]:
        query = select(merges.c.winner).where(merges.c.undone_at.is_(None))
        found = self._where_in(query, merges.c.loser, contact_ids)
        return {row.winner for row in found}

    def begin_anew(self, winner: int, grave: Grave, at: datetime) -> int:
        """Let who goes on in Mautic with the rows of somebody erased have none of them.

        Merging, Mautic moves those rows to the winner. So of what was not heard of
        before the erasure nothing is kept, and nothing will be, that happened before.
        """
        person_id = self.person_of(winner, at)
        Tombstones(self._connection, self._clock).cut([winner], grave)
        self._forget_past(self._members([person_id]))
        return person_id

    def contacts_of(self, person_id: int) -> list[int]:
        """List every contact id that is this person."""
        return sorted(self._members([person_id]))

    def current(self, person_ids: Iterable[int]) -> set[int]:
        """Say who these persons are by now: merged ones are their winner."""
        return set(self._known(person_ids).values())

    def known(self, contact_ids: Iterable[int]) -> set[int]:
        """Say which of these contact ids are somebody's."""
        return set(self._known(contact_ids))

    def _erased(self, contact_ids: Iterable[int]) -> set[int]:
        return Tombstones(self._connection, self._clock).among(contact_ids)

    def _known(self, contact_ids: Iterable[int]) -> dict[int, int]:
        query = select(contacts.c.contact_id, contacts.c.person_id)
        found = self._where_in(query, contacts.c.contact_id, contact_ids)
        return {row.contact_id: row.person_id for row in found}

    def _members(self, person_ids: Iterable[int]) -> set[int]:
        query = select(contacts.c.contact_id)
        found = self._where_in(query, contacts.c.person_id, person_ids)
        return {row.contact_id for row in found}

    def _add(self, contact_ids: Collection[int], now: datetime) -> None:
        NEW_CONTACT.run(
            self._connection,
            (
                {"contact_id": one, "person_id": one, "created_at": now}
                for one in contact_ids
            ),
        )
        NEW_PERSON.run(self._connection, ({"person_id": one} for one in contact_ids))

    def _lock_merges(self) -> None:
        """Wait for other merges: each reads and re-points whole families."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(select(func.pg_advisory_xact_lock(MERGE_LOCK)))

    def _was_taken_out(self, contact_id: int) -> bool:
        """Whether a merge of them was undone, and Mautic has them no more."""
        undone = self._connection.scalar(
            select(contacts.c.contact_id)
            .join(merges, merges.c.loser == contacts.c.contact_id)
            .where(
                contacts.c.contact_id == contact_id,
                contacts.c.deleted_at.is_not(None),
                merges.c.undone_at.is_not(None),
            )
            .limit(1)
        )
        return undone is not None

    def _keep_merge(self, loser: int, winner: int, at: datetime, why: str) -> bool:
        """Keep the earliest report of a merge; say whether anything is new."""
        one = (merges.c.loser == loser) & (merges.c.winner == winner)
        found = self._connection.execute(
            select(merges.c.at, merges.c.undone_at).where(one)
        ).one_or_none()
        values = {"at": at, "why": why, "undone_at": None}
        if found is None:
            self._connection.execute(
                merges.insert().values(loser=loser, winner=winner, **values)
            )
        elif found.undone_at is None and at < found.at:
            self._connection.execute(update(merges).where(one).values(at=at, why=why))
        elif found.undone_at is not None and at > found.undone_at:
            self._connection.execute(update(merges).where(one).values(values))
        else:
            return False
        return True

    def _settle(self, members: Collection[int]) -> None:
        """Point each contact to who is left of those it is one with."""
        rows = self._where_in(
            select(merges.c.loser, merges.c.winner, merges.c.at).where(
                merges.c.undone_at.is_(None)
            ),
            merges.c.loser,
            members,
        )
        standing = [Merge(**row._asdict()) for row in rows]
        rest = set(members)
        while rest:
            group = connected(min(rest), standing)
            rest -= group
            self._point(group, survivor(group, standing))

    def _point(self, group: Collection[int], person_id: int) -> None:
        self._connection.execute(
            update(contacts)
            .where(contacts.c.contact_id.in_(sorted(group)))
            .values(person_id=person_id)
        )
        self._insert_new(people, [{"person_id": person_id}])
        if others := sorted(set(group) - {person_id}):
            self._connection.execute(
                delete(people).where(people.c.person_id.in_(others))
            )
            self._repoint_writes(others, person_id)
        self._connection.execute(
            update(people)
            .where(people.c.person_id == person_id)
            .values(wanted=None, written=None, dirty_at=self._clock())
        )
        self._refresh_gone([person_id])

    def _repoint_writes(self, others: list[int], person_id: int) -> None:
        """Let waiting writes follow; a wish for the loser's own state is void."""
        theirs = outbox.c.person_id.in_(others) & outbox.c.done_at.is_(None)
        self._connection.execute(
            update(outbox)
            .where(
                theirs,
                outbox.c.supersedes.is_not(None),
                outbox.c.state != OutboxState.CLAIMED,
            )
            .values(
                state=OutboxState.DROPPED,
                due_at=None,
                done_at=self._clock(),
                last_error=merged_into(person_id),
            )
        )
        self._connection.execute(
            update(outbox).where(theirs).values(person_id=person_id)
        )

    def _refresh_gone(self, person_ids: Iterable[int]) -> None:
        """Let a person be gone exactly when Mautic has their own contact no more."""
        ids = sorted(person_ids)
        gone = (
            select(contacts.c.deleted_at.is_not(None))
            .where(contacts.c.contact_id == people.c.person_id)
            .scalar_subquery()
        )
        mine = people.c.person_id.in_(ids)
        self._connection.execute(update(people).where(mine).values(gone=gone))
        self._connection.execute(
            update(people)
            .where(mine, people.c.gone)
            .values(review_at=None, dirty_at=None)
        )

    def _note(self, at: datetime, action: str, contact_id: int, **detail: Any) -> None:
        Audit(self._connection, self._clock).add(
            at, ACTOR, action, f"contact:{contact_id}", detail
        )
