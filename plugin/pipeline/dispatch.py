"""From the outbox to Mautic and the ATS: claim, send, and say how it went.

Nothing here decides what is sent; it decides what comes of an answer: done,
again later, or parked until a person looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    """Claim due writes for a destination, in order per person."""
    with parts.store.unit() as unit:
        return unit.outbox.claim(
            destination, limit, parts.clock(), LEASE_SECONDS, kinds=kinds
        )


def settle(
    parts: Parts, unit: Unit, item: OutboxItem, error: Exception | None = None
) -> Dispatched:
    """Write down how a write went: done without an error, else again or parked."""
    now = parts.clock()
    if error is None:
        unit.outbox.done([item.id], now)
        return Dispatched(done=1)
    if _is_final(error) or backoff.is_hopeless(item.attempts):
        unit.outbox.park(item.id, str(error), now)
        log.warning("dispatch.parked", write=item.id, kind=item.kind, why=str(error))
        return Dispatched(parked=1)
    unit.outbox.retry(item.id, _next(parts, item, error, now), str(error))
    log.info("dispatch.retry", write=item.id, kind=item.kind, attempt=item.attempts)
    return Dispatched(retried=1)


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
