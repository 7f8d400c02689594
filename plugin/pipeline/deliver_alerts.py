"""Alerts out of the outbox: what must be known at once is told, signed.

Of people it is worked out when it is sent: who was taken for a person and proved a
machine in between is not told of. Of content it is what was found.
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from plugin.ats import alert
from plugin.errors import Misconfigured, StdcError
from plugin.history.model import Person
from plugin.mappings.model import Trend
from plugin.phases.actions import rising_note
from plugin.phases.decide import decide
from plugin.phases.model import Decision
from plugin.pipeline import digest
from plugin.pipeline.dispatch import (
    Dispatched,
    answered,
    claim,
    is_outage,
    pause,
    settle,
)
from plugin.pipeline.failures import raise_for
from plugin.pipeline.parts import Parts
from plugin.pipeline.writes import ALERT, DIGEST, FAILING, RISING
from plugin.store import OutboxItem

log = structlog.get_logger(__name__)

#: Alerts in one pass: one address, one after the other.
LIMIT = 20
#: Kind of write -> type of the message.
TYPES: Mapping[str, str] = {
    RISING: alert.RISING,
    FAILING: alert.FAILING,
    DIGEST: alert.DIGEST,
}
NO_ADDRESS = Misconfigured(
    "alerts.toml asks for a webhook, but config.toml has no [alerts]",
    ("give alerts.url and alerts.secret, or set via = [] in alerts.toml",),
)


def deliver_all(parts: Parts) -> Dispatched:
    """Send what is due, until an answer says to wait or we are to stop."""
    total = Dispatched()
    for _ in range(LIMIT):
        items = [] if parts.stopping() else claim(parts, ALERT, 1, list(TYPES))
        if not items:
            break
        once = _send(parts, items[0])
        total += once
        if once.retried:
            break
    return total


def _send(parts: Parts, item: OutboxItem) -> Dispatched:
    error = _try(parts, item)
    with parts.store.unit() as unit:
        if error is not None and is_outage(error):
            return pause(parts, unit, [item], error)
        answered(parts, unit, ALERT, item.kind)
        return settle(parts, unit, item, error)


def _try(parts: Parts, item: OutboxItem) -> Exception | None:
    """Send one; give back what went wrong instead of raising it."""
    try:
        data = DATA[item.kind](parts, item)
        if data is None:
            log.info("alert.overtaken", write=item.id)
        elif parts.alerts is None:
            return NO_ADDRESS
        else:
            what = TYPES[item.kind]
            raise_for(parts.alerts.tell(what, data, op_id=item.key))
    except StdcError as error:
        return error
    except Exception as error:  # our bug parks this one, not the others
        log.exception("alert.failed", write=item.id)
        return error
    return None


def _data(parts: Parts, item: OutboxItem) -> dict[str, Any] | None:
    """Say what is so now; None for who is gone, or no longer rising."""
    with parts.store.view() as unit:
        person = unit.people.load(item.person_id or 0)
        catalogue = parts.catalogue(unit)
    if person is None or person.contact_id is None:
        return None
    decision = decide(person, parts.mappings, catalogue, as_of=parts.clock())
    if decision.momentum.trend is not Trend.RISING:
        return None
    return _told(parts, person, decision)


def _digest(parts: Parts, item: OutboxItem) -> dict[str, Any] | None:
    told = item.payload
    with parts.store.view() as unit:
        return digest.gathered(parts, unit, told["owner_id"], told["audience"])


def _failing(_parts: Parts, item: OutboxItem) -> dict[str, Any]:
    return dict(item.payload)


def _told(parts: Parts, person: Person, decision: Decision) -> dict[str, Any]:
    momentum = decision.momentum
    return {
        "contact_id": person.contact_id,
        "owner_id": person.profile.owner_id,
        "name": person.profile.name,
        "phase": decision.phase.value,
        "score": decision.score.shown,
        "interests": [one.topic for one in decision.score.interests],
        "since": momentum.since.isoformat() if momentum.since else None,
        "began": momentum.began.isoformat() if momentum.began else None,
        "visits": momentum.visits,
        "usual_per_week": momentum.usual_per_week,
        "text": rising_note(decision, parts.mappings.language),
        "link": parts.link(person.id),
    }


#: Kind of write -> what it says, worked out when it is sent; None for nothing any more.
DATA: Mapping[str, Callable[[Parts, OutboxItem], dict[str, Any] | None]] = {
    RISING: _data,
    FAILING: _failing,
    DIGEST: _digest,
}
