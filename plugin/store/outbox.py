"""Writes we want done elsewhere: wanted once, in order, until done or parked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from plugin.store.bulk import Bulk, InsertNew
from plugin.store.claims import as_taken, claimable
from plugin.store.repository import AnyRow, Repository, chunks
from plugin.store.tables import outbox
from plugin.store.tombstones import Tombstones
from plugin.store.writes import OutboxItem, OutboxState, OutboxWrite

#: What is not finished: these have no `done_at`.
LIVE = (OutboxState.PENDING, OutboxState.CLAIMED, OutboxState.PARKED)
#: Why a write was dropped when a newer wish took its place.
OVERTAKEN = "overtaken by a newer write"
#: What a write stands for: (destination, supersedes), or (key, None).
Place = tuple[str, str | None]


class Outbox(Repository):
    """The outbox within one transaction.

    Order: of one person's writes to one destination, a later one waits while an
    older one is pending or claimed. A parked one holds nobody up, and what follows
    others (`FOLLOWERS`) only its like.

    Only who holds a write says how it went. Whose lease ran out holds it no more
    once another worker took it: what they say then changes nothing.
    """

    def put(self, write: OutboxWrite) -> None:
        """Want a write (see `put_many`)."""
        self.put_many([write])

    def put_many(self, writes: Iterable[OutboxWrite]) -> None:
        """Want some writes; those whose key was wanted before are wanted no more.

        With `supersedes`, a pending write takes over the new payload and key, and
        a parked one is dropped as overtaken. Nothing is wanted of the erased.
        """
        wanted = {write.key: write for write in self._of_the_living(writes)}
        for key in self._known(wanted):
            del wanted[key]
        latest = {_place(write): write for write in wanted.values()}
        waiting = self._waiting(latest)
        self._replace({number: latest[place] for place, number in waiting.items()})
        now = self._clock()
        new = (one for place, one in latest.items() if place not in waiting)
        INSERT.run(self._connection, (_row(one, now) for one in new))

    def claim(
        self,
        destination: str,
        limit: int,
        now: datetime,
        lease_seconds: float,
        kinds: Sequence[str] = (),
    ) -> list[OutboxItem]:
        """Take up to `limit` due writes of these kinds until the lease is over.

        At most one per person. Two workers never get the same one; a worker that
        dies gives its own back by the lease.
        """
        ids = self._connection.scalars(claimable(destination, limit, now, kinds)).all()
        claimed: dict[int, OutboxItem] = {}
        for some in chunks(ids):
            rows = self._connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(some))
                .values(
                    state=OutboxState.CLAIMED,
                    due_at=now + timedelta(seconds=lease_seconds),
                    attempts=outbox.c.attempts + 1,
                    claims=outbox.c.claims + 1,
                )
                .returning(*outbox.c)
            )
            claimed |= {row.id: _item(row) for row in rows}
        return [claimed[number] for number in ids]

    def done(
        self, items: Iterable[OutboxItem], at: datetime, result: Any | None = None
    ) -> set[int]:
        """Finish writes, with what was answered; return the numbers of those held."""
        return self._settle(
            items,
            state=OutboxState.DONE,
            due_at=None,
            done_at=at,
            last_error=None,
            result=result,
        )

    def retry(self, item: OutboxItem, at: datetime, reason: str) -> bool:
        """Give a write back, to be claimed from `at` on; dropped if overtaken.

        Tells whether it was still held, as `park` and `release` do.
        """
        return self._give_back(item, reason, state=OutboxState.PENDING, due_at=at)

    def release(self, item: OutboxItem, at: datetime, reason: str) -> bool:
        """Give a write back as `retry` does, but without counting an attempt."""
        return self._give_back(
            item,
            reason,
            state=OutboxState.PENDING,
            due_at=at,
            attempts=outbox.c.attempts - 1,
        )

    def park(self, item: OutboxItem, reason: str, result: Any | None = None) -> bool:
        """Put a write aside until a person looks; dropped if overtaken.

        `result` is what they need to decide about it.
        """
        return self._give_back(
            item, reason, state=OutboxState.PARKED, due_at=None, result=result
        )

    def park_waiting(self, destination: str, kind: str, reason: str) -> int:
        """Put all pending writes of a kind aside; return how many there were."""
        parked = self._connection.execute(
            update(outbox)
            .where(
                outbox.c.destination == destination,
                outbox.c.kind == kind,
                outbox.c.state == OutboxState.PENDING,
                outbox.c.done_at.is_(None),
            )
            .values(state=OutboxState.PARKED, due_at=None, last_error=reason)
        )
        return parked.rowcount

    def replay(self, numbers: Iterable[int], at: datetime) -> int:
        """Make parked writes pending again; return how many were.

        Attempts count anew, claims do not: what was tried may have been done.
        """
        return self._change(
            numbers,
            [OutboxState.PARKED],
            state=OutboxState.PENDING,
            due_at=at,
            attempts=0,
        )

    def discard(self, numbers: Iterable[int], at: datetime, reason: str) -> int:
        """Drop pending and parked writes for good; return how many were."""
        return self._change(
            numbers,
            [OutboxState.PENDING, OutboxState.PARKED],
            state=OutboxState.DROPPED,
            due_at=None,
            done_at=at,
            last_error=reason,
        )

    def forget(self, item: OutboxItem) -> bool:
        """Delete a write as if never wanted: its key may be wanted again.

        Tells whether nobody had taken it since.
        """
        gone = self._connection.execute(delete(outbox).where(as_taken([item])))
        return bool(gone.rowcount)

    def list(
        self,
        state: OutboxState | str | None = None,
        destination: str | None = None,
        limit: int = 50,
        after: int = 0,
        person_id: int | None = None,
    ) -> list[OutboxItem]:
        """List writes by number, those above `after`."""
        query = select(outbox).where(outbox.c.id > after)
        if state is not None:
            query = query.where(outbox.c.state == str(state))
        if state in LIVE:
            query = query.where(outbox.c.done_at.is_(None))
        if destination is not None:
            query = query.where(outbox.c.destination == destination)
        if person_id is not None:
            query = query.where(outbox.c.person_id == person_id)
        rows = self._connection.execute(query.order_by(outbox.c.id).limit(limit))
        return [_item(row) for row in rows]

    def get(self, number: int) -> OutboxItem | None:
        """Read one write."""
        query = select(outbox).where(outbox.c.id == number)
        row = self._connection.execute(query).one_or_none()
        return _item(row) if row else None

    def depth(self) -> dict[tuple[str, OutboxState], int]:
        """Count what is not finished, by (destination, state)."""
        rows = self._connection.execute(
            select(outbox.c.destination, outbox.c.state, func.count())
            .where(outbox.c.done_at.is_(None))
            .group_by(outbox.c.destination, outbox.c.state)
        )
        return {(where, OutboxState(state)): count for where, state, count in rows}

    def was_done(self, destination: str, kind: str, *, since: datetime) -> bool:
        """Whether any write of a kind got done there since then."""
        found = self._connection.scalar(
            select(outbox.c.id)
            .where(
                outbox.c.done_at >= since,
                outbox.c.state == OutboxState.DONE,
                outbox.c.destination == destination,
                outbox.c.kind == kind,
            )
            .limit(1)
        )
        return found is not None

    def has_due(self, destination: str, now: datetime) -> bool:
        """Whether anything may be sent there by now."""
        query = select(outbox.c.id).where(
            outbox.c.destination == destination, outbox.c.due_at <= now
        )
        return self._connection.scalar(query.limit(1)) is not None

    def oldest(self, destination: str) -> datetime | None:
        """Say since when the oldest write to there waits."""
        since: datetime | None = self._connection.scalar(
            select(func.min(outbox.c.created_at)).where(
                outbox.c.destination == destination, outbox.c.due_at.is_not(None)
            )
        )
        return since

    def purge(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` writes finished before then; return how many."""
        old = (
            select(outbox.c.id)
            .where(outbox.c.done_at < before)
            .order_by(outbox.c.done_at)
            .limit(limit)
        )
        gone = self._connection.execute(delete(outbox).where(outbox.c.id.in_(old)))
        return gone.rowcount

    def _of_the_living(self, writes: Iterable[OutboxWrite]) -> Sequence[OutboxWrite]:
        given = tuple(writes)
        ids = {
            one for write in given for one in (write.person_id, write.contact_id) if one
        }
        erased = Tombstones(self._connection, self._clock).among(ids)
        return [one for one in given if not erased & {one.person_id, one.contact_id}]

    def _known(self, keys: Iterable[str]) -> set[str]:
        query = select(outbox.c.key)
        return {row.key for row in self._where_in(query, outbox.c.key, keys)}

    def _waiting(self, places: Mapping[Place, OutboxWrite]) -> dict[Place, int]:
        """Find the pending writes to replace, and drop the parked ones.

        They are locked, so no worker takes them before this unit ends.
        """
        query = (
            select(
                outbox.c.id,
                outbox.c.destination,
                outbox.c.supersedes,
                outbox.c.state,
            )
            .where(
                outbox.c.done_at.is_(None),
                outbox.c.state.in_([OutboxState.PENDING, OutboxState.PARKED]),
            )
            .order_by(outbox.c.id)
            .with_for_update()
        )
        names = [name for _, name in places if name is not None]
        waiting, parked = {}, []
        for row in self._where_in(query, outbox.c.supersedes, names):
            place = (row.destination, row.supersedes)
            if place in places and row.state == OutboxState.PENDING:
                waiting[place] = row.id
            elif place in places:
                parked.append(row.id)
        self.discard(parked, self._clock(), OVERTAKEN)
        return waiting

    def _replace(self, writes: Mapping[int, OutboxWrite]) -> None:
        REPLACE.run(
            self._connection,
            (
                {
                    "_id": number,
                    "_key": write.key,
                    "_payload": dict(write.payload),
                    "_contact_id": write.contact_id,
                    "_person_id": write.person_id,
                }
                for number, write in writes.items()
            ),
        )

    def _give_back(self, item: OutboxItem, reason: str, **values: Any) -> bool:
        if self._is_overtaken(item.id):
            values = {
                "state": OutboxState.DROPPED,
                "due_at": None,
                "done_at": self._clock(),
            }
            reason = f"{OVERTAKEN}; before that: {reason}"
        return bool(self._settle([item], last_error=reason, **values))

    def _settle(self, items: Iterable[OutboxItem], **values: Any) -> set[int]:
        """Change those of the writes that are still held as they were claimed."""
        changed: set[int] = set()
        for some in chunks(sorted(items, key=lambda one: one.id)):
            rows = self._connection.execute(
                update(outbox)
                .where(as_taken(some), outbox.c.state == OutboxState.CLAIMED)
                .values(**values)
                .returning(outbox.c.id)
            )
            changed.update(rows.scalars())
        return changed

    def _is_overtaken(self, number: int) -> bool:
        """Whether a newer write that supersedes the same stands there."""
        newer = outbox.alias("newer")
        found = self._connection.scalar(
            select(newer.c.id)
            .join(
                outbox,
                (newer.c.supersedes == outbox.c.supersedes)
                & (newer.c.destination == outbox.c.destination),
            )
            .where(
                outbox.c.id == number,
                newer.c.id > number,
                newer.c.done_at.is_(None),
            )
            .limit(1)
        )
        return found is not None

    def _change(
        self, numbers: Iterable[int], states: Sequence[OutboxState], **values: Any
    ) -> int:
        """Change those of the writes that are in one of these states."""
        changed = 0
        for some in chunks(sorted(numbers)):
            changed += self._connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(some), outbox.c.state.in_(states))
                .values(**values)
            ).rowcount
        return changed


INSERT = InsertNew(
    outbox,
    *("destination", "kind", "contact_id", "person_id", "payload"),
    *("key", "supersedes", "state", "created_at", "due_at"),
)
REPLACE = Bulk(
    update(outbox)
    .where(outbox.c.id == bindparam("_id"))
    .values(
        key=bindparam("_key"),
        payload=bindparam("_payload"),
        contact_id=bindparam("_contact_id"),
        person_id=bindparam("_person_id"),
    )
)


def _place(write: OutboxWrite) -> Place:
    """Name what a write stands for: its own key where it supersedes nothing."""
    if write.supersedes is None:
        return write.key, None
    return write.destination, write.supersedes


def _row(write: OutboxWrite, now: datetime) -> dict[str, Any]:
    return {
        "destination": write.destination,
        "kind": write.kind,
        "contact_id": write.contact_id,
        "person_id": write.person_id,
        "payload": dict(write.payload),
        "key": write.key,
        "supersedes": write.supersedes,
        "state": OutboxState.PENDING,
        "created_at": now,
        "due_at": write.due_at or now,
    }


def _item(row: AnyRow) -> OutboxItem:
    return OutboxItem(**{**row._asdict(), "state": OutboxState(row.state)})
