"""Deliveries, raw: kept before anybody thinks about them, then worked through."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    func,
    literal_column,
    null,
    select,
    update,
)

from plugin.store.bulk import Bulk, InsertNumbered
from plugin.store.engine import overwrite_deleted
from plugin.store.repository import AnyRow, AnySelect, Repository
from plugin.store.tables import bodies, deliveries
from webhooks.inbox import Delivery

#: Bodies that one claim may load at once, in bytes; at least one is loaded.
CLAIM_BYTES = 32 * 1024 * 1024


class InboxState(StrEnum):
    """Where a delivery stands."""

    NEW = "new"
    #: A worker has it, until its lease is over.
    CLAIMED = "claimed"
    DONE = "done"
    #: Needs a person: `reason` says why.
    PARKED = "parked"


class Claim(NamedTuple):
    """That a worker has a delivery; over when another one claims it."""

    number: int
    #: How often it was claimed, this time included.
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """A delivery as a worker gets it."""

    id: int
    source: str
    body: bytes
    received_at: datetime
    #: Counts this one.
    attempts: int
    state: InboxState
    reason: str | None = None
    done_at: datetime | None = None

    @property
    def claim(self) -> Claim:
        """Say by which claim it was got."""
        return Claim(self.id, self.attempts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A delivery that needs a person, without what it said."""

    id: int
    source: str
    received_at: datetime
    attempts: int
    reason: str | None
    #: Bytes of what it said.
    size: int


class UnitInbox(Repository):
    """The inbox as workers see it."""

    def accept_many(self, given: Sequence[Delivery]) -> list[int]:
        """Keep deliveries that waited elsewhere; durable once the unit commits."""
        return insert_deliveries(self._connection, given) if given else []

    def claim(
        self,
        limit: int,
        now: datetime,
        lease_seconds: float,
        *,
        max_bytes: int = CLAIM_BYTES,
    ) -> list[InboxItem]:
        """Take up to `limit` deliveries, oldest first, until the lease is over.

        Fewer when their bodies would be more than `max_bytes`. Two workers never
        get the same one; a worker that dies gives its own back by the lease.
        """
        sizes = self._connection.execute(
            select(deliveries.c.id, func.length(BODY))
            .select_from(WHOLE)
            .where(deliveries.c.due_at <= now)
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=deliveries)
        )
        ids = _fitting(sizes, max_bytes)
        if not ids:
            return []
        self._connection.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(ids))
            .values(
                state=InboxState.CLAIMED,
                due_at=now + timedelta(seconds=lease_seconds),
                attempts=deliveries.c.attempts + 1,
            )
        )
        claimed = self._connection.execute(_items().where(deliveries.c.id.in_(ids)))
        items = {row.id: _item(row) for row in claimed}
        return [items[number] for number in ids]

    # A worker that took longer than its lease has lost its claim: what it says of
    # the delivery then means nothing, and whoever has it now says it.

    def done(
        self, claim: Claim, at: datetime, events: int = 0, unknown: int = 0
    ) -> None:
        """Finish a delivery: how many events it had, how many we have no word for."""
        self.done_all({claim: (events, unknown)}, at)

    def done_all(self, counts: Mapping[Claim, tuple[int, int]], at: datetime) -> None:
        """Finish some deliveries: (events, those we have no word for) for each."""
        DONE.run(
            self._connection,
            (
                {
                    "_id": claim.number,
                    "_attempts": claim.attempts,
                    "_at": at,
                    "_events": known,
                    "_unknown": unknown,
                }
                for claim, (known, unknown) in counts.items()
            ),
        )

    def park(self, claim: Claim, reason: str, at: datetime) -> None:
        """Put a delivery aside until a person looks."""
        self._end(
            claim,
            state=InboxState.PARKED,
            due_at=None,
            parked_at=at,
            reason=reason,
        )

    def retry(self, claim: Claim, at: datetime, reason: str) -> None:
        """Give a delivery back, to be claimed from `at` on."""
        self._end(claim, state=InboxState.NEW, due_at=at, reason=reason)

    def replay(self, numbers: Sequence[int]) -> int:
        """Make parked and done deliveries new again; return how many were."""
        replayed = self._connection.execute(
            update(deliveries)
            .where(
                deliveries.c.id.in_(list(numbers)),
                deliveries.c.state.in_([InboxState.DONE, InboxState.PARKED]),
            )
            .values(
                state=InboxState.NEW,
                attempts=0,
                due_at=deliveries.c.received_at,
                done_at=None,
                parked_at=None,
                reason=None,
            )
        )
        return replayed.rowcount

    def list(
        self, state: InboxState | str | None = None, limit: int = 50, after: int = 0
    ) -> list[InboxItem]:
        """List deliveries by number, those above `after`."""
        query = _items().where(deliveries.c.id > after)
        if state is not None:
            query = query.where(deliveries.c.state == str(state))
        if state not in {None, InboxState.DONE}:
            query = query.where(deliveries.c.done_at.is_(None))
        rows = self._connection.execute(query.order_by(deliveries.c.id).limit(limit))
        return [_item(row) for row in rows]

    def parked(self, limit: int, after: int = 0) -> Sequence[Parked]:
        """List deliveries that need a person by number, those above `after`."""
        query = (
            select(*BRIEF, func.length(BODY).label("size"))
            .select_from(WHOLE)
            .where(
                deliveries.c.state == InboxState.PARKED,
                deliveries.c.done_at.is_(None),
                deliveries.c.id > after,
            )
        )
        rows = self._connection.execute(query.order_by(deliveries.c.id).limit(limit))
        return [Parked(**row._asdict()) for row in rows]

    def get(self, number: int) -> InboxItem | None:
        """Read one delivery."""
        query = _items().where(deliveries.c.id == number)
        row = self._connection.execute(query).one_or_none()
        return _item(row) if row else None

    def page(self, after: int, limit: int) -> Sequence[InboxItem]:
        """List the next deliveries by number, whatever their state."""
        query = _items().where(deliveries.c.id > after)
        rows = self._connection.execute(query.order_by(deliveries.c.id).limit(limit))
        return [_item(row) for row in rows]

    def count(self) -> int:
        """Count all deliveries that are kept."""
        query = select(func.count()).select_from(deliveries)
        return self._connection.scalar(query) or 0

    def rewrite(self, rests: Mapping[int, bytes | None]) -> None:
        """Give deliveries another body; those whose body is None are deleted."""
        overwrite_deleted(self._connection)
        for number, body in rests.items():
            if body is None:
                self._delete([number])
            elif self._empty(number):
                kept = [{"delivery_id": number, "body": body}]
                self._upsert(bodies, kept)

    def depth(self) -> Mapping[InboxState, int]:
        """Count what is not done, by state."""
        rows = self._connection.execute(
            select(deliveries.c.state, func.count())
            .where(deliveries.c.done_at.is_(None))
            .group_by(deliveries.c.state)
        )
        return {InboxState(state): count for state, count in rows}

    def done_since(self, moment: datetime) -> int:
        """Count the deliveries that were worked through since then."""
        query = (
            select(func.count())
            .select_from(deliveries)
            .where(deliveries.c.done_at >= moment)
        )
        return self._connection.scalar(query) or 0

    def oldest(self) -> datetime | None:
        """Say when the oldest delivery that still waits for a worker came in."""
        since: datetime | None = self._connection.scalar(
            select(func.min(deliveries.c.received_at)).where(
                deliveries.c.due_at.is_not(None)
            )
        )
        return since

    def purge(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` deliveries done before then; return how many."""
        old = self._connection.scalars(
            select(deliveries.c.id)
            .where(deliveries.c.done_at < before)
            .order_by(deliveries.c.done_at)
            .limit(limit)
        ).all()
        return self._delete(old)

    def _delete(self, numbers: Sequence[int]) -> int:
        self._connection.execute(
            delete(bodies).where(bodies.c.delivery_id.in_(numbers))
        )
        gone = self._connection.execute(
            delete(deliveries).where(deliveries.c.id.in_(numbers))
        )
        return gone.rowcount

    def _empty(self, number: int) -> bool:
        """Take the body out of the row; False when the row is not there any more."""
        mine = deliveries.c.id == number
        emptied = self._connection.execute(
            update(deliveries).where(mine).values(body=NOWHERE)
        )
        return bool(emptied.rowcount)

    def _end(self, claim: Claim, **values: Any) -> None:
        self._connection.execute(
            update(deliveries)
            .where(
                deliveries.c.id == claim.number,
                deliveries.c.state == InboxState.CLAIMED,
                deliveries.c.attempts == claim.attempts,
            )
            .values(**values)
        )


DONE = Bulk(
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("_id"),
        deliveries.c.state == literal_column(f"'{InboxState.CLAIMED}'"),
        deliveries.c.attempts == bindparam("_attempts"),
    )
    .values(
        state=literal_column(f"'{InboxState.DONE}'"),
        due_at=null(),
        done_at=bindparam("_at"),
        parked_at=null(),
        events=bindparam("_events"),
        unknown=bindparam("_unknown"),
        reason=null(),
    )
)
ARRIVED = InsertNumbered(deliveries, "source", "body", "received_at", "due_at", "state")
KEEP = Bulk(
    bodies.insert().values(delivery_id=bindparam("delivery_id"), body=bindparam("body"))
)
#: What stands in a delivery whose body stands apart.
NOWHERE = b""
WHOLE = deliveries.outerjoin(bodies, bodies.c.delivery_id == deliveries.c.id)
BODY = func.coalesce(bodies.c.body, deliveries.c.body)
BRIEF = (
    deliveries.c.id,
    deliveries.c.source,
    deliveries.c.received_at,
    deliveries.c.attempts,
    deliveries.c.reason,
)
ITEM = (
    deliveries.c.id,
    deliveries.c.source,
    BODY.label("body"),
    deliveries.c.received_at,
    deliveries.c.attempts,
    deliveries.c.state,
    deliveries.c.reason,
    deliveries.c.done_at,
)


def insert_deliveries(connection: Connection, given: Sequence[Delivery]) -> list[int]:
    """Insert deliveries, at least one; return their numbers in the same order."""
    numbers = ARRIVED.numbers(connection, [_new(delivery) for delivery in given])
    KEEP.run(
        connection,
        (
            {"delivery_id": number, "body": delivery.body}
            for number, delivery in zip(numbers, given, strict=True)
        ),
    )
    return numbers


def _items() -> AnySelect:
    return select(*ITEM).select_from(WHOLE)


def _item(row: AnyRow) -> InboxItem:
    return InboxItem(**{**row._asdict(), "state": InboxState(row.state)})


def _new(delivery: Delivery) -> dict[str, Any]:
    return {
        "source": delivery.source,
        "body": NOWHERE,
        "received_at": delivery.received_at,
        "due_at": delivery.received_at,
        "state": InboxState.NEW,
    }


def _fitting(sizes: Iterable[AnyRow], max_bytes: int) -> list[int]:
    """Take ids from the front while their bodies fit; at least the first."""
    total, ids = 0, list[int]()
    for number, size in sizes:
        total += size
        if ids and total > max_bytes:
            break
        ids.append(number)
    return ids
