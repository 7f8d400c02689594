"""Writes we want done elsewhere: wanted once, in order, until done or parked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    delete,
    exists,
    func,
    select,
    update,
)

from plugin.store.bulk import Bulk, InsertNew
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
    older one is pending or claimed. A parked one holds nobody up.
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
        ids = self._connection.scalars(_claimable(destination, limit, now, kinds)).all()
        claimed: dict[int, OutboxItem] = {}
        for some in chunks(ids):
            rows = self._connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(some))
                .values(
                    state=OutboxState.CLAIMED,
                    due_at=now + timedelta(seconds=lease_seconds),
                    attempts=outbox.c.attempts + 1,
                )
                .returning(*outbox.c)
            )
            claimed |= {row.id: _item(row) for row in rows}
        return [claimed[number] for number in ids]

    def done(
        self, numbers: Iterable[int], at: datetime, result: Any | None = None
    ) -> None:
        """Finish writes; what was answered is kept beside them."""
        for some in chunks(sorted(numbers)):
            self._connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(some))
                .values(
                    state=OutboxState.DONE,
                    due_at=None,
                    done_at=at,
                    last_error=None,
                    result=result,
                )
            )

    def retry(self, number: int, at: datetime, reason: str) -> None:
        """Give a write back, to be claimed from `at` on; dropped if overtaken."""
        self._give_back(number, OutboxState.PENDING, at, reason)

    def park(self, number: int, reason: str, at: datetime | None = None) -> None:
        """Put a write aside until a person looks; dropped if overtaken."""
        del at  # when it was tried last says nothing a person needs
        self._give_back(number, OutboxState.PARKED, None, reason)

    def annotate(self, number: int, result: Any) -> None:
        """Keep beside a write what a person needs to decide about it."""
        self._connection.execute(
            update(outbox).where(outbox.c.id == number).values(result=result)
        )

    def replay(self, numbers: Iterable[int], at: datetime) -> int:
        """Make parked writes pending again; return how many were."""
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

    def forget(self, numbers: Iterable[int]) -> None:
        """Delete writes as if never wanted: their keys may be wanted again."""
        for some in chunks(sorted(numbers)):
            self._connection.execute(delete(outbox).where(outbox.c.id.in_(some)))

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

    def _give_back(
        self, number: int, state: OutboxState, due_at: datetime | None, reason: str
    ) -> None:
        claimed = [OutboxState.CLAIMED]
        if self._is_overtaken(number):
            now = self._clock()
            self._change(
                [number],
                claimed,
                state=OutboxState.DROPPED,
                due_at=None,
                done_at=now,
                last_error=f"{OVERTAKEN}; before that: {reason}",
            )
        else:
            self._change(
                [number], claimed, state=state, due_at=due_at, last_error=reason
            )

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


def _claimable(
    destination: str, limit: int, now: datetime, kinds: Sequence[str]
) -> Select[int]:
    query = (
        select(outbox.c.id)
        .where(
            outbox.c.destination == destination,
            outbox.c.due_at <= now,
            ~_must_wait(now),
        )
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return query.where(outbox.c.kind.in_(kinds)) if kinds else query


def _must_wait(now: datetime) -> ColumnElement[bool]:
    """Whether an older write of the same person is open, or any is under way."""
    other = outbox.alias("other")
    under_way = (other.c.state == OutboxState.CLAIMED) & (other.c.due_at > now)
    return exists().where(
        other.c.person_id == outbox.c.person_id,
        other.c.destination == outbox.c.destination,
        other.c.id != outbox.c.id,
        other.c.due_at.is_not(None),
        (other.c.id < outbox.c.id) | under_way,
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
