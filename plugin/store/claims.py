"""Which writes may be taken by a worker, and who holds one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, select, tuple_

from plugin.store.tables import outbox
from plugin.store.writes import FOLLOWERS, OutboxItem, OutboxState


def claimable(
    destination: str, limit: int, now: datetime, kinds: Sequence[str]
) -> Select[int]:
    """Select the numbers of up to `limit` writes that may be taken now."""
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
    counts = other.c.kind.not_in(FOLLOWERS) | outbox.c.kind.in_(FOLLOWERS)
    under_way = (other.c.state == OutboxState.CLAIMED) & (other.c.due_at > now)
    return exists().where(
        other.c.person_id == outbox.c.person_id,
        other.c.destination == outbox.c.destination,
        other.c.id != outbox.c.id,
        other.c.due_at.is_not(None),
        counts,
        (other.c.id < outbox.c.id) | under_way,
    )


def as_taken(items: Sequence[OutboxItem]) -> ColumnElement[bool]:
    """Whether it is one of these, and nobody has taken it since."""
    taken = [(item.id, item.claims) for item in items]
    return and_(
        outbox.c.id.in_([number for number, _ in taken]),
        tuple_(outbox.c.id, outbox.c.claims).in_(taken),
    )
