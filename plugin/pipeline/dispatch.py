"""From the outbox to Mautic and the ATS: claim, send, and say how it went.

Nothing here decides what is sent; it decides what comes of an answer: done,
again later, or parked until a person looks. Where a whole destination is down
or refuses us, its writes wait together and nobody is parked for it: see `pause`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import structlog

from plugin.errors import Misconfigured, Rejected, Retryable
from plugin.pipeline import backoff
from plugin.pipeline.parts import Parts
from plugin.store import OutboxItem, Unit

log = structlog.get_logger(__name__)

#: How long a worker may sit on a write before another one takes it.
LEASE_SECONDS = 300.0
#: A configuration that refuses us is asked again this seldom.
MISCONFIGURED_SECONDS = 300.0
#: A destination that is down is tried again at least this often.
PROBE_SECONDS = 60.0
#: Writes that are sent after a pause, before all others are.
PROBE = 1
#: So many calls in a row without an answer, and a destination counts as down.
SILENT = 3
#: Until when a worker tries whether a destination answers again.
PROBED = "probed_until"


class NotYet(Retryable):
    """Not this one write, not yet; the others can be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What one pass over one destination did."""

    done: int = 0
    retried: int = 0
    parked: int = 0

    def __add__(self, other: "Dispatched") -> "Dispatched":
        """Add up two passes."""
        return Dispatched(
            done=self.done + other.done,
            retried=self.retried + other.retried,
            parked=self.parked + other.parked,
        )


def claim(
    parts: Parts, destination: str, limit: int, kinds: Sequence[str] = ()
) -> list[OutboxItem]:
    """Claim due writes for a destination, in order per person.

    None while the destination, or its lane for these kinds, is paused; when that is
    over, one worker tries with a few first.
    """
    now = parts.clock()
    lanes = _lanes(destination, kinds)
    with parts.store.view() as unit:
        if is_held(unit, destination) is not None:
            return []
        paused = [told for lane in lanes if (told := unit.marks.get(_mark(lane)))]
    if any(_is_closed(told, now) for told in paused):
        return []
    with parts.store.unit() as unit:
        if paused:
            limit = _probe(unit, lanes, limit, now)
        items = unit.outbox.claim(destination, limit, now, LEASE_SECONDS, kinds=kinds)
        if paused and not items:
            _end_probe(unit, lanes)
        return items


def _probe(unit: Unit, lanes: Sequence[str], limit: int, now: datetime) -> int:
    """Say how many may be claimed after a pause; none while another one tries."""
    found = {lane: told for lane in lanes if (told := unit.marks.locked(_mark(lane)))}
    if any(_is_closed(told, now) for told in found.values()):
        return 0
    until = (now + timedelta(seconds=LEASE_SECONDS)).isoformat()
    for lane, told in found.items():
        unit.marks.put(_mark(lane), told | {PROBED: until})
    return min(limit, PROBE) if found else limit


def _end_probe(unit: Unit, lanes: Sequence[str]) -> None:
    for lane in lanes:
        told = unit.marks.locked(_mark(lane))
        if told and PROBED in told:
            kept = {name: value for name, value in told.items() if name != PROBED}
            unit.marks.put(_mark(lane), kept)


def hold(unit: Unit, destination: str, who: str, why: str, now: datetime) -> None:
    """Send nothing to a destination because a person says so."""
    told = {"by": who, "why": why, "at": now.isoformat()}
    unit.marks.put(_held(destination), told)


def let_go(unit: Unit, destination: str) -> bool:
    """Go on with a destination; tell whether a person had held it."""
    was_held = is_held(unit, destination) is not None
    unit.marks.put(_held(destination), None)
    return was_held


def is_held(unit: Unit, destination: str) -> dict[str, Any] | None:
    """Say by whom, when and why a destination is held; None where it is not."""
    told: dict[str, Any] | None = unit.marks.get(_held(destination))
    return told


def settle(
    parts: Parts, unit: Unit, item: OutboxItem, error: Exception | None = None
) -> Dispatched:
    """Write down how a write went: done without an error, else again or parked.

    Nothing, where another worker has taken it since: that one says how it went.
    """
    now = parts.clock()
    if error is None:
        # what was to be forgotten is not there any more
        if unit.outbox.done([item], now) or unit.outbox.get(item.id) is None:
            return Dispatched(done=1)
    elif _is_final(error) or backoff.is_hopeless(item.attempts):
        if unit.outbox.park(item, str(error), getattr(error, "told", None)):
            why = str(error)
            log.warning("dispatch.parked", write=item.id, kind=item.kind, why=why)
            return Dispatched(parked=1)
    elif unit.outbox.retry(item, _next(parts, item, error, now), str(error)):
        log.info("dispatch.retry", write=item.id, kind=item.kind, attempt=item.attempts)
        return Dispatched(retried=1)
    too_late(item)
    return Dispatched()


def too_late(item: OutboxItem) -> None:
    """Tell of a worker that was slower than its lease."""
    log.warning("dispatch.too_late", write=item.id, kind=item.kind, claim=item.claims)


def is_outage(error: Exception) -> bool:
    """Whether the destination as a whole cannot or will not answer.

    A plain 500 is not: Mautic answers it for one item that it breaks on.
    """
    status = getattr(error, "status", None)
    is_down = isinstance(error, Retryable) and not isinstance(error, NotYet)
    if is_down and status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    return is_down or isinstance(error, Misconfigured)


def pause(
    parts: Parts, unit: Unit, items: Sequence[OutboxItem], error: Exception
) -> Dispatched:
    """Give writes back together, and leave their destination alone for a while.

    Down: all of the destination waits; refused: only writes of this kind, as
    a right may be missing for one kind and not for another.
    """
    if not items:
        return Dispatched()
    whole, of_kind = _lanes(items[0].destination, [items[0].kind])
    if isinstance(error, Misconfigured):
        _resume(parts, unit, whole)  # a refusal is an answer
        until = _trip(parts, unit, of_kind, error)
    else:
        _end_probe(unit, [of_kind])
        until = _trip(parts, unit, whole, error)
    return release(unit, items, until, str(error))


def no_answer(
    parts: Parts, unit: Unit, destination: str, error: Exception
) -> datetime | None:
    """Count that a destination did not answer; say until when to leave it alone.

    One write may be what it breaks on; when several in a row get no answer, it is it.
    """
    told = _noted(parts, unit, destination)
    if int(told["failures"]) + 1 >= SILENT:
        return _trip(parts, unit, destination, error)
    failures = {"failures": int(told["failures"]) + 1, "why": str(error)[:200]}
    kept = {name: value for name, value in told.items() if name != PROBED}
    unit.marks.put(_mark(destination), kept | failures)
    return None


def is_paused(unit: Unit, destination: str, now: datetime) -> bool:
    """Whether a destination is left alone, by us or because a person says so."""
    told = unit.marks.get(_mark(destination))
    closed = told is not None and _is_closed(told, now)
    return closed or is_held(unit, destination) is not None


def paused_since(unit: Unit, destination: str, kind: str) -> datetime | None:
    """Say since when writes of a kind are refused or get no answer, if they are."""
    told = unit.marks.get(_mark(_lanes(destination, [kind])[-1])) or {}
    return datetime.fromisoformat(told["since"]) if "since" in told else None


def release(
    unit: Unit, items: Iterable[OutboxItem], at: datetime, why: str
) -> Dispatched:
    """Give back what was claimed, as if it had not been tried."""
    given = list(items)
    for item in given:
        unit.outbox.release(item, at, why)
    return Dispatched(retried=len(given))


def answered(parts: Parts, unit: Unit, destination: str, kind: str) -> None:
    """Note that a destination answers for a kind: the next failure is the first.

    A pause that is not over stays: somebody else was asked to wait.
    """
    for lane in _lanes(destination, [kind]):
        _resume(parts, unit, lane)


def _resume(parts: Parts, unit: Unit, lane: str) -> None:
    if unit.marks.get(_mark(lane)) is None:
        return
    told = unit.marks.locked(_mark(lane))
    if told and datetime.fromisoformat(told["until"]) <= parts.clock():
        unit.marks.put(_mark(lane), None)
        log.info("dispatch.resumed", to=lane)


def not_asked(unit: Unit, destination: str, kind: str) -> None:
    """Let somebody else try whether a destination answers: nothing was sent."""
    _end_probe(unit, _lanes(destination, [kind]))


def _lanes(destination: str, kinds: Sequence[str]) -> list[str]:
    """List what may be paused: all of a destination, and its kinds of writes."""
    return [destination, *(f"{destination}/{kind}" for kind in kinds)]


def _held(destination: str) -> str:
    return f"held.{destination}"


def _mark(lane: str) -> str:
    return f"paused.{lane}"


def _is_closed(told: dict[str, Any], now: datetime) -> bool:
    """Whether nothing may be sent: the pause goes on, or somebody tries just now."""
    ends = (told["until"], told.get(PROBED, told["until"]))
    return any(now < datetime.fromisoformat(one) for one in ends)


def _noted(parts: Parts, unit: Unit, lane: str) -> dict[str, Any]:
    """Read what is known of a lane's failures, for nobody else to change meanwhile."""
    now = parts.clock().isoformat()
    unit.marks.put_new(_mark(lane), {"failures": 0, "since": now, "until": now})
    told: dict[str, Any] = unit.marks.locked(_mark(lane))
    return told


def _trip(parts: Parts, unit: Unit, lane: str, error: Exception) -> datetime:
    now = parts.clock()
    told = _noted(parts, unit, lane)
    failures = int(told["failures"]) + 1
    own = min(backoff.delay(failures, parts.jitter()), PROBE_SECONDS)
    asked = getattr(error, "after_seconds", None) or 0.0
    if isinstance(error, Misconfigured):
        asked = MISCONFIGURED_SECONDS
    until = max(
        now + timedelta(seconds=max(own, asked)),
        datetime.fromisoformat(told["until"]),  # others may have been asked for more
    )
    unit.marks.put(
        _mark(lane),
        {
            "failures": failures,
            "since": told.get("since", now.isoformat()),
            "until": until.isoformat(),
            "why": str(error)[:200],
        },
    )
    log.warning("dispatch.paused", to=lane, failures=failures, why=str(error))
    return until


def _is_final(error: Exception) -> bool:
    """Whether trying again cannot help: refused, or a mistake of our own."""
    return isinstance(error, Rejected) or not isinstance(
        error, Retryable | Misconfigured
    )


def _next(parts: Parts, item: OutboxItem, error: Exception, now: datetime) -> datetime:
    asked = getattr(error, "after_seconds", None)
    if isinstance(error, Misconfigured):
        asked = MISCONFIGURED_SECONDS
    return now + timedelta(seconds=backoff.delay(item.attempts, parts.jitter(), asked))
