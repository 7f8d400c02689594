"""Alerts: when the house is to be told at once that somebody begins to move.

Wanted in the transaction of the decision, and sent from the outbox.
"""

from datetime import datetime, timedelta

from plugin.history.model import Person
from plugin.phases.model import Decision
from plugin.pipeline.parts import Parts
from plugin.pipeline.writes import ALERT, alert
from plugin.store import OutboxWrite, Unit

#: Alerts looked back at: at most one in `quiet_days`.
LOOKED_BACK = 100


def wanted(
    parts: Parts, unit: Unit, person: Person, decision: Decision
) -> OutboxWrite | None:
    """Want an alert for somebody who has just been found to rise, if it is news."""
    rules, momentum = parts.mappings.alerts.rising, decision.momentum
    now = decision.score.as_of
    is_wanted = (
        bool(rules.via)
        and momentum.since is not None
        and momentum.visits >= rules.min_visits
        and (not rules.phases or decision.phase in rules.phases)
        and (person.profile.owner_id is not None or not rules.only_with_owner)
        and now - momentum.since <= timedelta(hours=rules.fresh_hours)
    )
    if not is_wanted or momentum.since is None:
        return None
    if _was_told(unit, person.id, now - timedelta(days=rules.quiet_days)):
        return None
    return alert(person.id, momentum.since)


def _was_told(unit: Unit, person_id: int, since: datetime) -> bool:
    told = unit.outbox.list(None, ALERT, LOOKED_BACK, person_id=person_id)
    return any(one.created_at > since for one in told)
