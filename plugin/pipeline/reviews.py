"""Hand-overs about which nobody could tell who is who: for a person to decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugin.errors import Rejected
from plugin.phases.gate import CHOOSE, CREATE, IGNORE, Answer, match_of
from plugin.pipeline import writes
from plugin.pipeline.force import judge
from plugin.pipeline.parts import Parts
from plugin.store import OutboxItem, OutboxState, Unit

#: More than will ever wait at once.
ALL = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One hand-over that waits for a person to say who it is."""

    connection: str
    contact_id: int
    #: The write in the outbox.
    write: int
    since: datetime
    why: str
    #: Who may be the one, by the ATS's id -> where they are seen, if that is known.
    candidates: Mapping[str, str | None]


def reviews(unit: Unit, connection: str | None = None) -> list[Review]:
    """List what waits for a person to say who is who, oldest first."""
    where = writes.ats(connection) if connection else None
    parked = unit.outbox.list(OutboxState.PARKED, where, limit=ALL)
    return [_review(one) for one in parked if _is_review(one)]


def choose(parts: Parts, connection: str, person_id: int, ref: str, who: str) -> None:
    """Say that they are this candidate: that one is updated and linked.

    Raises Rejected for a candidate who was not among those found.
    """
    now = parts.clock()
    with parts.store.unit() as unit:
        one = _open(unit, connection, person_id)
        if ref not in one.candidates:
            there = ", ".join(one.candidates) or "none"
            raise Rejected(f"{ref} is none of those who were found: {there}")
        answer = _answer(connection, person_id, CHOOSE, who, now, ref=ref)
        _decide(unit, one, answer)
        judge(parts, unit, [person_id], as_of=now)


def create(parts: Parts, connection: str, person_id: int, who: str) -> None:
    """Say that they are none of those: a new candidate is made, once."""
    now = parts.clock()
    with parts.store.unit() as unit:
        one = _open(unit, connection, person_id)
        if not one.candidates:
            raise Rejected(
                "nobody could be looked up with certainty, so a new candidate might be "
                "a second one; mend the search, or ignore this hand-over"
            )
        answer = _answer(connection, person_id, CREATE, who, now)
        _decide(unit, one, answer)
        judge(parts, unit, [person_id], as_of=now)


def ignore(
    parts: Parts, connection: str, person_id: int, who: str, reason: str
) -> None:
    """Say that they are not to be handed over to this connection."""
    now = parts.clock()
    with parts.store.unit() as unit:
        one = _open(unit, connection, person_id)
        answer = _answer(connection, person_id, IGNORE, who, now, reason=reason)
        unit.answers.put(answer)
        unit.outbox.discard([one.write], now, f"ignored by {who}: {reason}")
        _note(unit, one, answer)
        judge(parts, unit, [person_id], as_of=now)


def _decide(unit: Unit, one: Review, answer: Answer) -> None:
    unit.answers.put(answer)
    unit.outbox.replay([one.write], answer.at)
    _note(unit, one, answer)


def _note(unit: Unit, one: Review, answer: Answer) -> None:
    detail = {"connection": one.connection, "ref": answer.ref, "why": answer.reason}
    subject = f"person:{answer.contact_id}"
    unit.audit.add(answer.at, answer.by, f"review.{answer.said}", subject, detail)


def _open(unit: Unit, connection: str, person_id: int) -> Review:
    found: Sequence[Review] = [
        one for one in reviews(unit, connection) if one.contact_id == person_id
    ]
    if not found:
        raise Rejected(f"{connection}: nothing about contact {person_id} is in review")
    return found[0]


def _answer(
    connection: str,
    person_id: int,
    said: str,
    who: str,
    now: datetime,
    *,
    ref: str | None = None,
    reason: str = "",
) -> Answer:
    return Answer(
        contact_id=person_id,
        question=match_of(connection),
        said=said,
        by=who,
        at=now,
        reason=reason,
        ref=ref,
    )


def _is_review(item: OutboxItem) -> bool:
    return item.kind == writes.HANDOVER and isinstance(item.result, dict)


def _review(item: OutboxItem) -> Review:
    told = item.result if isinstance(item.result, dict) else {}
    return Review(
        connection=item.destination.partition(":")[2],
        contact_id=item.person_id or 0,
        write=item.id,
        since=item.created_at,
        why=item.last_error or "",
        candidates=dict(told.get("candidates") or {}),
    )
